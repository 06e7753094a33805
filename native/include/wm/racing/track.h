// The track of CarRacing: a closed loop of tiles, as Gymnasium's `_create_track` makes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wm::racing {

struct Vec2d {
    double x = 0.0;
    double y = 0.0;
};

using Quad = std::array<Vec2d, 4>;  // track units, in Gymnasium's vertex order

enum class Border : std::uint8_t { none = 0, white = 1, red = 2 };

struct TrackPoint {  // one row of Gymnasium's `env.track`
    double alpha;    // rad, angle of the checkpoint circle
    double beta;     // rad, heading
    double x;        // track units
    double y;        // track units
};

struct Track {
    std::vector<TrackPoint> points;
    std::vector<Quad> tiles;        // drawn shape, float64; one per point
    std::vector<Border> border;     // the block drawn right after tile i, if any
    std::vector<Quad> border_quads; // one per point; meaningful where border != none

    void reserve(std::size_t count) {
        points.reserve(count);
        tiles.reserve(count);
        border.reserve(count);
        border_quads.reserve(count);
    }
    [[nodiscard]] int size() const { return static_cast<int>(points.size()); }
};

}  // namespace wm::racing
