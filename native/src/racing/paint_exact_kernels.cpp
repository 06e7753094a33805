#include "paint_exact_kernels.h"

#include <bit>
#include <cstring>

#include "paint_cpu.h"
#include "paint_shrink_rule.h"

namespace wm::racing {
namespace {

constexpr int kBlockPixels = 16;
constexpr int kBlocks = kRowStride / kBlockPixels;
constexpr ShrinkRule<96> kRuleX = shrink_rule<kWindowW, 96>();

// The kernels take eight of a column's whole pixels at once, then the rest.
constexpr bool eight_whole_pixels() {
    for (const ShrinkStep& step : kRuleX.steps) {
        if (step.last - step.whole < 8) return false;
    }
    return true;
}
static_assert(eight_whole_pixels());

struct Columns {  // a bit per output column: 0..47 and 48..95
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

constexpr std::array<Columns, kBlocks> columns_of_blocks() {
    std::array<Columns, kBlocks> table{};
    for (std::size_t x = 0; x < 96; ++x) {
        const ShrinkStep& step = kRuleX.steps[x];
        for (int block = step.first / kBlockPixels; block <= step.last / kBlockPixels; ++block) {
            Columns& columns = table[static_cast<std::size_t>(block)];
            (x < 48 ? columns.low : columns.high) |= std::uint64_t{1} << (x % 48);
        }
    }
    return table;
}
constexpr std::array<Columns, kBlocks> kColumnsOfBlock = columns_of_blocks();

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
    static const std::size_t count = cpu_levels();
    return std::span<const ExactKernels>(kAll).first(count);
}

const ExactKernels& best_exact_kernels() { return usable_exact_kernels().back(); }

}  // namespace wm::racing
