#include "wm/racing/tile_index.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace wm::racing {
namespace {

constexpr float kCell = 10.0f;
constexpr float kSkin = 0.1f;  // more than both polygon radii together with any rounding

using Corners = std::array<Vec2, 4>;

Corners corners_of(const Quad& quad) {
    Corners corners;
    for (std::size_t i = 0; i < 4; ++i) corners[i] = {static_cast<float>(quad[i].x), static_cast<float>(quad[i].y)};
    return corners;
}

// Every turn to the right, by far more than its rounding: then the hull is the corners backwards.
bool clearly_convex(const Corners& c) {
    constexpr float kClear = 0.1f;  // of a road tile it is about 46
    return cross(c[3] - c[0], c[1] - c[0]) > kClear && cross(c[0] - c[1], c[2] - c[1]) > kClear &&
           cross(c[1] - c[2], c[3] - c[2]) > kClear && cross(c[2] - c[3], c[0] - c[3]) > kClear;
}

Polygon collision_shape(const Corners& corners) {
    if (!clearly_convex(corners)) return convex_hull(corners);
    Polygon hull;
    const std::size_t start = rightmost(corners);
    for (std::size_t i = 0; i < 4; ++i) hull.vertices[i] = corners[(start + 4 - i) % 4];
    hull.count = 4;
    return hull;
}

Bounds bounds_of(const Corners& corners) {
    Bounds box{corners[0], corners[0]};
    for (const Vec2& v : corners) {
        box.low = {std::min(box.low.x, v.x), std::min(box.low.y, v.y)};
        box.high = {std::max(box.high.x, v.x), std::max(box.high.y, v.y)};
    }
    return box;
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
    ranges_.reserve(tiles);
    all_.reserve(tiles);
    starts_.reserve(kCells + 1);
    tiles_.reserve(tiles * kCellsOfTile);
}

void TileIndex::build(const Track& track) {
    const auto n = static_cast<std::size_t>(track.size());
    shapes_.resize(n);
    bounds_.resize(n);
    ranges_.resize(n);
    all_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
        const Corners corners = corners_of(track.tiles[i]);
        shapes_[i] = collision_shape(corners);
        bounds_[i] = grown(bounds_of(corners), kSkin);
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
    const auto place = [](float distance, int cells) { return static_cast<std::int16_t>(std::clamp(cell(distance), 0, cells - 1)); };
    return {place(reached.low.x - origin_.x, columns_), place(reached.high.x - origin_.x, columns_),
            place(reached.low.y - origin_.y, rows_), place(reached.high.y - origin_.y, rows_)};
}

// Counting sort: one flat array for all cells, because vectors of vectors cost 120 KB an environment.
void TileIndex::fill_cells() {
    const auto for_each_cell = [this](std::size_t tile, auto&& visit) {
        const CellRange range = ranges_[tile];
        for (int y = range.y0; y <= range.y1; ++y) {
            for (int x = range.x0; x <= range.x1; ++x) visit(static_cast<std::size_t>(y * columns_ + x));
        }
    };
    starts_.assign(static_cast<std::size_t>(columns_ * rows_) + 1, 0);
    for (std::size_t tile = 0; tile < bounds_.size(); ++tile) {
        ranges_[tile] = cells_of(bounds_[tile]);
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
