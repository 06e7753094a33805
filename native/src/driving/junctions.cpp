// Junctions: lights, right of way by time windows, room behind the junction, and what happens inside it.
#include "traffic_parts.h"

namespace wm::driving {

namespace {

constexpr float kSightTime = 7.0f;     // s: whoever is further away than this does not matter
constexpr float kSight = 90.0f;        // m
constexpr float kBeforeLine = 0.6f;    // m between front bumper and stop line
constexpr float kPatience = 2.0f;      // s after which standing others are no longer waited for
constexpr float kLongWait = 25.0f;     // s after which a full exit is no longer waited for
constexpr float kInch = 0.5f;          // m into a conflict at which a car that has stopped still waits for an agent

// Half of what a vehicle takes of its way through a conflict: boxes on crossing and curved ways need room; long ones more.
float reach_of(const Actor& actor) { return actor.half_length + 0.5f + std::max(actor.half_width - 0.95f, 0.0f) * 5.0f; }

struct Passage {            // somebody's way through one conflict
    float arrive, leave;    // s from now
};

struct Self {
    int index;
    const Actor& actor;
    const Driver& driver;
    LaneId connector;
    float s;                // of the centre on the connector; negative before it
    float top;              // m/s on it
    float margin;           // s
};

struct Other {
    int index;
    float s;                // on its connector
    bool inside;            // on it, or committed to it
};

float speed_on(const World& world, LaneId connector, const Driver& driver) {
    const float curve = world.facts.lanes[at(connector)].curve;
    const float limit = world.network->lane(connector).speed_limit * driver.limit_factor;
    return std::min(limit, std::max(std::sqrt(kLateralLimit / std::max(curve, 1e-4f)), 2.0f));
}

bool comes_to(const World& world, int index, LaneId connector) {
    const LaneId next = world.drivers[at(index)].next_lane;
    return next == connector || (next == kNoLane && !is_driven(world, index));
}

// Calls visit(Other) for everybody on the connector or on the way to it, until it returns true.
template <class Visit>
bool any_coming(const World& world, int self, LaneId connector, const Visit& visit) {
    for (const LaneEntry& entry : world.order.on(connector)) {
        if (entry.actor != self && visit(Other{entry.actor, entry.s, true})) return true;
    }
    for (const LaneId previous : world.network->lane(connector).previous) {
        if (previous == kNoLane) break;
        const float length = world.network->lane(previous).length;
        const auto entries = world.order.on(previous);
        for (std::size_t i = entries.size(); i-- > 0 && length - entries[i].s < kSight;) {
            const int index = entries[i].actor;
            if (index == self) continue;
            const bool committed = world.drivers[at(index)].committed && is_driven(world, index);
            if (comes_to(world, index, connector) && visit(Other{index, entries[i].s - length, committed})) return true;
            if (!committed && std::abs(world.actors[at(index)].speed) < 0.5f) break;  // the others stand behind it
        }
        if (length > 40.0f) continue;
        for (const LaneId before : world.network->lane(previous).previous) {  // short stretches between junctions
            if (before == kNoLane) break;
            const float more = length + world.network->lane(before).length;
            const auto far = world.order.on(before);
            for (std::size_t i = far.size(); i-- > 0 && more - far[i].s < kSight;) {
                if (far[i].actor == self || !comes_to(world, far[i].actor, previous)) continue;
                if (visit(Other{far[i].actor, far[i].s - more, false})) return true;
            }
        }
    }
    return false;
}

Passage passage_of(const Self& self, const Conflict& conflict) {
    const float half = reach_of(self.actor), a = self.driver.max_acceleration;
    return {travel_time(conflict.enter - self.s - half, self.actor.speed, self.top, a),
            travel_time(conflict.leave - self.s + half, self.actor.speed, self.top, a)};
}

bool has_cleared(const World& world, const Other& other, const Conflict& conflict) {
    return other.s - reach_of(world.actors[at(other.index)]) > conflict.other_leave;
}
bool in_the_way(const World& world, const Other& other, const Conflict& conflict) {
    return other.s + reach_of(world.actors[at(other.index)]) > conflict.other_enter && !has_cleared(world, other, conflict);
}

// The soonest that the other can arrive, the latest that it is gone (if it goes on).
Passage passage_of(const World& world, const Other& other, const Conflict& conflict) {
    const Actor& actor = world.actors[at(other.index)];
    const Driver& driver = world.drivers[at(other.index)];
    const float speed = std::max(actor.speed, 0.0f);
    const float top = std::max(speed_on(world, conflict.other, driver), speed);
    const float a = is_driven(world, other.index) ? driver.max_acceleration : 3.0f;
    const float leave = conflict.other_leave - other.s + reach_of(actor);
    return {travel_time(conflict.other_enter - other.s - reach_of(actor), speed, top, a), speed < 1.0f ? 1e9f : leave / (0.7f * speed)};
}

bool fits(const Self& self, const Actor& actor, const Passage& mine, const Passage& theirs, const Conflict& conflict) {
    const float catching_up = conflict.merge ? std::max(actor.speed - self.top, 0.0f) / 2.0f : 0.0f;
    return mine.leave + self.margin + catching_up < theirs.arrive || theirs.leave + 0.3f < mine.arrive;
}

Vec direction_into(const World& world, LaneId connector) {
    return world.network->points[at(world.network->lane(connector).first_point)].forward;
}

// Does the other, not yet inside, go first?
bool goes_first(const World& world, const Self& self, const Other& other, LaneId other_connector) {
    const Driver& driver = world.drivers[at(other.index)];
    const bool stands = std::abs(world.actors[at(other.index)].speed) < 0.5f;
    if (self.driver.waiting > kPatience && stands) {
        const bool longer = self.driver.waiting > driver.waiting || (self.driver.waiting == driver.waiting && self.index < other.index);
        if (longer) return false;
    }
    const Lane& mine = world.network->lane(self.connector);
    const Lane& theirs = world.network->lane(other_connector);
    if (mine.priority != theirs.priority) return theirs.priority > mine.priority;
    const Vec from = direction_into(world, self.connector), to = direction_into(world, other_connector);
    const float side = cross(from, to);
    if (std::abs(side) > 0.5f) return side > 0.0f;  // drives from right to left: comes from the right
    if (dot(from, to) < 0.0f && (mine.turn == Turn::left) != (theirs.turn == Turn::left)) return mine.turn == Turn::left;
    return other.s > self.s || (other.s == self.s && other.index < self.index);
}

// A light holds it back, and it can stop.
bool held_by_light(const World& world, const Other& other, LaneId connector) {
    const Lane& lane = world.network->lane(connector);
    if (lane.signal < 0 || world.network->light(lane.signal, world.time) == Light::green) return false;
    const Actor& actor = world.actors[at(other.index)];
    return actor.speed * actor.speed < 2.0f * 4.0f * std::max(-other.s - actor.half_length, 0.0f) || std::abs(actor.speed) < 0.5f;
}

bool way_is_free(const World& world, const Self& self) {
    for (const Conflict& conflict : world.network->conflicts_of(world.network->lane(self.connector))) {
        const Passage mine = passage_of(self, conflict);
        const bool blocked = any_coming(world, self.index, conflict.other, [&](const Other& other) {
            if (has_cleared(world, other, conflict)) return false;
            if (!other.inside && (held_by_light(world, other, conflict.other) || !goes_first(world, self, other, conflict.other))) return false;
            const Passage theirs = passage_of(world, other, conflict);
            if (!other.inside && theirs.arrive > kSightTime + mine.leave) return false;
            return !fits(self, world.actors[at(other.index)], mine, theirs, conflict);
        });
        if (blocked) return false;
    }
    return true;
}

// Nobody stops in the box: is there room for one more behind it?
bool exit_is_free(const World& world, const Self& self) {
    const Lane& connector = world.network->lane(self.connector);
    if (connector.conflict_count == 0 || connector.next[0] == kNoLane || self.driver.waiting > kLongWait) return true;
    const LaneEntry* last = world.order.ahead(connector.next[0], -1e9f, self.index);
    if (last == nullptr) return true;
    const Actor& actor = world.actors[at(last->actor)];
    if (actor.speed > 4.0f) return true;
    float room = last->s - actor.half_length;
    for (const LaneEntry& entry : world.order.on(self.connector)) {
        if (entry.actor != self.index) room -= 2.0f * world.actors[at(entry.actor)].half_length + 2.0f;
    }
    return room > 2.0f * self.actor.half_length + 1.0f;
}

bool light_allows(const World& world, const Self& self, float to_line) {
    const Lane& connector = world.network->lane(self.connector);
    if (connector.signal < 0) return true;
    const Light light = world.network->light(connector.signal, world.time);
    if (light == Light::green) return true;
    return light == Light::yellow && to_line < self.actor.speed * self.actor.speed / (2.0f * 3.5f);
}

// Metres between the bumper and a box that is in front of it; kSight when none of it is.
float gap_before(const Actor& self, const Actor& other) {
    const Vec away = other.position - self.position;
    const float along = std::abs(dot(other.forward, self.forward)), across = std::abs(cross(other.forward, self.forward));
    const float beside = std::abs(cross(self.forward, away)) - across * other.half_length - along * other.half_width;
    const float ahead = dot(away, self.forward) - along * other.half_length - across * other.half_width - self.half_length;
    return beside < self.half_width + 0.3f && ahead > -1.0f && ahead < 10.0f ? ahead : kSight;
}

// Traffic about to enter sees who is inside, and waits; an agent need not. Whoever is inside lets it have its right of way.
bool must_be_let_through(const World& world, const Self& self, const Other& other, LaneId other_connector) {
    if (other.inside || is_driven(world, other.index) || world.actors[at(other.index)].speed < 0.5f) return false;
    return !held_by_light(world, other, other_connector) && goes_first(world, self, other, other_connector);
}

// Inside: keep clear of conflicts that others have entered, or come to by right of having entered the junction earlier.
float push_inside(const World& world, const Self& self) {
    float push = 0.0f;
    const Lane& lane = world.network->lane(self.connector);
    const float reach = reach_of(self.actor);
    const float front = self.s + reach, speed = self.actor.speed;
    for (const Conflict& conflict : world.network->conflicts_of(lane)) {
        if (self.s - reach > conflict.leave) continue;
        const bool entered = front > conflict.enter, inched = front > conflict.enter + kInch;
        const Passage mine = passage_of(self, conflict);
        any_coming(world, self.index, conflict.other, [&](const Other& other) {
            const Actor& actor = world.actors[at(other.index)];
            if (!inched && must_be_let_through(world, self, other, conflict.other) && !fits(self, actor, mine, passage_of(world, other, conflict), conflict)) {
                push = std::max(push, push_to_stop(self.driver, speed, conflict.enter - front));
            }
            if (!other.inside || has_cleared(world, other, conflict)) return false;
            const Driver& driver = world.drivers[at(other.index)];
            const bool earlier = !is_driven(world, other.index) || driver.entered < self.driver.entered ||
                                 (driver.entered == self.driver.entered && other.index < self.index);
            const bool there = in_the_way(world, other, conflict);
            if (conflict.merge) {
                const float lead = (lane.length - self.s) - (world.network->lane(conflict.other).length - other.s);
                const bool leads = lead > 0.0f || (lead == 0.0f && other.index < self.index);
                if (leads && (there || earlier)) {
                    const float gap = lead - self.actor.half_length - actor.half_length;
                    push = std::max(push, push_of(self.driver, speed, gap, speed - actor.speed));
                    if (there) return false;
                }
                if (leads && entered) return false;
            }
            if (is_driven(world, other.index) ? entered : inched) {
                const float gap = there && !conflict.merge ? gap_before(self.actor, actor) : kSight;
                if (gap < kSight) push = std::max(push, push_of(self.driver, speed, gap, speed - speed_along(actor, self.actor)));
                return false;
            }
            if (!(earlier || there)) return false;
            const Passage theirs = passage_of(world, other, conflict);
            if (!fits(self, actor, mine, theirs, conflict)) {
                push = std::max(push, push_to_stop(self.driver, speed, conflict.enter - front));
            }
            return false;
        });
    }
    return push;
}

float approach(World& world, int index, float dt) {
    const Actor& actor = world.actors[at(index)];
    Driver& driver = world.drivers[at(index)];
    const float remaining = world.network->lane(actor.lane).length - actor.s;
    const float to_line = remaining - actor.half_length;
    const float speed = actor.speed;
    const float margin = std::max(1.0f - 0.03f * driver.waiting, 0.4f);
    const Self self{index, actor, driver, driver.next_lane, -remaining, speed_on(world, driver.next_lane, driver), margin};
    if (driver.committed) return push_inside(world, self);
    if (to_line > speed * speed / (2.0f * 1.2f) + 8.0f) return 0.0f;
    const bool free = to_line < 0.0f || (light_allows(world, self, to_line) && exit_is_free(world, self) && way_is_free(world, self));
    if (free) {
        if (to_line < speed * speed / (2.0f * 2.5f) + 1.0f) {
            driver.committed = true;
            driver.entered = world.time;
        }
        return 0.0f;
    }
    if (speed < 0.5f && to_line < 5.0f) driver.waiting += dt;
    return push_to_stop(driver, speed, to_line - kBeforeLine);
}

}  // namespace

float junction_push(World& world, int index, float dt) {
    const Actor& actor = world.actors[at(index)];
    const Driver& driver = world.drivers[at(index)];
    const Lane& lane = world.network->lane(actor.lane);
    float push = 0.0f;
    if (lane.kind == LaneKind::connector && lane.conflict_count > 0) {
        push = push_inside(world, {index, actor, driver, actor.lane, actor.s, speed_on(world, actor.lane, driver), 0.3f});
    }
    if (driver.next_lane == kNoLane) return push;
    const Lane& next = world.network->lane(driver.next_lane);
    if (next.conflict_count == 0 && next.signal < 0) return push;
    return std::max(push, approach(world, index, dt));
}

}  // namespace wm::driving
