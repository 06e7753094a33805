// Who is there at the beginning.
#include "traffic_parts.h"

namespace wm::driving {

namespace {

constexpr int kAttempts = 12;

bool fast_roads(const ScenarioConfig& config) { return config.scenario == Scenario::highway || config.scenario == Scenario::merge; }

int wanted_vehicles(const ScenarioConfig& config, const Layout& layout) {
    if (config.vehicles >= 0) return config.vehicles;
    return static_cast<int>(std::lround(static_cast<float>(layout.default_vehicles) * config.density));
}
int wanted_pedestrians(const ScenarioConfig& config, const Layout& layout) {
    if (config.pedestrians >= 0) return config.pedestrians;
    return static_cast<int>(std::lround(static_cast<float>(layout.default_pedestrians) * config.density));
}

Actor draw_vehicle(const ScenarioConfig& config, core::Pcg64& rng) {
    Actor actor;
    const auto draw = [&](double low, double high) { return static_cast<float>(rng.uniform(low, high)); };
    const bool truck = rng.next_double() < (fast_roads(config) ? 0.15 : 0.08);
    actor.kind = truck ? ActorKind::truck : ActorKind::car;
    const bool heavy = truck && fast_roads(config);  // streets see light ones, that turn within their lane
    actor.half_length = heavy ? 5.0f : truck ? 3.0f : draw(1.95, 2.4);
    actor.half_width = heavy ? 1.2f : truck ? 1.05f : draw(0.86, 0.95);
    actor.height = heavy ? 3.4f : truck ? 2.7f : draw(1.4, 1.7);
    actor.look = static_cast<std::uint8_t>(rng.integers(8));
    return actor;
}

// Nobody within `clear` m along and half a metre beside it; agents get more, and all that they need to stop.
bool has_room(const World& world, const Actor& actor, float clear) {
    for (const Actor& other : world.actors) {
        if (!other.present) continue;
        const bool agent = other.kind == ActorKind::agent;
        const float along = agent ? 12.0f + 1.5f * std::abs(other.speed) : other.kind == ActorKind::broken_down ? 40.0f : clear;
        const Vec apart = other.position - actor.position;
        const float reach = actor.half_length + other.half_length + along;
        if (squared_length(apart) > reach * reach * 1.2f) continue;
        const float beside = actor.half_width + other.half_width + 0.5f;
        const bool same_way = std::abs(dot(other.forward, actor.forward)) > 0.8f;
        if (!same_way && length(apart) < reach) return false;
        if (std::abs(dot(apart, actor.forward)) < reach && std::abs(cross(actor.forward, apart)) < beside) return false;
    }
    return true;
}

void put(World& world, const Actor& actor, const Driver& driver) {
    world.actors.push_back(actor);
    world.drivers.push_back(driver);
}

struct Stretches {
    std::span<const SpawnStretch> all;
    float total = 0.0f;
    explicit Stretches(const Layout& layout) : all(layout.traffic) {
        for (const SpawnStretch& stretch : all) total += weight(stretch);
    }
    static float weight(const SpawnStretch& stretch) { return std::max(stretch.to - stretch.from, 0.0f) * stretch.flow; }
    // The place `share` (0 .. 1) of the way through all stretches.
    void find(float share, Actor& actor) const {
        float left = share * total;
        for (const SpawnStretch& stretch : all) {
            actor.lane = stretch.lane;
            actor.s = stretch.to;
            const float own = weight(stretch);
            if (left < own) {
                actor.s = stretch.from + left / std::max(stretch.flow, 1e-6f);
                return;
            }
            left -= own;
        }
    }
};

void spawn_vehicles(const ScenarioConfig& config, const Layout& layout, World& world) {
    const Stretches stretches(layout);
    const int wanted = wanted_vehicles(config, layout);
    if (stretches.total <= 0.0f) return;
    for (int k = 0; k < wanted; ++k) {
        Actor actor = draw_vehicle(config, world.rng);
        const Driver driver = draw_driver(config, actor.kind == ActorKind::truck, world.rng);
        for (int attempt = 0; attempt < kAttempts; ++attempt) {
            const double even = (k + world.rng.uniform(0.2, 0.8)) / wanted;
            stretches.find(static_cast<float>(attempt == 0 ? even : world.rng.next_double()), actor);
            const Lane& lane = world.network->lane(actor.lane);
            const bool inside = lane.kind == LaneKind::connector;
            if (actor.s < actor.half_length || (!inside && actor.s > lane.length - actor.half_length - 0.5f)) continue;
            place_on_lane(world, actor);
            if (!has_room(world, actor, inside ? 12.0f : 4.0f)) continue;
            put(world, actor, driver);
            Driver& placed = world.drivers.back();
            placed.next_lane = pick_next(world, actor.lane);
            placed.until_decision = static_cast<float>(world.rng.next_double());
            break;
        }
    }
}

// Two side by side would close the road.
bool far_from_others(const World& world, const Actor& actor) {
    constexpr float kApart = 150.0f;  // m
    return std::none_of(world.actors.begin(), world.actors.end(), [&](const Actor& other) {
        return other.kind == ActorKind::broken_down && squared_length(other.position - actor.position) < kApart * kApart;
    });
}

void spawn_broken_down(const ScenarioConfig& config, const Layout& layout, World& world) {
    const Stretches stretches(layout);
    const int wanted = config.broken_down >= 0 ? config.broken_down : layout.default_broken_down;
    if (stretches.total <= 0.0f) return;
    for (int k = 0; k < wanted; ++k) {
        Actor actor = draw_vehicle(config, world.rng);
        actor.kind = ActorKind::broken_down;
        for (int attempt = 0; attempt < 4 * kAttempts; ++attempt) {
            stretches.find(static_cast<float>(world.rng.next_double()), actor);
            const Lane& lane = world.network->lane(actor.lane);
            const bool passable = lane.left != kNoLane || lane.right != kNoLane;
            if (lane.kind != LaneKind::road || lane.ends || !passable) continue;  // else it would block the road for good
            if (actor.s < 25.0f || actor.s > lane.length - 45.0f) continue;
            place_on_lane(world, actor);
            if (!has_room(world, actor, 30.0f) || !far_from_others(world, actor)) continue;
            put(world, actor, Driver{});
            break;
        }
    }
}

void spawn_parked(const ScenarioConfig& config, const Layout& layout, World& world) {
    for (const ParkedPlace& place : layout.places) {
        if (world.rng.next_double() >= config.parked) continue;
        Actor actor = draw_vehicle(config, world.rng);
        actor.kind = ActorKind::parked;
        if (actor.half_length > 2.4f) {  // no truck fits there
            actor.half_length = 2.25f;
            actor.half_width = 0.9f;
            actor.height = 1.5f;
        }
        actor.position = place.pose.position;
        actor.heading = place.pose.heading;
        actor.forward = {std::cos(actor.heading), std::sin(actor.heading)};
        const bool free = std::none_of(world.actors.begin(), world.actors.end(), [&](const Actor& other) {
            const Box box = {actor.position, actor.forward, actor.half_length + 1.0f, actor.half_width + 0.3f};
            return other.present && overlap(box, other.box());
        });
        if (free) put(world, actor, Driver{});
    }
}

Actor draw_pedestrian(core::Pcg64& rng) {
    Actor actor;
    actor.kind = ActorKind::pedestrian;
    actor.half_length = actor.half_width = 0.25f;
    actor.height = static_cast<float>(rng.uniform(1.5, 1.9));
    actor.look = static_cast<std::uint8_t>(rng.integers(8));
    return actor;
}

void put_at_crossing(World& world, Walker& walker, Actor& actor) {
    walker.crossing = static_cast<std::int16_t>(world.rng.integers(static_cast<std::uint32_t>(world.network->crossings.size())));
    walker.from_b = world.rng.next_double() < 0.5;
    const float half = world.network->crossings[at(walker.crossing)].half_width;
    walker.offset = static_cast<float>(world.rng.uniform(-0.7, 0.7)) * half;
    walker.until_walk = static_cast<float>(world.rng.uniform(0.0, 12.0));
    place_walker(world, walker, actor);
}

// No crossings here: up and down beside the road.
bool put_on_pavement(const Layout& layout, World& world, Walker& walker, Actor& actor) {
    const Stretches stretches(layout);
    if (stretches.total <= 0.0f) return false;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        Actor beside;
        stretches.find(static_cast<float>(world.rng.next_double()), beside);
        while (world.network->lane(beside.lane).right != kNoLane) beside.lane = world.network->lane(beside.lane).right;
        beside.d = -0.5f * world.network->lane(beside.lane).width - 2.5f;
        place_on_lane(world, beside);
        if (world.network->drivable(beside.position) || world.network->drivable(beside.position + 20.0f * beside.forward)) continue;
        actor.position = beside.position;
        actor.forward = beside.forward;
        actor.heading = beside.heading;
        walker.crossing = -1;
        return true;
    }
    return false;
}

void spawn_pedestrians(const ScenarioConfig& config, const Layout& layout, World& world) {
    const int wanted = wanted_pedestrians(config, layout);
    for (int k = 0; k < wanted; ++k) {
        Actor actor = draw_pedestrian(world.rng);
        Walker walker;
        walker.pace = static_cast<float>(world.rng.uniform(1.1, 1.6));
        if (!world.network->crossings.empty()) put_at_crossing(world, walker, actor);
        else if (!put_on_pavement(layout, world, walker, actor)) continue;
        put(world, actor, Driver{});
        world.walkers.push_back(walker);
    }
}

// As fast as the road, whoever is ahead and the next stop line allow from the first step on.
void set_speeds(World& world) {
    for (int i = world.num_agents; i < world.first_walker; ++i) {
        Actor& actor = world.actors[at(i)];
        if (!is_driven(world, i)) continue;
        const Driver& driver = world.drivers[at(i)];
        const Lane& lane = world.network->lane(actor.lane);
        float speed = std::min({driver.desired_speed, lane.speed_limit * driver.limit_factor, target_speed(world, actor, driver)});
        const LaneEntry* ahead = world.order.ahead(actor.lane, actor.s, i);
        const Leader leader = ahead != nullptr ? leader_on(world, i, actor.lane, actor.s)
                                               : leader_beyond(world, i, actor.lane, lane.length - actor.s, driver.next_lane);
        if (leader.actor >= 0) speed = std::min(speed, std::max(leader.gap - driver.min_gap, 0.0f) / (driver.time_gap + 0.5f));
        if (leader.actor >= 0 && !is_driven(world, leader.actor)) {  // could be standing, or brake at once
            const float theirs = std::max(world.actors[at(leader.actor)].speed, 0.0f);
            speed = std::min(speed, std::sqrt(theirs * theirs + 4.0f * std::max(leader.gap - kSwing - 4.0f, 0.0f)));
        }
        const bool stop = (lane.ends && driver.next_lane == kNoLane) ||
                          (driver.next_lane != kNoLane && world.network->lane(driver.next_lane).kind == LaneKind::connector);
        const float to_line = lane.length - actor.s - actor.half_length - 1.0f - (lane.ends ? kSwing : 0.0f);
        if (stop) speed = std::min(speed, std::sqrt(3.0f * std::max(to_line, 0.0f)));
        actor.speed = speed;
    }
}

}  // namespace

int actor_capacity(const ScenarioConfig& config, int num_agents) {
    const int vehicles = config.vehicles >= 0 ? config.vehicles : static_cast<int>(std::ceil(48.0f * std::max(config.density, 0.0f)));
    const int pedestrians = config.pedestrians >= 0 ? config.pedestrians : static_cast<int>(std::ceil(48.0f * std::max(config.density, 0.0f)));
    const int parked = config.parked > 0.0f ? 256 : 0;
    return num_agents + vehicles + pedestrians + parked + std::max(config.broken_down, 8);
}

void spawn_traffic(const ScenarioConfig& config, const Layout& layout, World& world) {
    world.actors.resize(at(world.num_agents));
    world.drivers.resize(at(world.num_agents));
    world.walkers.clear();
    prepare_facts(world);
    spawn_broken_down(config, layout, world);
    spawn_vehicles(config, layout, world);
    spawn_parked(config, layout, world);
    world.first_walker = static_cast<int>(world.actors.size());
    spawn_pedestrians(config, layout, world);
    prepare_facts(world);
    update_order(world);
    set_speeds(world);
}

}  // namespace wm::driving
