// One world step of everybody but the agents: first all decide on what they see, then all move.
#include "traffic_parts.h"

namespace wm::driving {

namespace {

// Broken-down vehicles in one's own lane are kept away from, so that there is room to pull out.
float seen_gap(const World& world, int index, const Leader& leader) {
    const Actor& actor = world.actors[at(index)];
    const Actor& ahead = world.actors[at(leader.actor)];
    if (ahead.kind != ActorKind::broken_down || (ahead.lane != actor.lane && world.drivers[at(index)].target_lane != kNoLane)) return leader.gap;
    const Lane& lane = world.network->lane(ahead.lane);
    return lane.left == kNoLane && lane.right == kNoLane ? leader.gap : leader.gap - kSwing;
}

// d on `lane` of somebody who is on it or on its neighbour.
float side_on(const World& world, const Actor& actor, LaneId lane) {
    if (actor.lane == lane) return actor.d;
    const Lane& own = world.network->lane(actor.lane);
    const float apart = 0.5f * (own.width + world.network->lane(lane).width);
    return own.left == lane ? actor.d - apart : actor.d + apart;
}

// On the lane itself or on a neighbour of it; an agent off the road, or across the lanes of a junction, is neither.
bool near_lane(const World& world, const Actor& actor, LaneId lane) {
    if (actor.lane == lane) return true;
    if (actor.lane == kNoLane) return false;
    const Lane& own = world.network->lane(actor.lane);
    return own.left == lane || own.right == lane;
}

// One of them is on this lane only in part: would `self` pass the one ahead? (It heads away from that lane, or straight on:
// its front is no wider than itself.)
bool pass_beside(const World& world, const Actor& self, const Actor& ahead, LaneId lane) {
    if ((self.lane == lane && ahead.lane == lane) || !near_lane(world, self, lane) || !near_lane(world, ahead, lane)) return false;
    const float between = std::abs(side_on(world, self, lane) - side_on(world, ahead, lane));
    return between > self.half_width + side_reach(world, ahead) + 0.3f;
}

void follow(World& world, int index, const Leader& leader) {
    const Actor& actor = world.actors[at(index)];
    const float approach = actor.speed - speed_along(world.actors[at(leader.actor)], actor);
    float& push = world.facts.push[at(index)];
    push = std::max(push, push_of(world.drivers[at(index)], actor.speed, seen_gap(world, index, leader), approach));
}

// Everybody's push by whoever is ahead: one walk over the order, neighbours in it are neighbours on the road.
void follow_leaders(World& world) {
    std::fill(world.facts.push.begin(), world.facts.push.end(), 0.0f);
    const std::span<const LaneEntry> entries = world.order.all();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const LaneEntry& entry = entries[i];
        if (!is_driven(world, entry.actor)) continue;
        const Actor& actor = world.actors[at(entry.actor)];
        std::size_t k = i + 1;
        while (k < entries.size() && entries[k].lane == entry.lane && pass_beside(world, actor, world.actors[at(entries[k].actor)], entry.lane)) ++k;
        if (k < entries.size() && entries[k].lane == entry.lane) {
            const LaneEntry& ahead = entries[k];
            const float halves = actor.half_length + world.actors[at(ahead.actor)].half_length;
            follow(world, entry.actor, {ahead.actor, ahead.s - entry.s - halves});
        } else if (const LaneId next = world.drivers[at(entry.actor)].next_lane; next != kNoLane && actor.lane == entry.lane) {
            const float remaining = world.network->lane(entry.lane).length - entry.s;
            if (remaining > kLeaderHorizon) continue;
            const Leader leader = leader_beyond(world, entry.actor, entry.lane, remaining, next);
            if (leader.actor >= 0) follow(world, entry.actor, leader);
        }
    }
}

// Who stands where a lane ends or is blocked, and waits, is let in by the first behind in the next lane who need not brake hard.
void let_in(World& world, int index) {
    const Actor& actor = world.actors[at(index)];
    const Lane& lane = world.network->lane(actor.lane);
    if (lane.kind != LaneKind::road || !(lane.ends || stands_ahead(world, index, 40.0f))) return;
    for (const LaneId side : {lane.left, lane.right}) {
        if (side == kNoLane) continue;
        float s = neighbour_s(world, actor.lane, actor.s, side) - actor.half_length;
        for (int tries = 0; tries < 4; ++tries) {
            const LaneEntry* behind = world.order.behind(side, s, index);
            if (behind == nullptr) break;
            const Actor& other = world.actors[at(behind->actor)];
            const Driver& driver = world.drivers[at(behind->actor)];
            const float gap = s - behind->s - other.half_length;
            const float braking = driver.max_acceleration * push_of(driver, other.speed, gap, other.speed - actor.speed);
            if (is_driven(world, behind->actor) && gap > 0.5f && braking < 1.5f * driver.comfortable_braking + driver.max_acceleration) {
                follow(world, behind->actor, {index, gap});
                break;
            }
            s = behind->s - 0.01f;
        }
    }
}

// Someone who has just turned off another way may still be in ours.
void follow_siblings(World& world, int index) {
    const Actor& actor = world.actors[at(index)];
    const float shared = world.facts.lanes[at(actor.lane)].shared;
    if (actor.s - actor.half_length > shared) return;
    const auto& previous = world.network->lane(actor.lane).previous;
    for (const LaneId before : previous) {
        if (before == kNoLane) return;
        for (const LaneId sibling : world.network->lane(before).next) {
            if (sibling == kNoLane || sibling == actor.lane) continue;
            for (const LaneEntry& entry : world.order.on(sibling)) {
                const Actor& other = world.actors[at(entry.actor)];
                if (entry.s - other.half_length > shared) break;
                const bool ahead = entry.s > actor.s || (entry.s == actor.s && entry.actor < index);
                if (ahead && entry.actor != index) follow(world, index, {entry.actor, entry.s - actor.s - actor.half_length - other.half_length});
            }
        }
    }
}

void decide(const ScenarioConfig& config, World& world, int index, float dt) {
    Actor& actor = world.actors[at(index)];
    Driver& driver = world.drivers[at(index)];
    const Lane& lane = world.network->lane(actor.lane);
    if (world.facts.lanes[at(actor.lane)].shared > 0.0f) follow_siblings(world, index);
    float push = std::max(world.facts.push[at(index)], junction_push(world, index, dt));
    if (!world.walkers.empty()) push = std::max(push, crossing_push(world, index));
    if (lane.ends && driver.next_lane == kNoLane) {
        push = std::max(push, push_to_stop(driver, actor.speed, lane.length - kSwing - actor.s - actor.half_length));
        if (actor.speed < 1.0f) driver.waiting += dt;
    } else if (driver.target_lane != kNoLane && actor.speed < 0.5f) {
        driver.waiting += dt;
    } else if (actor.speed < 1.0f && lane.kind == LaneKind::road && (lane.left != kNoLane || lane.right != kNoLane) && stands_ahead(world, index, 40.0f)) {
        driver.waiting += dt;
    }
    actor.acceleration = acceleration_of(driver, actor.speed, target_speed(world, actor, driver), push);
    consider_change(config, world, index, actor.acceleration, dt);
}

void leave_or_go_on(const Layout& layout, World& world, int index) {
    Actor& actor = world.actors[at(index)];
    Driver& driver = world.drivers[at(index)];
    const float length = world.network->lane(actor.lane).length;
    if (driver.next_lane == kNoLane) {
        actor.present = false;
        driver.until_decision = layout.entries_refill ? 0.0f : std::numeric_limits<float>::infinity();
        return;
    }
    actor.s -= length;
    actor.lane = driver.next_lane;
    driver.next_lane = pick_next(world, actor.lane);
    driver.committed = false;
    driver.waiting = 0.0f;
    if (driver.target_lane != kNoLane) driver.target_lane = actor.lane;
}

// Sideways by a smooth step, no faster than the wheels allow at this speed. Returns the slope against the lane.
float side_step(Actor& actor, Driver& driver, float forward, float dt) {
    const float needed = std::abs(driver.change_from);
    constexpr float kHurried = 8.0f;  // m/s: below it only the steering limits
    const float most = kSteepestChange * forward / std::max(1.5f * needed, 0.1f);
    float step = std::min(dt / (actor.speed < kHurried ? 0.7f * kChangeTime : kChangeTime), most);
    if (driver.waiting > 3.0f) step = std::max(step, 0.08f * dt);  // stuck behind what it was passing: edges past it
    driver.change_progress += step;
    if (driver.change_progress >= 1.0f || needed < 0.01f) {
        driver.target_lane = kNoLane;
        driver.change_progress = driver.change_from = actor.d = 0.0f;
        return 0.0f;
    }
    actor.d = driver.change_from * (1.0f - eased(driver.change_progress));
    const float per_metre = std::min(step / std::max(forward, 1e-4f), kSteepestChange / std::max(1.5f * needed, 0.1f));
    return -driver.change_from * eased_slope(driver.change_progress) * per_metre;
}

void move(const Layout& layout, World& world, int index, float dt) {
    Actor& actor = world.actors[at(index)];
    Driver& driver = world.drivers[at(index)];
    const float before = actor.speed;
    float forward;
    if (before + actor.acceleration * dt <= 0.0f) {
        forward = actor.acceleration < 0.0f ? -0.5f * before * before / actor.acceleration : 0.0f;
        actor.speed = 0.0f;
        actor.acceleration = -before / dt;
    } else {
        forward = dt * (before + 0.5f * dt * actor.acceleration);
        actor.speed = before + dt * actor.acceleration;
    }
    actor.braking = actor.acceleration < -0.5f || actor.speed < 0.1f;
    if (actor.speed > 1.0f) driver.waiting = 0.0f;
    actor.s += forward;
    const float slope = driver.target_lane != kNoLane ? side_step(actor, driver, forward, dt) : 0.0f;
    while (actor.present && actor.s > world.network->lane(actor.lane).length) leave_or_go_on(layout, world, index);
    if (actor.present) place_on_lane(world, actor, slope);
}

}  // namespace

void step_traffic(const ScenarioConfig& config, const Layout& layout, World& world, float dt) {
    prepare_facts(world);
    world.facts.changed_lane = false;
    follow_leaders(world);
    const int end = world.first_walker;
    bool absent = false;
    for (int i = world.num_agents; i < end; ++i) {
        if (world.drivers[at(i)].waiting > 1.0f && is_driven(world, i) && world.actors[at(i)].present) let_in(world, i);
    }
    for (int i = world.num_agents; i < end; ++i) {
        if (!is_driven(world, i)) continue;
        if (world.actors[at(i)].present) decide(config, world, i, dt);
        else absent = true;
    }
    step_walkers(world, dt);
    if (absent && layout.entries_refill) refill_entries(config, world, dt);
    for (int i = world.num_agents; i < end; ++i) {
        if (is_driven(world, i) && world.actors[at(i)].present) move(layout, world, i, dt);
    }
}

}  // namespace wm::driving
