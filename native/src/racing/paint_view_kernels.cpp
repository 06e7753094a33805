#include "paint_view_kernels.h"

#include <array>
#include <cstring>

#include "paint_ninths.h"
#include "wm/core/cpu_levels.h"
#include "wm/racing/painter.h"

namespace wm::racing {
namespace {

constexpr int kIn = kObsSize * 3;  // bytes of a row
constexpr int kOut = kSmallSize * 3;
constexpr double kRed = 0.2125;    // gymnasium.wrappers.GrayscaleObservation
constexpr double kGreen = 0.7154;
constexpr double kBlue = 0.0721;

inline std::uint8_t gray_of_one(const std::uint8_t* rgb) { return static_cast<std::uint8_t>(rgb[0] * kRed + rgb[1] * kGreen + rgb[2] * kBlue); }

namespace plain {
#define WM_TARGET
#define WM_LEVEL 0
#include "paint_view_kernels.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr ViewKernels kKernels{shrink, gray, "plain"};
}  // namespace plain

#if WM_X86
constexpr int kSlack = 16;  // the last pixels are read and written in whole registers

// Where the bytes of one channel lie in three registers of RGB, as shuffle masks; -1 leaves a zero.
using Masks = std::array<std::int8_t, 48>;
constexpr Masks masks_of(int channel) {
    Masks masks{};
    masks.fill(-1);
    for (int i = 0; i < 16; ++i) {
        const int from = 3 * i + channel;
        masks[static_cast<std::size_t>(16 * (from / 16) + i)] = static_cast<std::int8_t>(from % 16);
    }
    return masks;
}
alignas(64) constexpr std::array<Masks, 3> kEveryThird{masks_of(0), masks_of(1), masks_of(2)};

namespace avx2 {
#define WM_TARGET __attribute__((target("avx2")))
#define WM_LEVEL 1
#include "paint_view_kernels.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr ViewKernels kKernels{shrink, gray, "avx2"};
}  // namespace avx2

namespace avx512 {
#define WM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl")))
#define WM_LEVEL 2
#include "paint_view_kernels.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr ViewKernels kKernels{shrink, gray, "avx512"};
}  // namespace avx512

constexpr std::array<ViewKernels, 3> kAll{plain::kKernels, avx2::kKernels, avx512::kKernels};
#else
constexpr std::array<ViewKernels, 1> kAll{plain::kKernels};
#endif

}  // namespace

std::span<const ViewKernels> usable_view_kernels() {
    static const std::size_t count = core::cpu_levels();
    return std::span<const ViewKernels>(kAll).first(count);
}

const ViewKernels& best_view_kernels() { return usable_view_kernels().back(); }

void shrink_to_64(const std::uint8_t* rgb96, std::uint8_t* rgb64) { best_view_kernels().shrink(rgb96, kObsSize / 3, rgb64); }
void to_gray(const std::uint8_t* rgb, std::size_t pixels, std::uint8_t* out) { best_view_kernels().gray(rgb, pixels, out); }

}  // namespace wm::racing
