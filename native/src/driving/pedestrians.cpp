// Pedestrians: they wait at a crossing, walk when lights and gaps allow, assert themselves after a while, and come back.
#include "traffic_parts.h"

namespace wm::driving {

namespace {

constexpr float kStopBefore = 0.8f;      // m between bumper and crossing
constexpr float kSideClearance = 0.9f;   // m between pedestrian and passing car
constexpr float kAssertsAfter = 6.0f;    // s
constexpr float kTurnsBackAfter = 6.0f;  // s halted on the crossing: somebody stands there
constexpr float kExpectedBraking = 2.5f; // m/s^2 that pedestrians ask of drivers
constexpr float kHardBraking = 5.0f;     // m/s^2: on the crossing, they wait for whoever would need more
constexpr float kHalfWidth = 1.2f, kHalfLength = 2.5f;  // m: what pedestrians take a vehicle for
constexpr float kPavement = 20.0f;       // m up and down

struct Way {  // of one walker over its crossing
    Vec from, along;   // from a, unit vector to b
    float length;      // m
};

Way way_over(const Crossing& crossing) {
    const Vec across = crossing.b - crossing.a;
    const float metres = length(across);
    return {crossing.a, (1.0f / metres) * across, metres};
}

float from_a(const Walker& walker, const Way& way) { return walker.from_b ? way.length - walker.progress : walker.progress; }

std::span<const CutLane> cuts_of(const World& world, int crossing) {
    const TrafficFacts& facts = world.facts;
    const auto first = at(facts.first_cut[at(crossing)]), end = at(facts.first_cut[at(crossing) + 1]);
    return {facts.cuts.data() + first, end - first};
}

struct Strip {  // of a crossing, that a vehicle takes; m that a walker still has to go
    float enter, leave;  // negative: is in it; has passed it
};

Strip strip_of(const Walker& walker, const Way& way, const CutLane& cut, float half_width, float half_length) {
    const float to = (walker.from_b ? way.length - cut.at : cut.at) - walker.progress;
    const float half = half_width + cut.slant * half_length + kSideClearance;
    return {to - half, to + half};
}

struct Threat {
    float distance;  // m from bumper to where it would stop; negative: on the crossing
    const Actor* actor;
};

// Calls visit(Threat) for the vehicles that stand on the crossing's cut or come towards it, until it returns true.
template <class Visit>
bool any_threat(const World& world, const CutLane& cut, float half_width, const Visit& visit) {
    constexpr float kSight = 60.0f;  // m
    const auto look = [&](LaneId lane, float s) {
        for (const LaneEntry& entry : world.order.on(lane)) {
            const Actor& actor = world.actors[at(entry.actor)];
            const float front = s - half_width - kStopBefore - entry.s - actor.half_length;
            if (entry.s - actor.half_length > s + half_width + 0.3f || front > kSight) continue;
            if (visit(Threat{front, &actor})) return true;
        }
        return false;
    };
    if (look(cut.lane, cut.s)) return true;
    for (const LaneId previous : world.network->lane(cut.lane).previous) {
        if (previous == kNoLane || cut.s > kSight) break;
        const float s = cut.s + world.network->lane(previous).length;
        if (look(previous, s)) return true;
        for (const LaneId before : world.network->lane(previous).previous) {
            if (before == kNoLane || s > kSight) break;
            if (look(before, s + world.network->lane(before).length)) return true;
        }
    }
    return false;
}

bool must_brake_harder(const Threat& threat, float braking) {
    const float speed = std::abs(threat.actor->speed);
    if (threat.distance <= 0.0f) return threat.distance > -kStopBefore ? speed > 0.5f : true;
    return speed * speed > 2.0f * braking * threat.distance;
}

// Traffic on this lane has, or gets too soon, a green light.
bool lights_forbid(const World& world, const CutLane& cut, float seconds) {
    const Lane& lane = world.network->lane(cut.lane);
    const auto not_red = [&](int signal) {
        return world.network->light(signal, world.time) != Light::red || world.network->light_remaining(signal, world.time) < seconds;
    };
    const auto forbids = [&](const Lane& connector) { return connector.signal >= 0 && not_red(connector.signal); };
    if (const int own = world.network->crossings[at(cut.crossing)].signal; own >= 0) return not_red(own);
    if (lane.kind == LaneKind::connector) return forbids(lane);
    if (lane.length - cut.s > 25.0f) return false;
    for (const LaneId next : lane.next) {
        if (next != kNoLane && forbids(world.network->lane(next))) return true;
    }
    return false;
}

bool may_step_out(const World& world, const Walker& walker, const Way& way, float half_width) {
    const bool asserts = walker.until_walk < -kAssertsAfter;
    const float seconds = way.length / walker.pace;
    for (const CutLane& cut : cuts_of(world, walker.crossing)) {
        if (lights_forbid(world, cut, seconds)) return false;
        const bool danger = any_threat(world, cut, half_width, [&](const Threat& threat) {
            if (threat.distance < -kStopBefore || must_brake_harder(threat, kExpectedBraking)) return true;
            return !asserts && threat.actor->speed > 0.3f && threat.distance < threat.actor->speed * (seconds + 1.0f);
        });
        if (danger) return false;
    }
    return true;
}

// Somebody stands, or cannot stop any more, where the next steps lead.
bool must_halt(const World& world, const Walker& walker, const Way& way, float half_width) {
    constexpr float kLook = 1.0f;  // m
    for (const CutLane& cut : cuts_of(world, walker.crossing)) {
        const Strip strip = strip_of(walker, way, cut, kHalfWidth, kHalfLength);
        if (strip.enter < 0.0f || strip.enter > kLook) continue;  // not there yet, or already in its way: go on
        if (any_threat(world, cut, half_width, [&](const Threat& threat) { return must_brake_harder(threat, kHardBraking); })) return true;
    }
    return false;
}

void place(const Walker& walker, const Way& way, Actor& actor) {
    actor.forward = walker.from_b ? Vec{-way.along.x, -way.along.y} : way.along;
    actor.heading = std::atan2(actor.forward.y, actor.forward.x);
    actor.position = way.from + from_a(walker, way) * way.along + walker.offset * left_of(way.along);
}

void stroll(Walker& walker, Actor& actor, float dt) {
    const float step = walker.pace * dt;
    actor.position = actor.position + step * actor.forward;
    walker.progress += step;
    actor.speed = walker.pace;
    if (walker.progress < kPavement) return;
    walker.progress = 0.0f;
    actor.forward = {-actor.forward.x, -actor.forward.y};
    actor.heading = wrap_angle(actor.heading + kPi);
}

void walk(World& world, Walker& walker, Actor& actor, float dt) {
    const Crossing& crossing = world.network->crossings[at(walker.crossing)];
    const Way way = way_over(crossing);
    actor.speed = must_halt(world, walker, way, crossing.half_width) ? 0.0f : walker.pace;
    walker.progress += actor.speed * dt;
    walker.until_walk = actor.speed > 0.0f ? 0.0f : walker.until_walk - dt;
    if (walker.until_walk < -kTurnsBackAfter) {
        walker.from_b = !walker.from_b;
        walker.progress = way.length - walker.progress;
        walker.until_walk = 0.0f;
    }
    if (walker.progress >= way.length) {
        walker.from_b = !walker.from_b;
        walker.progress = 0.0f;
        walker.walking = false;
        walker.until_walk = static_cast<float>(world.rng.uniform(4.0, 20.0));
        actor.speed = 0.0f;
    }
    place(walker, way, actor);
}

}  // namespace

void place_walker(const World& world, const Walker& walker, Actor& actor) {
    place(walker, way_over(world.network->crossings[at(walker.crossing)]), actor);
}

void step_walkers(World& world, float dt) {
    for (std::size_t i = 0; i < world.walkers.size(); ++i) {
        Walker& walker = world.walkers[i];
        Actor& actor = world.actors[at(world.first_walker) + i];
        if (!actor.present) continue;
        if (walker.crossing < 0) {
            stroll(walker, actor, dt);
        } else if (walker.walking) {
            walk(world, walker, actor, dt);
        } else if ((walker.until_walk -= dt) <= 0.0f) {
            const Crossing& crossing = world.network->crossings[at(walker.crossing)];
            walker.walking = may_step_out(world, walker, way_over(crossing), crossing.half_width);
            if (walker.walking) walker.until_walk = 0.0f;
        }
    }
}

namespace {

// Somebody is right before the bumper.
bool before_bumper(const Actor& actor, Vec walker, float& distance) {
    const Vec away = walker - actor.position;
    distance = dot(away, actor.forward) - actor.half_length;
    return distance > -0.5f && distance < 5.0f && std::abs(cross(actor.forward, away)) < actor.half_width + 0.5f;
}

float push_at(const World& world, int index, const CutLane& cut, float ahead) {
    const Actor& actor = world.actors[at(index)];
    const Driver& driver = world.drivers[at(index)];
    const Crossing& crossing = world.network->crossings[at(cut.crossing)];
    const float to_stop = ahead - crossing.half_width - kStopBefore - actor.half_length;
    if (ahead < -actor.half_length || to_stop > actor.speed * actor.speed / 2.0f + 15.0f) return 0.0f;
    const Way way = way_over(crossing);
    const float over = travel_time(ahead + crossing.half_width + actor.half_length, actor.speed, std::max(actor.speed, 6.0f), driver.max_acceleration);
    float push = 0.0f, distance;
    for (std::size_t i = 0; i < world.walkers.size(); ++i) {
        const Walker& walker = world.walkers[i];
        if (!walker.walking || walker.crossing != cut.crossing) continue;
        const Strip strip = strip_of(walker, way, cut, actor.half_width, actor.half_length);
        if (strip.leave < 0.0f || strip.enter > walker.pace * (over + 1.5f)) continue;
        const Actor& person = world.actors[at(world.first_walker) + i];
        if (person.speed == 0.0f && strip_of(walker, way, cut, kHalfWidth, kHalfLength).enter > 0.0f) continue;  // waits for somebody else: both waiting would be for ever
        if (to_stop >= -kStopBefore) push = std::max(push, push_to_stop(driver, actor.speed, std::max(to_stop, 0.0f) - 0.2f));
        else if (before_bumper(actor, person.position, distance)) {
            push = std::max(push, push_to_stop(driver, actor.speed, distance - 0.8f));
        }
    }
    return push;
}

float push_on(const World& world, int index, LaneId lane, float s) {
    float push = 0.0f;
    for (const LaneCrossing& cut : world.network->crossings_of(world.network->lane(lane))) {
        for (const CutLane& where : cuts_of(world, cut.crossing)) {
            if (where.lane == lane) push = std::max(push, push_at(world, index, where, cut.s - s));
        }
    }
    return push;
}

}  // namespace

float crossing_push(const World& world, int index) {
    const Actor& actor = world.actors[at(index)];
    const Driver& driver = world.drivers[at(index)];
    const Lane& lane = world.network->lane(actor.lane);
    float push = lane.crossing_count > 0 ? push_on(world, index, actor.lane, actor.s) : 0.0f;
    float base = lane.length - actor.s;
    LaneId next = driver.next_lane;
    for (int hop = 0; hop < 3 && next != kNoLane && base < 60.0f; ++hop) {
        const Lane& ahead = world.network->lane(next);
        if (ahead.crossing_count > 0) push = std::max(push, push_on(world, index, next, -base));
        base += ahead.length;
        next = ahead.next[1] == kNoLane ? ahead.next[0] : kNoLane;
    }
    return push;
}

}  // namespace wm::driving
