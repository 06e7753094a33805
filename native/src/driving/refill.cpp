// Vehicles that have left the map come back where there is room.
#include "traffic_parts.h"

namespace wm::driving {

namespace {

bool enter(const ScenarioConfig& config, World& world, int index, LaneId lane) {
    Actor& actor = world.actors[at(index)];
    Driver& driver = world.drivers[at(index)];
    const float s = actor.half_length + 0.5f;
    for (const LaneEntry& entry : world.order.on(lane)) {
        if (entry.s < s) return false;
    }
    const float limit = std::min(driver.desired_speed, world.network->lane(lane).speed_limit * driver.limit_factor);
    const Leader leader = leader_on(world, index, lane, s);
    float speed = limit;
    if (leader.actor >= 0) {
        const float theirs = std::max(world.actors[at(leader.actor)].speed, 0.0f);
        speed = std::min(speed, theirs + 2.0f);
        if (leader.gap < 2.0f * driver.min_gap + speed * driver.time_gap) return false;
    }
    driver = draw_driver(config, actor.kind == ActorKind::truck, world.rng);
    driver.until_decision = 1.0f;
    driver.next_lane = pick_next(world, lane);
    actor.present = true;
    actor.lane = lane;
    actor.s = s;
    actor.d = 0.0f;
    actor.speed = speed;
    actor.acceleration = 0.0f;
    place_on_lane(world, actor);
    return true;
}

}  // namespace

void refill_entries(const ScenarioConfig& config, World& world, float dt) {
    constexpr float kRetry = 0.5f;  // s
    if (world.facts.entries.empty()) return;
    for (int i = world.num_agents; i < world.first_walker; ++i) {
        Driver& driver = world.drivers[at(i)];
        if (world.actors[at(i)].present || !is_driven(world, i)) continue;
        driver.until_decision -= dt;
        if (driver.until_decision > 0.0f || world.facts.changed_lane) continue;
        driver.until_decision = kRetry;
        const auto entries = static_cast<std::uint32_t>(world.facts.entries.size());
        const LaneId lane = world.facts.entries[world.rng.integers(entries)];
        world.facts.changed_lane = enter(config, world, i, lane);  // one a step: the order does not show it yet
    }
}

}  // namespace wm::driving
