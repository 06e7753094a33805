#include "traffic_parts.h"

namespace wm::driving {

namespace {

constexpr float kApart = 2.8f;  // m between centre lines beyond which vehicles on them pass each other

bool straight(const Network& network, const Lane& lane) { return lane.point_count == 2 && network.points[at(lane.first_point)].curvature == 0.0f; }

float greatest_curvature(const Network& network, const Lane& lane) {
    float greatest = 0.0f;
    for (const LanePoint& point : network.points_of(lane)) greatest = std::max(greatest, std::abs(point.curvature));
    return greatest;
}

// How far two lanes that begin together stay within reach of each other.
float shared_length(const Network& network, LaneId a, LaneId b) {
    const float shortest = std::min(network.lane(a).length, network.lane(b).length);
    float s = 0.0f;
    while (s < shortest && length(network.point(a, s).position - network.point(b, s).position) < kApart) s += 1.0f;
    return std::min(s, shortest);
}

float shared_with_siblings(const Network& network, LaneId id) {
    float shared = 0.0f;
    for (const LaneId previous : network.lane(id).previous) {
        if (previous == kNoLane) break;
        for (const LaneId sibling : network.lane(previous).next) {
            if (sibling != kNoLane && sibling != id) shared = std::max(shared, shared_length(network, id, sibling));
        }
    }
    return shared;
}

LaneFacts facts_of(const Network& network, LaneId id) {
    const Lane& lane = network.lane(id);
    const LanePoint& first = network.points[at(lane.first_point)];
    return {first.position, first.forward, first.heading, greatest_curvature(network, lane), shared_with_siblings(network, id),
            straight(network, lane)};
}

void collect_cuts(const Network& network, TrafficFacts& facts) {
    facts.cuts.clear();
    facts.first_cut.assign(network.crossings.size() + 1, 0);
    for (std::size_t id = 0; id < network.lanes.size(); ++id) {
        for (const LaneCrossing& cut : network.crossings_of(network.lanes[id])) {
            const Crossing& crossing = network.crossings[at(cut.crossing)];
            const Vec along = crossing.b - crossing.a;
            const LaneId lane = static_cast<LaneId>(id);
            const LanePoint there = network.point(lane, cut.s);
            const float where = dot(there.position - crossing.a, along) / length(along);
            const float slant = std::abs(dot(there.forward, along)) / length(along);
            facts.cuts.push_back({cut.crossing, lane, cut.s, where, slant});
            ++facts.first_cut[at(cut.crossing) + 1];
        }
    }
    std::sort(facts.cuts.begin(), facts.cuts.end(), [](const CutLane& a, const CutLane& b) {
        return a.crossing != b.crossing ? a.crossing < b.crossing : (a.lane != b.lane ? a.lane < b.lane : a.s < b.s);
    });
    for (std::size_t i = 1; i < facts.first_cut.size(); ++i) facts.first_cut[i] += facts.first_cut[i - 1];
}

}  // namespace

void prepare_facts(World& world) {
    const Network& network = *world.network;
    TrafficFacts& facts = world.facts;
    if (facts.push.size() < world.actors.size()) facts.push.resize(world.actors.size());
    if (facts.hash == network.hash && facts.lanes.size() == network.lanes.size()) return;
    facts.hash = network.hash;
    facts.lanes.resize(network.lanes.size());
    facts.entries.clear();
    for (std::size_t id = 0; id < network.lanes.size(); ++id) {
        facts.lanes[id] = facts_of(network, static_cast<LaneId>(id));
        const Lane& lane = network.lanes[id];
        if (lane.kind == LaneKind::road && lane.previous[0] == kNoLane) facts.entries.push_back(static_cast<LaneId>(id));
    }
    collect_cuts(network, facts);
}

LanePoint point_on(const World& world, LaneId lane, float s) {
    const LaneFacts& facts = world.facts.lanes[at(lane)];
    if (!facts.straight) return world.network->point(lane, s);
    return {facts.start + s * facts.forward, facts.forward, facts.heading, 0.0f};
}

float neighbour_s(const World& world, LaneId lane, float s, LaneId neighbour) {
    const LaneFacts& to = world.facts.lanes[at(neighbour)];
    const Vec position = point_on(world, lane, s).position;
    if (to.straight) return dot(to.forward, position - to.start);
    const float hint = s * world.network->lane(neighbour).length / world.network->lane(lane).length;
    return world.network->project(neighbour, position, hint).s;
}

float side_reach(const World& world, const Actor& actor) {
    if (actor.d == 0.0f) return actor.half_width;
    return actor.half_width + actor.half_length * std::abs(cross(point_on(world, actor.lane, actor.s).forward, actor.forward));
}

void place_on_lane(const World& world, Actor& actor, float slope) {
    const LanePoint point = point_on(world, actor.lane, actor.s);
    actor.position = point.position + actor.d * left_of(point.forward);
    actor.forward = point.forward;
    actor.heading = point.heading;
    if (slope == 0.0f) return;
    const Vec turned = point.forward + slope * left_of(point.forward);
    actor.forward = (1.0f / length(turned)) * turned;
    actor.heading = point.heading + slope * (1.0f - slope * slope * (1.0f / 3.0f));  // atan for the slopes of lane changes
}

LaneId pick_next(World& world, LaneId lane) {
    const auto& next = world.network->lane(lane).next;
    if (next[1] == kNoLane) return next[0];
    std::uint32_t count = 2;
    while (count < next.size() && next[count] != kNoLane) ++count;
    return next[world.rng.integers(count)];
}

}  // namespace wm::driving
