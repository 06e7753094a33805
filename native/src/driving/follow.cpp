// Who is ahead, who is behind: along a lane and across its ends.
#include "traffic_parts.h"

namespace wm::driving {

namespace {

float gap_between(const World& world, int self, int other, float centres) {
    return centres - world.actors[at(self)].half_length - world.actors[at(other)].half_length;
}

void keep_nearest(Leader& best, int actor, float gap) {
    if (gap < best.gap) best = {actor, gap};
}

// Vehicles that turned off another way but still stand in ours.
void leaders_on_siblings(const World& world, int self, LaneId before, LaneId lane, float base, Leader& best) {
    const float shared = world.facts.lanes[at(lane)].shared;
    for (const LaneId sibling : world.network->lane(before).next) {
        if (sibling == kNoLane) return;
        if (sibling == lane) continue;
        for (const LaneEntry& entry : world.order.on(sibling)) {
            if (entry.actor == self || entry.s - world.actors[at(entry.actor)].half_length > shared) break;
            keep_nearest(best, entry.actor, gap_between(world, self, entry.actor, base + entry.s));
        }
    }
}

}  // namespace

Leader leader_beyond(const World& world, int self, LaneId lane, float remaining, LaneId next) {
    float base = remaining;
    LaneId before = lane;
    for (int hop = 0; hop < 6 && next != kNoLane && base < kLeaderHorizon; ++hop) {
        Leader best;
        if (const LaneEntry* first = world.order.ahead(next, -1e9f, self)) {
            keep_nearest(best, first->actor, gap_between(world, self, first->actor, base + first->s));
        }
        if (world.facts.lanes[at(next)].shared > 0.0f) leaders_on_siblings(world, self, before, next, base, best);
        if (best.actor >= 0) return best;
        const Lane& on = world.network->lane(next);
        base += on.length;
        before = next;
        next = on.next[1] == kNoLane ? on.next[0] : kNoLane;
    }
    return {};
}

Leader leader_on(const World& world, int self, LaneId lane, float s) {
    if (const LaneEntry* entry = world.order.ahead(lane, s, self)) return {entry->actor, gap_between(world, self, entry->actor, entry->s - s)};
    const Lane& on = world.network->lane(lane);
    return leader_beyond(world, self, lane, on.length - s, on.next[0]);
}

Leader follower_on(const World& world, int self, LaneId lane, float s, float horizon) {
    if (const LaneEntry* entry = world.order.behind(lane, s, self)) return {entry->actor, gap_between(world, self, entry->actor, s - entry->s)};
    Leader best;
    for (const LaneId previous : world.network->lane(lane).previous) {
        if (previous == kNoLane || s > horizon) break;
        const float length = world.network->lane(previous).length;
        if (const LaneEntry* entry = world.order.behind(previous, 1e9f, self)) {
            keep_nearest(best, entry->actor, gap_between(world, self, entry->actor, s + length - entry->s));
        } else if (const LaneId before = world.network->lane(previous).previous[0]; before != kNoLane && s + length < horizon) {
            const LaneEntry* far = world.order.behind(before, 1e9f, self);
            const float more = length + world.network->lane(before).length;
            if (far != nullptr) keep_nearest(best, far->actor, gap_between(world, self, far->actor, s + more - far->s));
        }
    }
    return best;
}

}  // namespace wm::driving
