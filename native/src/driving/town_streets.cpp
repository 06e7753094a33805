// Lanes of the streets between junctions.
#include "town_plan.h"

namespace wm::driving {
namespace {

Pose beside(const Pose& at, float offset) {  // to the left
    return {at.position + offset * left_of({std::cos(at.heading), std::sin(at.heading)}), at.heading};
}

Pose reversed(const Pose& at) { return {at.position, at.heading + kPi}; }

LaneSpec spec_of(const Street& street) { return {.width = street.lane_width, .speed_limit = street.limit}; }

// A lane `offset` m to the left of the street's line (which may be given reversed).
LaneId add_lane(NetworkBuilder& builder, const Street& street, const Pose& from, const Pose& to, float offset) {
    const Pose a = beside(from, offset);
    const Pose b = beside(to, offset);
    if (street.straight) return builder.add_straight(a.position, b.position, spec_of(street));
    return builder.add_curve(a, b, spec_of(street));
}

void set_edges(NetworkBuilder& builder, const Street& street, const std::array<LaneId, kMaxStreetLanes>& lanes, Edge middle) {
    for (int i = 0; i < street.lanes; ++i) {
        const bool innermost = i + 1 == street.lanes;
        builder.set_edges(lanes[static_cast<std::size_t>(i)], innermost ? middle : Edge::dashed, i == 0 ? Edge::curb : Edge::none);
        if (!innermost) builder.neighbours(lanes[static_cast<std::size_t>(i + 1)], lanes[static_cast<std::size_t>(i)]);
    }
}

void build_street(NetworkBuilder& builder, Street& street) {
    const LaneId none = kNoLane;
    street.forward.fill(none);
    street.backward.fill(none);
    for (int i = 0; i < street.lanes; ++i) {
        const float right = (static_cast<float>(street.lanes - 1 - i) + 0.5f) * street.lane_width;
        street.forward[static_cast<std::size_t>(i)] = add_lane(builder, street, street.start, street.end, -right);
        street.backward[static_cast<std::size_t>(i)] = add_lane(builder, street, reversed(street.end), reversed(street.start), -right);
    }
    set_edges(builder, street, street.forward, street.lanes > 1 ? Edge::yellow_double : Edge::dashed);
    set_edges(builder, street, street.backward, Edge::none);  // the middle is painted once
}

}  // namespace

void build_streets(NetworkBuilder& builder, TownPlan& plan) {
    for (int id = 0; id < plan.street_count; ++id) build_street(builder, plan.streets[static_cast<std::size_t>(id)]);
}

}  // namespace wm::driving
