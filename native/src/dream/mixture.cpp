#include "wm/dream/mixture.h"

#include <vector>

#include "row_kernels.h"

namespace wm::dream {
namespace {

std::size_t scratch_of(const Mixture& mixture, const Kernels& kernels) {
    return 3 * round_up(static_cast<std::size_t>(mixture.dims) * static_cast<std::size_t>(mixture.components), kernels.panel);
}

void sample_with(const Kernels& kernels, const Mixture& mixture, const MixtureRows& rows, float* latent, float* spread,
                 float* scratch) {
    const auto dims = static_cast<std::size_t>(mixture.dims);
    const std::size_t count = dims * static_cast<std::size_t>(mixture.components);
    const std::size_t outputs = count * (mixture.components > 1 ? 3 : 2);
    for (std::size_t r = 0; r < rows.rows; ++r) {
        MixtureRows row{1, rows.outputs + r * outputs, rows.base, rows.noise, rows.uniform};
        if (row.base != nullptr) row.base += r * dims;
        if (row.noise != nullptr) row.noise += r * dims;
        if (row.uniform != nullptr) row.uniform += r * count;
        kernels.mixture(mixture, row, latent + r * dims, spread + r, scratch);
    }
}

}  // namespace

void sample(const Mixture& mixture, const MixtureRows& rows, float* latent, float* spread, int level) {
    const Kernels& kernels = kernels_of(level);
    thread_local std::vector<float> scratch;
    scratch.resize(scratch_of(mixture, kernels));
    sample_with(kernels, mixture, rows, latent, spread, scratch.data());
}

void sample(const Mixture& mixture, const MixtureRows& rows, float* latent, float* spread, float* scratch) {
    sample_with(kernels_of(-1), mixture, rows, latent, spread, scratch);
}

std::size_t mixture_scratch(const Mixture& mixture) { return scratch_of(mixture, kernels_of(-1)); }

}  // namespace wm::dream
