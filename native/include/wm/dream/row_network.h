// Small networks evaluated row by row: the bits of a row depend on that row alone, whatever else is in its batch.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace wm::dream {

enum class Activation { identity, relu, elu, tanh, sigmoid };

// A weight matrix [outputs, inputs], row-major as torch keeps it, and its bias [outputs].
struct Matrix {
    const float* weight;
    const float* bias;  // may be null: zeros
    int outputs, inputs;
};

struct Kernels;
class Packed;

// A straight program over values of one row: inputs, then layers, each a new value; some values are outputs.
// Building copies and packs the weights; `run` may be called from several threads at once.
class RowNetwork {
public:
    // level: 0 plain, 1 AVX2, 2 AVX-512; -1 the best that this machine has (others only for tests).
    explicit RowNetwork(int level = -1);
    ~RowNetwork();
    RowNetwork(const RowNetwork&) = delete;
    RowNetwork& operator=(const RowNetwork&) = delete;

    int input(int width);
    // All `from` side by side, times the matrix.
    int dense(std::span<const int> from, const Matrix& matrix, Activation activation);
    // Gates in torch's order: reset, update, new.
    int gru(std::span<const int> from, int hidden, const Matrix& ih, const Matrix& hh);
    // Gates in torch's order: input, forget, cell, output. Returns hidden and cell.
    std::pair<int, int> lstm(std::span<const int> from, int hidden, int cell, const Matrix& ih, const Matrix& hh);
    void output(int value);

    std::size_t inputs() const { return inputs_.size(); }
    std::size_t outputs() const { return outputs_.size(); }
    int input_width(std::size_t i) const { return width(inputs_[i]); }
    int output_width(std::size_t i) const { return width(outputs_[i]); }
    std::string_view name() const;  // of the instruction set

    // in: arrays [rows, width] in the order of `input`; out: likewise, of `output`.
    void run(std::size_t rows, std::span<const float* const> in, std::span<float* const> out) const;
    // The same in memory of the caller: scratch_floats() floats, best on a cache line.
    void run(std::size_t rows, std::span<const float* const> in, std::span<float* const> out, float* scratch) const;
    std::size_t scratch_floats() const;

private:
    struct Value {
        int width, stride;   // floats of a row; stride is padded to whole panels
        std::size_t offset;  // of its block in the scratch, in floats a row
    };
    enum class Kind { dense, gru, lstm };
    struct Layer {
        Kind kind;
        Activation activation;
        std::vector<int> from;  // side by side: the layer's row
        int joined;             // length of that row
        int fed;                // of which this much is not hidden
        std::vector<Packed> packed;
        int hidden, cell, to, to_cell;
    };

    int width(int value) const { return values_[static_cast<std::size_t>(value)].width; }
    int new_value(int width);
    int joined_width(std::span<const int> from) const;
    void join(const Layer& layer, std::size_t rows, float* scratch) const;
    void run_layer(const Layer& layer, std::size_t rows, float* scratch) const;
    float* at(int value, float* scratch) const;

    const Kernels& kernels_;
    std::vector<Value> values_;
    std::vector<int> inputs_, outputs_;
    std::vector<Layer> layers_;
    std::size_t floats_ = 0;  // of all values of one row
    int widest_join_ = 0, widest_gates_ = 0;
};

}  // namespace wm::dream
