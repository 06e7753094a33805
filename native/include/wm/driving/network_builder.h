// Puts a Network together: lanes from reference lines, then finish() finds conflicts, paints the ground and indexes
// everything. Reuses its memory, so that a town can be rebuilt in under a millisecond without allocating.
#pragma once

#include <span>
#include <vector>

#include "wm/driving/network.h"

namespace wm::driving {

struct LaneSpec {
    float width = 3.5f;
    float speed_limit = 13.9f;
    LaneKind kind = LaneKind::road;
    Turn turn = Turn::straight;
    std::int8_t priority = 0;
    std::int16_t junction = -1;
    std::int16_t signal = -1;
};

enum class Edge : std::uint8_t { none, dashed, solid, yellow_double, curb };

class NetworkBuilder {
public:
    explicit NetworkBuilder(Network& network);  // cleared

    LaneId add_straight(Vec from, Vec to, const LaneSpec& spec);
    // Constant curvature from a pose; length in m.
    LaneId add_arc(const Pose& from, float length, float curvature, const LaneSpec& spec);
    // Cubic Hermite from pose to pose: connectors, winding roads.
    LaneId add_curve(const Pose& from, const Pose& to, const LaneSpec& spec);
    // Any line, resampled at an even step of at most max_step m (imports, offsets of other lanes).
    LaneId add_polyline(std::span<const Vec> line, const LaneSpec& spec, float max_step = 1.0f);
    // The same with headings known, smooth between them (cubic Hermite pieces): for lines whose tangents must be exact.
    LaneId add_poses(std::span<const Pose> line, const LaneSpec& spec, float max_step = 1.0f);
    // A lane parallel to another, `offset` m to the left of it, optionally against its direction.
    LaneId add_parallel(LaneId of, float offset, bool reversed, const LaneSpec& spec);

    void connect(LaneId from, LaneId to);       // throws std::invalid_argument beyond four successors or predecessors
    void neighbours(LaneId left, LaneId right);  // same direction: left.right = right, right.left = left
    // Default: none. Drives the painted lines; a line between two lanes is set from either side, and painted once
    // where they are neighbours (opposite lanes: set it on one of them).
    void set_edges(LaneId lane, Edge left, Edge right);
    void set_ends(LaneId lane);
    int add_signal(const Signal& signal);
    int add_crossing(const Crossing& crossing);          // attached to the lanes that it cuts in finish()
    void add_surface(std::span<const Vec> convex, Paint paint);
    void add_obstacle(const Obstacle& obstacle);
    void add_wall(Vec a, Vec b, float height);
    [[nodiscard]] Pose start_of(LaneId lane) const;
    [[nodiscard]] Pose end_of(LaneId lane) const;

    // Conflicts within each junction, crossings of lanes, painted quads, grids, bounds, hash.
    // Throws std::invalid_argument for a network without lanes or with a lane that cannot be (length 0, not finite).
    void finish();

private:
    Lane& new_lane(const LaneSpec& spec);
    LaneId close_lane(float length);

    Network& network_;
};

}  // namespace wm::driving
