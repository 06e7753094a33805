// Where is a point: on which lane, on the road at all?
#include <algorithm>

#include "wm/driving/network.h"

namespace wm::driving {
namespace {

// The arc length of the lane point nearest to a place: where project() starts to look.
float nearest_point(std::span<const LanePoint> line, const Lane& lane, Vec point) {
    if (line.size() == 2) return 0.0f;
    std::size_t best = 0;
    float least = squared_length(line[0].position - point);
    for (std::size_t i = 1; i < line.size(); ++i) {
        const float now = squared_length(line[i].position - point);
        if (now < least) {
            least = now;
            best = i;
        }
    }
    return static_cast<float>(best) * lane.step;
}

bool inside(const GroundQuad& quad, Vec point) {
    bool in = true;
    for (std::size_t i = 0; i < 4; ++i) {
        const Vec a = quad.corner[i];
        in &= cross(quad.corner[(i + 1) % 4] - a, point - a) >= 0.0f;
    }
    return in;
}

}  // namespace

LanePosition Network::locate(Vec point, float heading) const {
    constexpr float kBeyond = 0.5f;        // m past its ends that a lane still counts
    constexpr float kMetresPerRad = 2.0f;  // weighs a wrong heading against a distance from the centre line
    LanePosition best;
    float least = std::numeric_limits<float>::infinity();
    for (const std::int32_t item : lane_grid.at(lane_grid.column(point.x), lane_grid.row(point.y))) {
        const auto id = static_cast<LaneId>(item);
        const Lane& on = lane(id);
        const LanePosition at = project(id, point, nearest_point(points_of(on), on, point));
        if (std::abs(at.d) > 0.5f * on.width || at.s < -kBeyond || at.s > on.length + kBeyond) continue;
        const float past = std::max({0.0f, -at.s, at.s - on.length});
        const float cost = std::abs(at.d) + past + kMetresPerRad * std::abs(wrap_angle(heading - at.heading));
        if (cost >= least) continue;
        least = cost;
        best = at;
    }
    return best;
}

bool Network::drivable(Vec point) const {
    const std::span<const std::int32_t> near = drivable_grid.at(drivable_grid.column(point.x), drivable_grid.row(point.y));
    return std::any_of(near.begin(), near.end(), [&](std::int32_t i) { return inside(quads[static_cast<std::size_t>(i)], point); });
}

}  // namespace wm::driving
