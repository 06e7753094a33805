#include "paint_kernels.h"

#include <cstddef>
#include <cstring>

#include "paint_ninths.h"
#include "wm/core/cpu_levels.h"

namespace wm::racing {
namespace {

// Half a sample less a shift that differs over a pixel's four rows: near-vertical edges see 16 columns, not 4.
constexpr int kRowBlock = 16;  // bounds are computed for whole blocks of rows

constexpr std::array<float, kSubSize + kRowBlock> row_shifts() {
    constexpr float kPattern[kSamples] = {0.875f, 0.375f, 0.625f, 0.125f};
    std::array<float, kSubSize + kRowBlock> shifts{};
    for (std::size_t i = 0; i < shifts.size(); ++i) shifts[i] = kPattern[i % kSamples];
    return shifts;
}
alignas(64) constexpr auto kRowShift = row_shifts();

namespace plain {
#define WM_TARGET
#define WM_LEVEL 0
#include "paint_kernels_fill.inc"
#include "paint_kernels_resolve.inc"
#include "paint_kernels_small.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr Kernels kKernels{fill_convex, resolve, resolve_small, "plain"};
}  // namespace plain

#if WM_X86
inline void fill_short(std::uint8_t* at, int count, std::uint8_t index) {  // fewer than 16: overlapping stores
    const std::uint64_t value = 0x0101010101010101ULL * index;
    if (count >= 8) {
        std::memcpy(at, &value, 8);
        std::memcpy(at + count - 8, &value, 8);
    } else if (count >= 4) {
        std::memcpy(at, &value, 4);
        std::memcpy(at + count - 4, &value, 4);
    } else {
        for (int i = 0; i < count; ++i) at[i] = index;
    }
}

namespace avx2 {
#define WM_TARGET __attribute__((target("avx2")))
#define WM_LEVEL 1
#include "paint_kernels_fill.inc"
#include "paint_kernels_resolve.inc"
#include "paint_kernels_small.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr Kernels kKernels{fill_convex, resolve, resolve_small, "avx2"};
}  // namespace avx2

namespace avx512 {
#define WM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl")))
#define WM_LEVEL 2
#include "paint_kernels_fill.inc"
#include "paint_kernels_resolve.inc"
#include "paint_kernels_small.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr Kernels kKernels{fill_convex, resolve, resolve_small, "avx512"};
}  // namespace avx512

constexpr std::array<Kernels, 3> kAll{plain::kKernels, avx2::kKernels, avx512::kKernels};
#else
constexpr std::array<Kernels, 1> kAll{plain::kKernels};
#endif

}  // namespace

std::span<const Kernels> usable_kernels() {
    static const std::size_t count = core::cpu_levels();
    return std::span<const Kernels>(kAll).first(count);
}

const Kernels& best_kernels() { return usable_kernels().back(); }

}  // namespace wm::racing
