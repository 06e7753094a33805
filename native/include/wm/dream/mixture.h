// Sampling from independent Gaussian mixtures, one for each latent dimension; row by row to the bit.
#pragma once

#include <cstddef>

namespace wm::dream {

struct Mixture {
    int dims, components;
    float log_std_min, log_std_max;  // soft clamp, as in the torch form
    float temperature;               // divides the logits, multiplies the variance
};

// What is known of every row: outputs [rows, parts * dims * components] with parts mean, log std and, for more than one
// component, logits; base [rows, dims], added to the means, or null; noise [rows, dims], or null for the mode;
// uniform [rows, dims * components] when there is noise and more than one component.
struct MixtureRows {
    std::size_t rows;
    const float *outputs, *base, *noise, *uniform;
};

// latent [rows, dims]; spread [rows]: the mean over dimensions of the whole mixture's standard deviation.
void sample(const Mixture& mixture, const MixtureRows& rows, float* latent, float* spread, int level = -1);
// The same, with the best instructions there are, in memory of the caller: mixture_scratch() floats.
void sample(const Mixture& mixture, const MixtureRows& rows, float* latent, float* spread, float* scratch);
std::size_t mixture_scratch(const Mixture& mixture);

}  // namespace wm::dream
