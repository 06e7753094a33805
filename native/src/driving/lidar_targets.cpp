// Along the line n.p = d seen from the origin, the inverse of a beam's range is linear in its direction: (n.beam) / d.
#include "lidar_targets.h"

#include <cmath>

namespace wm::driving {

// The sensor sees only faces that it is outside of: the region of the plane around the box that it is in says which.
Targets targets_of(const Boxes& boxes, int first, Vec sensor_forward) {
    const auto of = [first](const TargetLane& lane) { return core::four_at(lane.data() + first); };
    const Four forward_x = Four{} + sensor_forward.x, forward_y = Four{} + sensor_forward.y, zero{};
    const auto turn = [&](const FourVecs& v) { return FourVecs{v.x * forward_x + v.y * forward_y, forward_x * v.y - forward_y * v.x}; };
    const FourVecs center = turn({of(boxes.x), of(boxes.y)});
    const FourVecs axis = turn({of(boxes.forward_x), of(boxes.forward_y)}), side{-axis.y, axis.x};
    const Four half_length = of(boxes.half_length), half_width = of(boxes.half_width);
    const Four along = -dot(center, axis), across = -dot(center, side), one = zero + 1.0f;
    const Four u = along > half_length ? one : along < -half_length ? -one : zero;  // 1 ahead of it, -1 behind, 0 beside
    const Four v = across > half_width ? one : across < -half_width ? -one : zero;
    const FourBits end_seen = u != zero, side_seen = v != zero;
    const FourVecs lengthways = half_length * axis, sideways = half_width * side;
    const Four to_end = half_length - u * along, to_side = half_width - v * across;  // negative: distances of the lines, outwards
    const FourVecs end{u * axis.x / to_end, u * axis.y / to_end}, flank{v * side.x / to_side, v * side.y / to_side};
    // From the middle to a silhouette corner in two steps, the first along what is certain.
    const FourVecs ahead = u * lengthways, aside = v * sideways, minus_ahead = -u * lengthways, minus_aside = -v * sideways;
    const FourVecs minus_lengthways = (zero - one) * lengthways, minus_sideways = (zero - one) * sideways;
    const FourVecs p = (center + choose(end_seen, choose(side_seen, minus_ahead, ahead), aside)) +
                       choose(end_seen, choose(side_seen, aside, minus_sideways), minus_lengthways);
    const FourVecs q = (center + choose(end_seen, ahead, aside)) + choose(end_seen, choose(side_seen, minus_aside, sideways), lengthways);
    const FourBits ordered = cross(p, q) >= zero;
    return {choose(ordered, p, q), choose(ordered, q, p), choose(end_seen, end, flank), choose(side_seen, flank, end), ~(end_seen | side_seen)};
}

void Walls::add(Vec a, Vec b) {
    const float area = cross(a, b);  // twice that of the triangle with the sensor
    if (area == 0.0f) return;        // seen along its line
    const Vec right = area > 0.0f ? a : b, left = area > 0.0f ? b : a;
    const float span = std::abs(area);
    const auto n = static_cast<std::size_t>(count++);
    right_x[n] = right.x;
    right_y[n] = right.y;
    left_x[n] = left.x;
    left_y[n] = left.y;
    face_x[n] = (left.y - right.y) / span;
    face_y[n] = (right.x - left.x) / span;
}

Targets targets_of(const Walls& walls, int first) {
    const auto of = [first](const TargetLane& lane) { return core::four_at(lane.data() + first); };
    const FourVecs face{of(walls.face_x), of(walls.face_y)};
    return {{of(walls.right_x), of(walls.right_y)}, {of(walls.left_x), of(walls.left_y)}, face, face, FourBits{}};
}

}  // namespace wm::driving
