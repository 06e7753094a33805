#include "wm/dream/mixture.h"

#include <vector>

#include "row_kernels.h"

namespace wm::dream {

void sample(const Mixture& mixture, const MixtureRows& rows, float* latent, float* spread, int level) {
    const Kernels& kernels = kernels_of(level);
    const auto dims = static_cast<std::size_t>(mixture.dims);
    const std::size_t count = dims * static_cast<std::size_t>(mixture.components);
    const std::size_t outputs = count * (mixture.components > 1 ? 3 : 2);
    thread_local std::vector<float> scratch;
    scratch.resize(3 * round_up(count, kernels.panel));
    for (std::size_t r = 0; r < rows.rows; ++r) {
        MixtureRows row{1, rows.outputs + r * outputs, rows.base, rows.noise, rows.uniform};
        if (row.base != nullptr) row.base += r * dims;
        if (row.noise != nullptr) row.noise += r * dims;
        if (row.uniform != nullptr) row.uniform += r * count;
        kernels.mixture(mixture, row, latent + r * dims, spread + r, scratch.data());
    }
}

}  // namespace wm::dream
