// What the fixed scenarios are made of: bands of parallel lanes, rails, starts. Built once per batch.
#pragma once

#include <vector>

#include "wm/driving/network_builder.h"
#include "wm/driving/scenarios.h"

namespace wm::driving {

// Each expects a cleared layout.
void build_highway(const ScenarioConfig& config, Network& network, Layout& layout);
void build_merge(const ScenarioConfig& config, Network& network, Layout& layout);
void build_roundabout(const ScenarioConfig& config, Network& network, Layout& layout);
void build_intersection(const ScenarioConfig& config, Network& network, Layout& layout);
void build_racetrack(const ScenarioConfig& config, Network& network, Layout& layout);
void build_parking(const ScenarioConfig& config, Network& network, Layout& layout);

using Band = std::vector<LaneId>;  // lanes of one direction side by side, from left to right

inline Vec unit(float heading) { return {std::cos(heading), std::sin(heading)}; }

// config.lanes, or `usual` for 0; throws std::invalid_argument outside [1, most].
int lanes_of(const ScenarioConfig& config, const char* scenario, int usual, int most);

// Lanes around a middle line of constant curvature, with dashed lines between them and `edge` at both sides.
Band add_band(NetworkBuilder& builder, const Pose& middle, float metres, float curvature, int lanes, const LaneSpec& spec, Edge edge = Edge::solid);
void connect_bands(NetworkBuilder& builder, const Band& from, const Band& to);
// Walls along a lane from one arc length to another, `offset` m to its left.
void add_rail(NetworkBuilder& builder, const Network& network, LaneId lane, float from, float to, float offset, float height);

// Rows of starts across the bands, which follow each other: `rows` of them, `spacing` m apart, the first after `from` m.
void add_starts(const Network& network, Layout& layout, const std::vector<Band>& bands, float from, float spacing, int rows, float speed);
void add_traffic(const Network& network, Layout& layout, const Band& band, float flow = 1.0f);
void add_rectangle(NetworkBuilder& builder, Vec low, Vec high, Paint paint);

}  // namespace wm::driving
