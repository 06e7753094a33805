#include "paint_exact_kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "paint_shrink_rule.h"
#include "wm/core/cpu_levels.h"

namespace wm::racing {
namespace {

static_assert(kRowStride % 16 == 0 && kRowStride >= (kWindowW + 63) / 64 * 64);  // rows are compared 64 pixels at a time
constexpr ShrinkRule<96> kRuleX = shrink_rule<kWindowW, 96>();

// The kernels take eight of a column's whole pixels at once, then the rest.
constexpr bool eight_whole_pixels() {
    for (const ShrinkStep& step : kRuleX.steps) {
        if (step.last - step.whole < 8) return false;
    }
    return true;
}
static_assert(eight_whole_pixels());

struct Span {
    std::uint8_t first = 96;
    std::uint8_t last = 0;
};

// The output columns that each pixel of a row goes into: one, or the two that share it.
constexpr std::array<Span, kRowStride> columns_of_pixels() {
    std::array<Span, kRowStride> table{};
    for (std::size_t x = 0; x < 96; ++x) {
        for (std::size_t pixel = kRuleX.steps[x].first; pixel <= kRuleX.steps[x].last; ++pixel) {
            if (table[pixel].first == 96) table[pixel].first = static_cast<std::uint8_t>(x);
            table[pixel].last = static_cast<std::uint8_t>(x);
        }
    }
    return table;
}
constexpr std::array<Span, kRowStride> kColumnsOfPixel = columns_of_pixels();

constexpr int kRowBlocks = (kWindowW + 63) / 64;

struct alignas(64) BlockColumns {  // the at most eight output columns that 64 pixels go into
    std::array<std::uint64_t, 8> pixels;  // of each column, a bit a pixel
    int first;
};

constexpr std::array<BlockColumns, kRowBlocks> columns_of_blocks() {
    std::array<BlockColumns, kRowBlocks> table{};
    for (std::size_t pixel = 0; pixel < kWindowW; ++pixel) {
        const Span span = kColumnsOfPixel[pixel];
        BlockColumns& block = table[pixel / 64];
        if (pixel % 64 == 0) block.first = span.first;
        for (int x = span.first; x <= span.last; ++x) block.pixels[static_cast<std::size_t>(x - block.first)] |= std::uint64_t{1} << pixel % 64;
    }
    return table;
}
constexpr std::array<BlockColumns, kRowBlocks> kBlockColumns = columns_of_blocks();

struct ColumnSet {  // a bit per output column: 0..47 and 48..95
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    void add(int first_pixel, int last_pixel) {
        const int first = kColumnsOfPixel[static_cast<std::size_t>(first_pixel)].first;
        const int end = kColumnsOfPixel[static_cast<std::size_t>(last_pixel)].last + 1;
        low |= bit(std::min(end, kHalf)) - bit(std::min(first, kHalf));
        high |= bit(std::max(end, kHalf) - kHalf) - bit(std::max(first, kHalf) - kHalf);
    }

    void add_eight(int first, std::uint64_t eight) {
        if (first < kHalf) {
            low |= (eight << first) & (bit(kHalf) - 1);
            if (first > kHalf - 8) high |= eight >> (kHalf - first);
        } else {
            high |= eight << (first - kHalf);
        }
    }

private:
    static constexpr int kHalf = 48;
    static std::uint64_t bit(int place) { return std::uint64_t{1} << place; }
};

namespace plain {
#define WM_TARGET
#define WM_LEVEL 0
#include "paint_kernels_exact.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr ExactKernels kKernels{fill, shrink_row, add_row, end_row, "plain"};
}  // namespace plain

#if WM_X86
namespace avx2 {
#define WM_TARGET __attribute__((target("avx2")))
#define WM_LEVEL 1
#include "paint_kernels_exact.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr ExactKernels kKernels{fill, shrink_row, add_row, end_row, "avx2"};
}  // namespace avx2

namespace avx512 {
#define WM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl")))
#define WM_LEVEL 2
#include "paint_kernels_exact.inc"
#undef WM_TARGET
#undef WM_LEVEL
constexpr ExactKernels kKernels{fill, shrink_row, add_row, end_row, "avx512"};
}  // namespace avx512

constexpr std::array<ExactKernels, 3> kAll{plain::kKernels, avx2::kKernels, avx512::kKernels};
#else
constexpr std::array<ExactKernels, 1> kAll{plain::kKernels};
#endif

}  // namespace

std::span<const ExactKernels> usable_exact_kernels() {
    static const std::size_t count = core::cpu_levels();
    return std::span<const ExactKernels>(kAll).first(count);
}

const ExactKernels& best_exact_kernels() { return usable_exact_kernels().back(); }

}  // namespace wm::racing
