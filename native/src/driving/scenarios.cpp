#include "wm/driving/scenarios.h"

#include <algorithm>
#include <stdexcept>

#include "scenario_parts.h"
#include "wm/driving/town.h"

namespace wm::driving {
namespace {

void clear(Layout& layout) {  // keeps the memory
    layout.traffic.clear();
    layout.places.clear();
    layout.starts.clear();
    layout.goals.clear();
    const Layout fresh;
    layout.preferred_starts = fresh.preferred_starts;
    layout.ring = fresh.ring;
    layout.entries_refill = fresh.entries_refill;
    layout.default_vehicles = fresh.default_vehicles;
    layout.default_pedestrians = fresh.default_pedestrians;
    layout.default_broken_down = fresh.default_broken_down;
}

// A lane too short for a car to stand on alone has a start where others lead to it and on from it.
void add_starts(Layout& layout, LaneId id, const Lane& lane) {
    constexpr float kSpacing = 15.0f, kFromEnds = 5.0f;  // m
    const bool within = lane.previous[0] != kNoLane && lane.next[0] != kNoLane;
    if (lane.length < 2.0f * kFromEnds && within) layout.starts.push_back({id, 0.5f * lane.length, 0.5f * lane.speed_limit});
    for (float s = kFromEnds; s + kFromEnds <= lane.length; s += kSpacing) layout.starts.push_back({id, s, 0.5f * lane.speed_limit});
}

// Places along a parking lane, where a car and a half have room for one.
void add_places(Layout& layout, const Network& network, LaneId id, const Lane& lane) {
    constexpr float kPlace = 6.5f;  // m
    const LaneId beside = lane.left != kNoLane ? lane.left : lane.right;
    for (float s = 0.5f * kPlace; s + 0.5f * kPlace <= lane.length; s += kPlace) layout.places.push_back({network.pose(id, s), beside});
}

}  // namespace

bool fixed_network(const ScenarioConfig& config) { return config.scenario != Scenario::town; }

void build_scenario(const ScenarioConfig& config, core::Pcg64& rng, Network& network, Layout& layout) {
    clear(layout);
    switch (config.scenario) {
        case Scenario::highway: return build_highway(config, network, layout);
        case Scenario::merge: return build_merge(config, network, layout);
        case Scenario::roundabout: return build_roundabout(config, network, layout);
        case Scenario::intersection: return build_intersection(config, network, layout);
        case Scenario::racetrack: return build_racetrack(config, network, layout);
        case Scenario::parking: return build_parking(config, network, layout);
        case Scenario::town: return build_town(config, rng, network, layout);
        case Scenario::map: break;
    }
    if (!config.map) throw std::invalid_argument("scenario map needs a network: give map=");
    network = *config.map;
    layout_of(network, layout);
}

void layout_of(const Network& network, Layout& layout) {
    constexpr float kMetresPerVehicle = 90.0f;
    clear(layout);
    float metres = 0.0f;
    for (std::size_t i = 0; i < network.lanes.size(); ++i) {
        const auto id = static_cast<LaneId>(i);
        const Lane& lane = network.lanes[i];
        if (lane.kind == LaneKind::parking) add_places(layout, network, id, lane);
        if (lane.kind != LaneKind::road) continue;
        layout.traffic.push_back({id, 0.0f, lane.length, 1.0f});
        add_starts(layout, id, lane);
        metres += lane.length;
    }
    layout.default_vehicles = std::clamp(static_cast<int>(metres / kMetresPerVehicle), 4, 40);
    layout.default_pedestrians = std::min(2 * static_cast<int>(network.crossings.size()), 12);
}

}  // namespace wm::driving
