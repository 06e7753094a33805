#include "wm/dream/row_network.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "packed.h"
#include "row_kernels.h"
#include "wm/core/cache_lines.h"

namespace wm::dream {
namespace {

constexpr std::size_t kBlock = 96;  // rows that go through all layers together: their values stay in the cache

std::size_t size(int value) { return static_cast<std::size_t>(value); }

void require(bool fits, const std::string& what) {
    if (!fits) throw std::invalid_argument(what);
}

}  // namespace

RowNetwork::RowNetwork(int level) : kernels_(kernels_of(level)) {}
RowNetwork::~RowNetwork() = default;

std::string_view RowNetwork::name() const { return kernels_.name; }

int RowNetwork::new_value(int width) {
    require(width >= 1, "width " + std::to_string(width) + ": expected at least 1");
    const auto stride = round_up(size(width), kernels_.panel);
    values_.push_back({width, static_cast<int>(stride), floats_});
    floats_ += stride;
    return static_cast<int>(values_.size()) - 1;
}

int RowNetwork::input(int width) {
    inputs_.push_back(new_value(width));
    return inputs_.back();
}

void RowNetwork::output(int value) {
    require(value >= 0 && size(value) < values_.size(), "no value " + std::to_string(value));
    outputs_.push_back(value);
}

int RowNetwork::joined_width(std::span<const int> from) const {
    int joined = 0;
    for (const int value : from) {
        require(value >= 0 && size(value) < values_.size(), "no value " + std::to_string(value));
        joined += width(value);
    }
    return joined;
}

int RowNetwork::dense(std::span<const int> from, const Matrix& matrix, Activation activation) {
    const int joined = joined_width(from);
    require(joined == matrix.inputs, "dense: the matrix takes " + std::to_string(matrix.inputs) + " inputs, got " +
                                         std::to_string(joined));
    const int to = new_value(matrix.outputs);
    Layer layer{Kind::dense, activation, {from.begin(), from.end()}, joined, joined, {}, -1, -1, to, -1};
    layer.packed.emplace_back(Packed({matrix}, 0, 1, size(matrix.outputs), kernels_.panel));
    layers_.push_back(std::move(layer));
    widest_join_ = std::max(widest_join_, joined);
    return to;
}

int RowNetwork::gru(std::span<const int> from, int hidden, const Matrix& ih, const Matrix& hh) {
    const int fed = joined_width(from), units = width(hidden);
    require(fed == ih.inputs && units == hh.inputs && ih.outputs == 3 * units && hh.outputs == 3 * units,
            "gru: weights do not fit " + std::to_string(fed) + " inputs and " + std::to_string(units) + " units");
    Layer layer{Kind::gru, Activation::identity, {from.begin(), from.end()}, fed + units, fed, {}, hidden, -1, -1, -1};
    layer.from.push_back(hidden);
    layer.packed.emplace_back(Packed({ih, hh}, 0, 2, size(units), kernels_.panel));
    layer.packed.emplace_back(Packed({ih}, 2, 1, size(units), kernels_.panel));
    layer.packed.emplace_back(Packed({hh}, 2, 1, size(units), kernels_.panel));
    layer.to = new_value(units);
    widest_join_ = std::max(widest_join_, layer.joined);
    widest_gates_ = std::max(widest_gates_, 4 * static_cast<int>(round_up(size(units), kernels_.panel)));
    layers_.push_back(std::move(layer));
    return layers_.back().to;
}

std::pair<int, int> RowNetwork::lstm(std::span<const int> from, int hidden, int cell, const Matrix& ih, const Matrix& hh) {
    const int fed = joined_width(from), units = width(hidden);
    require(fed == ih.inputs && units == hh.inputs && width(cell) == units && ih.outputs == 4 * units && hh.outputs == 4 * units,
            "lstm: weights do not fit " + std::to_string(fed) + " inputs and " + std::to_string(units) + " units");
    Layer layer{Kind::lstm, Activation::identity, {from.begin(), from.end()}, fed + units, fed, {}, hidden, cell, -1, -1};
    layer.from.push_back(hidden);
    layer.packed.emplace_back(Packed({ih, hh}, 0, 4, size(units), kernels_.panel));
    layer.to = new_value(units);
    layer.to_cell = new_value(units);
    widest_join_ = std::max(widest_join_, layer.joined);
    widest_gates_ = std::max(widest_gates_, 4 * static_cast<int>(round_up(size(units), kernels_.panel)));
    layers_.push_back(std::move(layer));
    return {layers_.back().to, layers_.back().to_cell};
}

// Scratch: values one after another, [kBlock, stride] each, then the joined rows, then the gates.
float* RowNetwork::at(int value, float* scratch) const { return scratch + values_[size(value)].offset * kBlock; }

void RowNetwork::join(const Layer& layer, std::size_t rows, float* scratch) const {
    float* joined = scratch + floats_ * kBlock;
    for (const int value : layer.from) {
        const float* from = at(value, scratch);
        const std::size_t stride = size(values_[size(value)].stride), bytes = size(width(value)) * sizeof(float);
        for (std::size_t r = 0; r < rows; ++r) std::memcpy(joined + r * size(layer.joined), from + r * stride, bytes);
        joined += width(value);
    }
}

void RowNetwork::run_layer(const Layer& layer, std::size_t rows, float* scratch) const {
    const float* joined = scratch + floats_ * kBlock;
    float* gates = scratch + (floats_ + size(widest_join_)) * kBlock;
    float* to = at(layer.to, scratch);
    const std::size_t stride = size(values_[size(layer.to)].stride);
    const Rows all{joined, rows, size(layer.joined)};
    if (layer.kind == Kind::dense) {
        kernels_.dense(all, layer.packed[0].panels(), to, stride);
        kernels_.activate(layer.activation, to, rows * stride);
        return;
    }
    if (layer.kind == Kind::lstm) {
        kernels_.dense(all, layer.packed[0].panels(), gates, 4 * stride);
        const float* c = at(layer.cell, scratch);
        float* to_cell = at(layer.to_cell, scratch);
        for (std::size_t i = 0; i < rows * stride; i += stride) kernels_.lstm(gates + 4 * i, c + i, to + i, to_cell + i, stride);
        return;
    }
    float *fed = gates + 2 * stride * rows, *kept = gates + 3 * stride * rows;
    kernels_.dense(all, layer.packed[0].panels(), gates, 2 * stride);
    kernels_.dense(all, layer.packed[1].panels(), fed, stride);
    kernels_.dense({joined + layer.fed, rows, size(layer.joined)}, layer.packed[2].panels(), kept, stride);
    const float* h = at(layer.hidden, scratch);
    for (std::size_t i = 0; i < rows * stride; i += stride) kernels_.gru(gates + 2 * i, fed + i, kept + i, h + i, to + i, stride);
}

void RowNetwork::run(std::size_t rows, std::span<const float* const> in, std::span<float* const> out) const {
    thread_local core::AlignedVector<float> memory;
    memory.resize(scratch_floats());
    run(rows, in, out, memory.data());
}

std::size_t RowNetwork::scratch_floats() const { return (floats_ + size(widest_join_) + size(widest_gates_)) * kBlock; }

void RowNetwork::run(std::size_t rows, std::span<const float* const> in, std::span<float* const> out, float* scratch) const {
    for (std::size_t first = 0; first < rows; first += kBlock) {
        const std::size_t count = std::min(kBlock, rows - first);
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            const Value& value = values_[size(inputs_[i])];
            const std::size_t stride = size(value.stride), full = size(value.width);
            float* to = at(inputs_[i], scratch);
            for (std::size_t r = 0; r < count; ++r) {
                std::memcpy(to + r * stride, in[i] + (first + r) * full, full * sizeof(float));
                std::memset(to + r * stride + full, 0, (stride - full) * sizeof(float));
            }
        }
        const std::vector<int>* joined = nullptr;
        for (const Layer& layer : layers_) {
            if (joined == nullptr || *joined != layer.from) join(layer, count, scratch);
            joined = &layer.from;
            run_layer(layer, count, scratch);
        }
        for (std::size_t i = 0; i < outputs_.size(); ++i) {
            const Value& value = values_[size(outputs_[i])];
            const std::size_t stride = size(value.stride), full = size(value.width);
            const float* from = at(outputs_[i], scratch);
            for (std::size_t r = 0; r < count; ++r) std::memcpy(out[i] + (first + r) * full, from + r * stride, full * sizeof(float));
        }
    }
}

}  // namespace wm::dream
