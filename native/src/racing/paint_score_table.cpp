#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "paint_row_shrink.h"
#include "wm/racing/painter_exact.h"

namespace wm::racing {
namespace {

constexpr int kCenterX = 60;
constexpr int kCenterY = 750;
constexpr int kTopRow = 84;  // of the observation: where the panel begins
constexpr std::size_t kPatch = static_cast<std::size_t>(ScoreTable::kWidth) * ScoreTable::kHeight;

using SurfaceRow = std::array<std::uint32_t, kRowStride>;

void copy_row(std::span<const std::uint8_t> grey, int left, SurfaceRow& row) {
    for (std::size_t x = 0; x < grey.size(); ++x) row[static_cast<std::size_t>(left) + x] = grey[x] * 0x010101U;
}

std::array<std::uint8_t, kPatch> shrink_text(std::span<const std::uint8_t> grey, int width, int height) {
    alignas(64) std::array<SurfaceRow, 2> rows{};
    std::vector<std::uint8_t> picture(static_cast<std::size_t>(kObsSize) * kObsSize * 3);
    RowShrink shrink(best_exact_kernels());
    shrink.start(picture.data());
    const int top = kCenterY - height / 2;
    for (int y = 0; y < kWindowH; ++y) {
        SurfaceRow& row = rows[static_cast<std::size_t>(y % 2)];
        row.fill(0);
        const bool inked = y >= top && y < top + height;
        const auto w = static_cast<std::size_t>(width);
        if (inked) copy_row(grey.subspan(static_cast<std::size_t>(y - top) * w, w), kCenterX - width / 2, row);
        shrink.add(rows[static_cast<std::size_t>((y + 1) % 2)].data(), row.data());
    }
    std::array<std::uint8_t, kPatch> patch{};
    for (std::size_t i = 0; i < kPatch; ++i) {
        const std::size_t y = kTopRow + i / ScoreTable::kWidth;
        patch[i] = picture[(y * kObsSize + i % ScoreTable::kWidth) * 3];
    }
    return patch;
}

void check(std::span<const std::uint8_t> grey, int width, int height) {
    const bool fits = width > 0 && width <= ScoreTable::kMaxImageWidth && height > 0 && height <= 100;
    if (!fits || grey.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {
        throw std::invalid_argument("score text must be at most 120x100 grey pixels, width * height bytes");
    }
}

}  // namespace

void ScoreTable::add(std::span<const std::uint8_t> grey, int width, int height) {
    check(grey, width, height);
    const auto patch = shrink_text(grey, width, height);
    patches_.insert(patches_.end(), patch.begin(), patch.end());
}

void ScoreTable::set_negative_zero(std::span<const std::uint8_t> grey, int width, int height) {
    check(grey, width, height);
    const auto patch = shrink_text(grey, width, height);
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
