// The inner loops of `RowNetwork` and `sample`, one set for each instruction set.
#pragma once

#include <cstddef>

#include "wm/dream/mixture.h"
#include "wm/dream/row_network.h"

namespace wm::dream {

// Rows of a layer's input: `rows` of `inputs` floats, `stride` apart.
struct Rows {
    const float* data;
    std::size_t rows, stride;
};

// Weights in panels: for each `panel` columns, [inputs][panel], then the next; bias [columns], zeros in the padding.
struct Panels {
    const float *weight, *bias;
    std::size_t inputs, columns;
};

struct Kernels {
    std::size_t panel;  // columns; every buffer's stride is a multiple of it
    const char* name;
    // out[r][c] = bias[c] + sum over k, in order, of x[r][k] * weight[k][c]; out's stride is `out_stride`.
    void (*dense)(const Rows& x, const Panels& panels, float* out, std::size_t out_stride);
    void (*activate)(Activation activation, float* values, std::size_t count);  // count: whole panels
    // One row of gates [reset, update], new of the input, new of the hidden; h is old, out new. size: whole panels.
    void (*gru)(const float* gates, const float* fed, const float* kept, const float* h, float* out, std::size_t size);
    // One row of gates [input, forget, cell, output].
    void (*lstm)(const float* gates, const float* c, float* out_h, float* out_c, std::size_t size);
    // One row; scratch: 3 times dims * components, each rounded up to a panel.
    void (*mixture)(const Mixture& mixture, const MixtureRows& row, float* latent, float* spread, float* scratch);
};

const Kernels& kernels_of(int level);

inline std::size_t round_up(std::size_t value, std::size_t step) { return (value + step - 1) / step * step; }

}  // namespace wm::dream
