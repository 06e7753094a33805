// A motorway with a slip road: 400 m before it joins, 250 m beside its acceleration lane, which ends, 850 m after.
#include <array>

#include "scenario_parts.h"

namespace wm::driving {
namespace {

constexpr float kWidth = 3.75f;
constexpr float kBefore = 400.0f, kBeside = 250.0f, kAfter = 850.0f;  // m
constexpr float kTaper = 60.0f;                                       // m of asphalt beyond the acceleration lane
constexpr float kRailGap = 0.8f;

struct Ramp {
    LaneId straight = kNoLane, bend = kNoLane, acceleration = kNoLane;
};

Ramp add_ramp(NetworkBuilder& builder, float y) {
    const LaneSpec slow{.width = kWidth, .speed_limit = 16.7f};
    const LaneSpec fast{.width = kWidth, .speed_limit = 27.8f};
    const Pose bend{{150.0f, y - 48.0f}, 0.22f};
    Ramp ramp;
    ramp.straight = builder.add_straight(bend.position - 150.0f * unit(bend.heading), bend.position, slow);
    ramp.bend = builder.add_curve(bend, {{kBefore, y}, 0.0f}, slow);
    ramp.acceleration = builder.add_straight({kBefore, y}, {kBefore + kBeside, y}, fast);
    for (const LaneId lane : {ramp.straight, ramp.bend}) builder.set_edges(lane, Edge::solid, Edge::solid);
    builder.set_edges(ramp.acceleration, Edge::dashed, Edge::solid);
    builder.set_ends(ramp.acceleration);
    builder.connect(ramp.straight, ramp.bend);
    builder.connect(ramp.bend, ramp.acceleration);
    return ramp;
}

void add_rails(NetworkBuilder& builder, const Network& network, const Band& before, const Band& after, const Ramp& ramp) {
    const float y_left = network.pose(before.front(), 0.0f, 0.5f * kWidth + kRailGap).position.y;
    builder.add_wall({0.0f, y_left}, {kBefore + kBeside + kAfter, y_left}, 0.8f);
    const float right = -0.5f * kWidth - kRailGap;
    add_rail(builder, network, before.back(), 0.0f, 0.6f * kBefore, right, 0.8f);  // until the ramp comes near
    for (const LaneId lane : {ramp.straight, ramp.bend, ramp.acceleration}) {
        add_rail(builder, network, lane, 0.0f, network.lane(lane).length, right, 0.8f);
    }
    const Vec from = network.pose(ramp.acceleration, kBeside, right).position;
    const Vec to = network.pose(after.back(), kTaper, right).position;
    builder.add_wall(from, to, 0.8f);
    add_rail(builder, network, after.back(), kTaper, kAfter, right, 0.8f);
}

void add_taper(NetworkBuilder& builder, const Network& network, LaneId acceleration) {
    const Vec left = network.pose(acceleration, kBeside, 0.5f * kWidth).position;
    const Vec right = network.pose(acceleration, kBeside, -0.5f * kWidth).position;
    const std::array<Vec, 3> corners{left, right, left + Vec{kTaper, 0.0f}};
    builder.add_surface(corners, Paint::asphalt);
}

}  // namespace

void build_merge(const ScenarioConfig& config, Network& network, Layout& layout) {
    const int lanes = lanes_of(config, "merge", 2, 4);
    const LaneSpec spec{.width = kWidth, .speed_limit = 27.8f};
    NetworkBuilder builder(network);
    const Band before = add_band(builder, {{0.0f, 0.0f}, 0.0f}, kBefore, 0.0f, lanes, spec);
    const Band beside = add_band(builder, {{kBefore, 0.0f}, 0.0f}, kBeside, 0.0f, lanes, spec);
    const Band after = add_band(builder, {{kBefore + kBeside, 0.0f}, 0.0f}, kAfter, 0.0f, lanes, spec);
    connect_bands(builder, before, beside);
    connect_bands(builder, beside, after);
    const Ramp ramp = add_ramp(builder, -0.5f * kWidth * static_cast<float>(lanes + 1));
    builder.neighbours(beside.back(), ramp.acceleration);
    builder.set_edges(beside.back(), lanes == 1 ? Edge::solid : Edge::dashed, Edge::dashed);
    add_rails(builder, network, before, after, ramp);
    add_taper(builder, network, ramp.acceleration);
    builder.finish();
    add_starts(network, layout, {{ramp.straight}, {ramp.bend}}, 10.0f, 25.0f, 14, 14.0f);
    layout.preferred_starts = static_cast<int>(layout.starts.size());
    const int rows = lanes == 1 ? 27 : 14;
    add_starts(network, layout, {before}, 40.0f, 350.0f / static_cast<float>(rows), rows, lanes == 1 ? 11.0f : 22.0f);
    for (const Band& band : {before, beside, after}) add_traffic(network, layout, band);
    add_traffic(network, layout, {ramp.straight, ramp.bend}, 0.6f);
    layout.default_vehicles = 24;
}

}  // namespace wm::driving
