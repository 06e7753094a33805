// Which tiles a car can touch from where it stands: a flat grid over one track.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wm/racing/polygon.h"
#include "wm/racing/track.h"

namespace wm::racing {

class TileIndex {
public:
    void reserve(std::size_t tiles);
    // Cells list their tiles in descending order, the order in which a fresh Box2D world reports contacts.
    void build(const Track& track);

    // Tiles within kReach of `position`, and some more.
    [[nodiscard]] std::span<const std::uint16_t> near(Vec2 position) const;
    [[nodiscard]] std::span<const std::uint16_t> all() const { return all_; }
    [[nodiscard]] const Polygon& shape(std::size_t tile) const { return shapes_[tile]; }
    [[nodiscard]] const Bounds& bounds(std::size_t tile) const { return bounds_[tile]; }

    static constexpr float kReach = 5.0f;  // track units; hull and wheels end within 3 of the hull's origin

private:
    struct CellRange {
        std::int16_t x0, x1, y0, y1;
    };
    [[nodiscard]] CellRange cells_of(const Bounds& box) const;
    void measure_field();
    void fill_cells();

    Vec2 origin_;
    int columns_ = 0;
    int rows_ = 0;
    std::vector<Polygon> shapes_;
    std::vector<Bounds> bounds_;
    std::vector<CellRange> ranges_;
    std::vector<std::uint32_t> starts_;  // [columns * rows + 1]
    std::vector<std::uint16_t> tiles_;
    std::vector<std::uint16_t> all_;
};

}  // namespace wm::racing
