#include "wm/racing/tile_index.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace wm::racing {
namespace {

constexpr float kCell = 10.0f;
constexpr float kSkin = 0.1f;  // more than both polygon radii together with any rounding

Polygon collision_shape(const Quad& quad) {
    std::array<Vec2, 4> corners;
    for (std::size_t i = 0; i < 4; ++i) corners[i] = {static_cast<float>(quad[i].x), static_cast<float>(quad[i].y)};
    return convex_hull(corners);
}

Bounds grown(const Bounds& box, float by) {
    return {{box.low.x - by, box.low.y - by}, {box.high.x + by, box.high.y + by}};
}

int cell(float distance) { return static_cast<int>(distance / kCell); }  // distances from the field's corner: not negative

}  // namespace

void TileIndex::reserve(std::size_t tiles) {
    constexpr std::size_t kCells = 2500;       // of the largest fields; more are made room for when they come
    constexpr std::size_t kCellsOfTile = 9;
    shapes_.reserve(tiles);
    bounds_.reserve(tiles);
    all_.reserve(tiles);
    starts_.reserve(kCells + 1);
    tiles_.reserve(tiles * kCellsOfTile);
}

void TileIndex::build(const Track& track) {
    const auto n = static_cast<std::size_t>(track.size());
    shapes_.resize(n);
    bounds_.resize(n);
    all_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
        shapes_[i] = collision_shape(track.tiles[i]);
        bounds_[i] = grown(bounds_of(shapes_[i], Pose{}), kSkin);
        all_[i] = static_cast<std::uint16_t>(n - 1 - i);
    }
    measure_field();
    fill_cells();
}

void TileIndex::measure_field() {
    Bounds field = bounds_.front();
    for (const Bounds& box : bounds_) {
        field.low = {std::min(field.low.x, box.low.x), std::min(field.low.y, box.low.y)};
        field.high = {std::max(field.high.x, box.high.x), std::max(field.high.y, box.high.y)};
    }
    field = grown(field, kReach);
    origin_ = field.low;
    columns_ = cell(field.high.x - field.low.x) + 1;
    rows_ = cell(field.high.y - field.low.y) + 1;
}

TileIndex::CellRange TileIndex::cells_of(const Bounds& box) const {
    const Bounds reached = grown(box, kReach);
    return {std::clamp(cell(reached.low.x - origin_.x), 0, columns_ - 1),
            std::clamp(cell(reached.high.x - origin_.x), 0, columns_ - 1),
            std::clamp(cell(reached.low.y - origin_.y), 0, rows_ - 1),
            std::clamp(cell(reached.high.y - origin_.y), 0, rows_ - 1)};
}

// Counting sort: one flat array for all cells, because vectors of vectors cost 120 KB an environment.
void TileIndex::fill_cells() {
    const auto for_each_cell = [this](std::size_t tile, auto&& visit) {
        const CellRange range = cells_of(bounds_[tile]);
        for (int y = range.y0; y <= range.y1; ++y) {
            for (int x = range.x0; x <= range.x1; ++x) visit(static_cast<std::size_t>(y * columns_ + x));
        }
    };
    starts_.assign(static_cast<std::size_t>(columns_ * rows_) + 1, 0);
    for (std::size_t tile = 0; tile < bounds_.size(); ++tile) {
        for_each_cell(tile, [this](std::size_t k) { ++starts_[k]; });
    }
    std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
    tiles_.resize(starts_.back());
    for (std::size_t tile = 0; tile < bounds_.size(); ++tile) {  // filled from the back: descending tiles
        for_each_cell(tile, [&](std::size_t k) { tiles_[--starts_[k]] = static_cast<std::uint16_t>(tile); });
    }
}

std::span<const std::uint16_t> TileIndex::near(Vec2 position) const {
    const float dx = position.x - origin_.x;
    const float dy = position.y - origin_.y;
    const float wide = kCell * static_cast<float>(columns_);
    const float high = kCell * static_cast<float>(rows_);
    if (!(dx >= 0.0f && dy >= 0.0f && dx < wide && dy < high)) return {};
    const auto k = static_cast<std::size_t>(cell(dy) * columns_ + cell(dx));
    return std::span(tiles_).subspan(starts_[k], starts_[k + 1] - starts_[k]);
}

}  // namespace wm::racing
