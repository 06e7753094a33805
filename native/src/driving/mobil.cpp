// MOBIL (Kesting, Treiber, Helbing 2007): change lanes when everybody concerned gains enough and nobody must brake hard.
#include "traffic_parts.h"

namespace wm::driving {

namespace {

constexpr float kThreshold = 0.2f;    // m/s^2, and
constexpr float kRightBias = 0.2f;    // m/s^2, and
constexpr float kSafeBraking = 4.0f;  // m/s^2: as on the authors' page
constexpr float kJunctionZone = 40.0f;  // m before a junction in which nobody changes for comfort
constexpr float kSlowest = 3.0f;      // m/s: below it only who must changes

struct Change {
    LaneId to = kNoLane;
    float s = 0.0f, d = 0.0f;   // there
    Leader ahead, behind;
};

float limit_of(const World& world, const Driver& driver, LaneId lane) {
    return std::min(driver.desired_speed, world.network->lane(lane).speed_limit * driver.limit_factor);
}

// The acceleration of `follower` on `lane` behind `leader` (-1: nobody).
float acceleration_behind(const World& world, int follower, LaneId lane, int leader, float gap) {
    const Actor& actor = world.actors[at(follower)];
    const Driver& driver = world.drivers[at(follower)];
    const float push = leader < 0 ? 0.0f : push_of(driver, actor.speed, gap, actor.speed - speed_along(world.actors[at(leader)], actor));
    return acceleration_of(driver, std::max(actor.speed, 0.0f), limit_of(world, driver, lane), push);
}

bool must_leave(const World& world, const Actor& actor) { return world.network->lane(actor.lane).ends; }

// Where the change would lead; false where it cannot be made at all.
bool find_change(const World& world, int index, LaneId to, Change& change) {
    if (to == kNoLane) return false;
    const Actor& actor = world.actors[at(index)];
    const Lane& lane = world.network->lane(to);
    if (lane.kind != LaneKind::road || lane.ends) return false;
    const float s = neighbour_s(world, actor.lane, actor.s, to);
    if (s < 0.0f || s > lane.length) return false;
    const LanePoint there = point_on(world, to, s);
    const float d = dot(actor.position - there.position, left_of(there.forward));
    if (std::abs(d) > 1.6f * lane.width) return false;
    change = {to, s, d, leader_on(world, index, to, s), follower_on(world, index, to, s, kLeaderHorizon)};
    const bool blocked = change.ahead.actor >= 0 && world.actors[at(change.ahead.actor)].kind == ActorKind::broken_down;
    return !blocked || change.ahead.gap > kLeaderHorizon;
}

bool safe(const World& world, int index, const Change& change, float braking) {
    const Actor& actor = world.actors[at(index)];
    constexpr float kLeast = 0.7f;  // m
    if (change.ahead.actor >= 0) {
        const float room = actor.speed < kSlowest ? 0.5f * kSwing : kLeast;
        if (change.ahead.gap < room) return false;
    }
    if (acceleration_behind(world, index, change.to, change.ahead.actor, change.ahead.gap) < -braking) return false;
    if (change.behind.actor < 0) return true;
    const Actor& follower = world.actors[at(change.behind.actor)];
    if (change.behind.gap < kLeast) return false;
    const bool polite = follower.kind == ActorKind::agent;  // agents are not cut in on as hard
    const Actor& f = follower;
    const Driver& driver = world.drivers[at(change.behind.actor)];
    const float push = push_of(driver, std::max(f.speed, 0.0f), change.behind.gap, f.speed - speed_along(actor, f));
    return driver.max_acceleration * (push - 1.0f) < (polite ? 0.5f * braking : braking);
}

// Sum of what is gained, m/s^2. Nobody goes to the left for others' sake alone.
float incentive(const World& world, int index, const Change& change, bool left, float now) {
    const Actor& actor = world.actors[at(index)];
    const Driver& driver = world.drivers[at(index)];
    const float gain = acceleration_behind(world, index, change.to, change.ahead.actor, change.ahead.gap) - now;
    if (left && gain < kThreshold) return 0.0f;
    float others = 0.0f;
    if (change.behind.actor >= 0 && is_driven(world, change.behind.actor)) {
        const float before = acceleration_behind(world, change.behind.actor, change.to, change.ahead.actor,
                                                 change.behind.gap + change.ahead.gap + 2.0f * actor.half_length);
        others += acceleration_behind(world, change.behind.actor, change.to, index, change.behind.gap) - before;
    }
    const Leader old = follower_on(world, index, actor.lane, actor.s, 0.0f);
    if (old.actor >= 0 && is_driven(world, old.actor)) {
        const Leader ahead = leader_on(world, index, actor.lane, actor.s);
        others += acceleration_behind(world, old.actor, actor.lane, ahead.actor, old.gap + ahead.gap + 2.0f * actor.half_length) -
                  acceleration_behind(world, old.actor, actor.lane, index, old.gap);
    }
    return gain + driver.politeness * others;
}

void begin(World& world, int index, const Change& change) {
    Actor& actor = world.actors[at(index)];
    Driver& driver = world.drivers[at(index)];
    actor.lane = change.to;
    actor.s = change.s;
    actor.d = change.d;
    driver.target_lane = change.to;
    driver.change_from = change.d;
    driver.change_progress = 0.0f;
    driver.next_lane = pick_next(world, change.to);
    driver.waiting = 0.0f;
    world.facts.changed_lane = true;
}

bool near_junction(const World& world, const Actor& actor, const Driver& driver) {
    if (driver.next_lane == kNoLane) return false;
    const float remaining = world.network->lane(actor.lane).length - actor.s;
    return remaining < kJunctionZone && world.network->lane(driver.next_lane).kind == LaneKind::connector;
}

void change_if_forced(const World& world, int index, LaneId to, float braking, Change& best) {
    Change change;
    if (best.to == kNoLane && find_change(world, index, to, change) && safe(world, index, change, braking)) best = change;
}

}  // namespace

bool stands_ahead(const World& world, int index, float within) {
    const Actor& actor = world.actors[at(index)];
    const LaneEntry* entry = world.order.ahead(actor.lane, actor.s, index);
    if (entry == nullptr) return false;
    const Actor& leader = world.actors[at(entry->actor)];
    const bool stands = leader.kind == ActorKind::broken_down || (leader.kind == ActorKind::agent && std::abs(leader.speed) < 0.3f);
    return stands && entry->s - actor.s < within;
}

void consider_change(const ScenarioConfig& config, World& world, int index, float now, float dt) {
    Driver& driver = world.drivers[at(index)];
    const Actor& actor = world.actors[at(index)];
    driver.until_decision -= dt;
    if (driver.until_decision > 0.0f || world.facts.changed_lane) return;
    if (driver.target_lane != kNoLane && actor.speed > 1.0f) return;
    const Lane& lane = world.network->lane(actor.lane);
    driver.until_decision += 1.0f;
    if (driver.until_decision < 0.0f) driver.until_decision = 0.5f;
    if (lane.kind != LaneKind::road || (lane.left == kNoLane && lane.right == kNoLane)) return;
    const float bold = kSafeBraking * (0.75f + 0.5f * config.aggressiveness);
    const bool leaving = must_leave(world, actor);
    Change best;
    if (leaving || stands_ahead(world, index, 60.0f)) {
        if (driver.target_lane == kNoLane && actor.speed < kSlowest && stands_ahead(world, index, kSwing)) return;  // too close to pull out
        driver.until_decision = std::min(driver.until_decision, 0.25f);
        const float braking = std::min(bold * (1.0f + 0.1f * driver.waiting), 6.0f);
        change_if_forced(world, index, lane.left, braking, best);
        change_if_forced(world, index, lane.right, braking, best);
        if (best.to != kNoLane) begin(world, index, best);
        return;
    }
    if (actor.speed < kSlowest || near_junction(world, actor, driver) || actor.s + 2.0f * kChangeTime * actor.speed > lane.length) return;
    float most = kThreshold;
    for (const LaneId to : {lane.left, lane.right}) {
        Change change;
        if (!find_change(world, index, to, change) || !safe(world, index, change, bold)) continue;
        const float gain = incentive(world, index, change, to == lane.left, now) + (to == lane.right ? kRightBias : -kRightBias);
        if (gain <= most) continue;
        most = gain;
        best = change;
    }
    if (best.to != kNoLane) begin(world, index, best);
}

}  // namespace wm::driving
