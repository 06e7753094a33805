#include <bit>
#include <cstdint>

#include "traffic_parts.h"

namespace wm::driving {

namespace {

// By lane, then by s, then by actor: as one whole number.
std::uint64_t key_of(const LaneEntry& entry) {
    const auto bits = std::bit_cast<std::uint32_t>(entry.s + 0.0f);  // -0 is 0
    const std::uint32_t ascending = (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
    return std::uint64_t{static_cast<std::uint16_t>(entry.lane)} << 48 | std::uint64_t{ascending} << 16 | static_cast<std::uint16_t>(entry.actor);
}

// The neighbour that the actor's box reaches into, kNoLane without.
LaneId reaches_into(const World& world, const Actor& actor) {
    constexpr float kTolerated = 0.25f;  // m over the line
    if (actor.d == 0.0f) return kNoLane;
    const Lane& lane = world.network->lane(actor.lane);
    if (std::abs(actor.d) + side_reach(world, actor) <= 0.5f * lane.width + kTolerated) return kNoLane;
    return actor.d > 0.0f ? lane.left : lane.right;
}

}  // namespace

void LaneOrder::reserve(std::size_t entries, std::size_t lanes, std::size_t actors) {
    entries_.reserve(entries);
    if (ranges_.size() < lanes) ranges_.resize(lanes);
    sequence_.reserve(actors);
}

void LaneOrder::clear() {
    for (const LaneEntry& entry : entries_) ranges_[static_cast<std::size_t>(entry.lane)] = {};
    entries_.clear();
}

// By insertion: they come nearly in order.
void LaneOrder::sort() {
    std::uint64_t highest = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const LaneEntry entry = entries_[i];
        const std::uint64_t key = key_of(entry);
        if (key >= highest) {
            highest = key;
            continue;
        }
        std::size_t j = i;
        do {
            entries_[j] = entries_[j - 1];
            --j;
        } while (j > 0 && key < key_of(entries_[j - 1]));
        entries_[j] = entry;
    }
    index();
}

void LaneOrder::index() {
    for (std::size_t i = 0; i < entries_.size();) {
        const auto lane = static_cast<std::size_t>(entries_[i].lane);
        std::size_t end = i + 1;
        while (end < entries_.size() && entries_[end].lane == entries_[i].lane) ++end;
        if (lane >= ranges_.size()) ranges_.resize(lane + 1);  // only before anything was reserved
        ranges_[lane] = {static_cast<std::int16_t>(i), static_cast<std::int16_t>(end - i)};
        i = end;
    }
}

const LaneEntry* LaneOrder::ahead(LaneId lane, float s, int self) const {
    for (const LaneEntry& entry : on(lane)) {
        if (entry.s > s && entry.actor != self) return &entry;
    }
    return nullptr;
}

const LaneEntry* LaneOrder::behind(LaneId lane, float s, int self) const {
    const std::span<const LaneEntry> entries = on(lane);
    for (std::size_t i = entries.size(); i-- > 0;) {
        if (entries[i].s <= s && entries[i].actor != self) return &entries[i];
    }
    return nullptr;
}

void update_order(World& world) {
    prepare_facts(world);
    LaneOrder& order = world.order;
    const std::size_t actors = world.actors.size();
    if (order.sequence_.size() != actors) {
        order.reserve(2 * actors, world.network->lanes.size(), actors);
        order.sequence_.resize(actors);
        for (std::size_t i = 0; i < actors; ++i) order.sequence_[i] = static_cast<std::int16_t>(i);
    }
    order.clear();
    if (order.ranges_.size() < world.network->lanes.size()) order.ranges_.resize(world.network->lanes.size());
    std::size_t elsewhere = 0;  // those on no lane stay at the front of the sequence
    for (const std::int16_t index : order.sequence_) {
        const Actor& actor = world.actors[at(index)];
        if (actor.present && actor.lane != kNoLane) order.entries_.push_back({actor.lane, index, actor.s});
        else order.sequence_[elsewhere++] = index;
    }
    const std::size_t primary = order.entries_.size();
    for (std::size_t i = 0; i < primary; ++i) {
        const std::int16_t index = order.entries_[i].actor;
        const Actor& actor = world.actors[at(index)];
        const LaneId other = reaches_into(world, actor);
        if (other != kNoLane) order.entries_.push_back({other, index, neighbour_s(world, actor.lane, actor.s, other)});
    }
    order.sort();
    for (const LaneEntry& entry : order.entries_) {
        if (world.actors[at(entry.actor)].lane == entry.lane) order.sequence_[elsewhere++] = entry.actor;
    }
}

}  // namespace wm::driving
