#include <cmath>

#include "paint_row_shrink.h"
#include "paint_text.h"
#include "wm/racing/painter_exact.h"

namespace wm::racing {
namespace {

constexpr int kTopRow = 84;  // of the observation: where the panel begins
constexpr std::size_t kPatch = static_cast<std::size_t>(ScoreTable::kWidth) * ScoreTable::kHeight;

using SurfaceRow = std::array<std::uint32_t, kRowStride>;

std::array<std::uint8_t, kPatch> shrink_text(const GreyText& text) {
    alignas(64) std::array<SurfaceRow, 2> rows{};
    std::vector<std::uint8_t> picture(static_cast<std::size_t>(kObsSize) * kObsSize * 3);
    RowShrink shrink(best_exact_kernels());
    shrink.start(picture.data());
    const int top = text_top(text);
    for (int y = 0; y < kWindowH; ++y) {
        SurfaceRow& row = rows[static_cast<std::size_t>(y % 2)];
        row.fill(0);
        if (y >= top && y < top + text.height) copy_text_row(text, y - top, row.data());
        shrink.add(rows[static_cast<std::size_t>((y + 1) % 2)].data(), row.data());
    }
    std::array<std::uint8_t, kPatch> patch{};
    for (std::size_t i = 0; i < kPatch; ++i) {
        const std::size_t y = kTopRow + i / ScoreTable::kWidth;
        patch[i] = picture[(y * kObsSize + i % ScoreTable::kWidth) * 3];
    }
    return patch;
}

}  // namespace

void ScoreTable::add(std::span<const std::uint8_t> grey, int width, int height) {
    check_text({grey, width, height});
    const auto patch = shrink_text({grey, width, height});
    patches_.insert(patches_.end(), patch.begin(), patch.end());
}

void ScoreTable::set_negative_zero(std::span<const std::uint8_t> grey, int width, int height) {
    check_text({grey, width, height});
    const auto patch = shrink_text({grey, width, height});
    negative_zero_.assign(patch.begin(), patch.end());
}

ScoreTable::Patch ScoreTable::find(double reward) const {
    const double rounded = std::nearbyint(reward);  // half to even, as Python's format
    if (rounded == 0.0 && std::signbit(reward)) return negative_zero_;
    const double index = rounded - first_value_;
    if (!(index >= 0.0 && index < static_cast<double>(patches_.size() / kPatch))) return {};
    return Patch(patches_).subspan(static_cast<std::size_t>(index) * kPatch, kPatch);
}

}  // namespace wm::racing
