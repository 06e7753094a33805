#include "wm/driving/town.h"

#include <algorithm>

#include "town_plan.h"

namespace wm::driving {
namespace {

constexpr float kFirstStart = 10.0f;   // m into a lane
constexpr float kBetweenStarts = 22.0f;
constexpr float kBeforeEnd = 14.0f;

void add_lane(const Lane& lane, LaneId id, Layout& layout) {
    const float flow = lane.speed_limit / 11.1f;  // main streets carry more
    if (lane.length > 2.0f * kFirstStart) layout.traffic.push_back({id, 4.0f, lane.length - 8.0f, flow});
    for (float s = kFirstStart; s < lane.length - kBeforeEnd; s += kBetweenStarts) {
        layout.starts.push_back({.lane = id, .s = s, .speed = std::min(6.0f, 0.5f * lane.speed_limit)});
    }
}

void clear(Layout& layout) {
    layout.traffic.clear();
    layout.places.clear();
    layout.starts.clear();
    layout.goals.clear();
    layout.ring = false;
    layout.entries_refill = false;  // nobody leaves the town
    layout.default_vehicles = 24;
    layout.default_pedestrians = 12;
    layout.default_broken_down = 0;
}

}  // namespace

void build_town(const ScenarioConfig& config, core::Pcg64& rng, Network& network, Layout& layout) {
    clear(layout);
    NetworkBuilder builder(network);
    TownRandom random{rng};
    TownPlan plan;
    plan_town(config, random, plan);
    build_streets(builder, plan);
    build_junctions(random, builder, network, plan);
    build_blocks(random, builder, network, plan, layout);
    builder.finish();
    for (std::size_t i = 0; i < network.lanes.size(); ++i) {
        if (network.lanes[i].kind == LaneKind::road) add_lane(network.lanes[i], static_cast<LaneId>(i), layout);
    }
}

}  // namespace wm::driving
