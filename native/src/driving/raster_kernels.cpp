#include "raster.h"

#include <cstring>
#include <limits>

#include "wm/core/cpu_levels.h"

namespace wm::driving {
namespace {

namespace plain {
#define WM_TARGET
#define WM_LEVEL 0
#include "raster_kernels.inc"
#include "raster_quads.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr RasterKernels kKernels{fill, fill_quads, blend, resolve, "plain"};
}  // namespace plain

#if WM_X86
namespace avx2 {
#define WM_TARGET __attribute__((target("avx2")))
#define WM_LEVEL 1
#include "raster_kernels.inc"
#include "raster_quads.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr RasterKernels kKernels{fill, fill_quads, blend, resolve, "avx2"};
}  // namespace avx2

namespace avx512 {
#define WM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl")))
#define WM_LEVEL 2
#include "raster_kernels.inc"
#include "raster_quads.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr RasterKernels kKernels{fill, fill_quads, blend, resolve, "avx512"};
}  // namespace avx512

constexpr std::array<RasterKernels, 3> kAll{plain::kKernels, avx2::kKernels, avx512::kKernels};
#else
constexpr std::array<RasterKernels, 1> kAll{plain::kKernels};
#endif

}  // namespace

std::span<const RasterKernels> usable_raster_kernels() {
    static const std::size_t count = core::cpu_levels();
    return std::span<const RasterKernels>(kAll).first(count);
}

const RasterKernels& best_raster_kernels() { return usable_raster_kernels().back(); }

}  // namespace wm::driving
