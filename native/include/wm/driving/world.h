// The moving part of one environment: agents, traffic, pedestrians, standing vehicles. Trivially copyable records in
// vectors whose capacity is fixed at construction, so that a step allocates nothing and a snapshot is a walk over fields.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "wm/core/rng.h"
#include "wm/driving/config.h"
#include "wm/driving/geometry.h"
#include "wm/driving/network.h"

namespace wm::driving {

enum class ActorKind : std::uint8_t { agent, car, truck, parked, broken_down, pedestrian, cone };

struct Actor {  // everything that sensors and collisions see; positions are centres of boxes
    Vec position;
    Vec forward{1.0f, 0.0f};  // unit vector of the heading
    float heading = 0.0f;     // rad
    float speed = 0.0f;       // m/s along the heading, negative in reverse
    float acceleration = 0.0f;  // m/s^2
    float half_length = 2.25f, half_width = 0.9f, height = 1.5f;  // m
    float s = 0.0f, d = 0.0f;   // on `lane`
    LaneId lane = kNoLane;
    ActorKind kind = ActorKind::car;
    std::uint8_t look = 0;      // chooses one of a few colours
    bool present = true;        // false: has left the world; seen by nobody
    bool braking = false;       // brake lights

    [[nodiscard]] Box box() const { return {position, forward, half_length, half_width}; }
};

struct Driver {  // how a traffic vehicle is driven (IDM, MOBIL); parallel to actors, unused for others
    float desired_speed = 33.3f;  // m/s, before the lane's limit
    float limit_factor = 1.0f;    // takes the lane's limit for this much of it
    float time_gap = 1.5f;        // s
    float max_acceleration = 1.4f, comfortable_braking = 2.0f;  // m/s^2
    float min_gap = 2.0f;         // m
    float politeness = 0.3f;      // MOBIL
    LaneId target_lane = kNoLane; // of a lane change under way: already the actor's lane, its d still goes to 0
    LaneId next_lane = kNoLane;   // chosen connector or successor
    float change_progress = 0.0f; // 0 .. 1
    float change_from = 0.0f;     // d at its start, m
    float until_decision = 0.0f;  // s until MOBIL is asked again
    float waiting = 0.0f;         // s stood at a junction: breaks deadlocks
    float entered = 0.0f;         // world time when it committed, s: who came earlier goes on
    bool committed = false;       // drives into or through a junction, whatever the light shows now
};

struct Walker {  // pedestrians; parallel to the tail of actors
    std::int16_t crossing = -1;   // -1: along the pavement, never in anyone's way
    bool from_b = false;
    bool walking = false;         // on the crossing
    float progress = 0.0f;        // m from its side (along a pavement: from where it turned last)
    float until_walk = 0.0f;      // s; below 0: has waited so long
    float pace = 1.4f;            // m/s
    float offset = 0.0f;          // m to the left of the line from a to b
};

// Where everybody is, by lane: rebuilt every world step. An actor that overlaps two lanes has an entry in both.
struct LaneEntry {
    LaneId lane = kNoLane;
    std::int16_t actor = -1;
    float s = 0.0f;  // centre, m
};

struct World;

class LaneOrder {
public:
    void reserve(std::size_t entries, std::size_t lanes, std::size_t actors);
    void clear();
    void add(LaneEntry entry) { entries_.push_back(entry); }
    void sort();  // by lane, then s, then actor; nearly sorted input is cheap
    [[nodiscard]] std::span<const LaneEntry> all() const { return entries_; }
    [[nodiscard]] std::span<const LaneEntry> on(LaneId lane) const {  // ascending s
        if (lane < 0 || static_cast<std::size_t>(lane) >= ranges_.size()) return {};
        const Range range = ranges_[static_cast<std::size_t>(lane)];
        return {entries_.data() + range.first, static_cast<std::size_t>(range.count)};
    }
    // Nearest entry with s greater than (ahead) or not greater than (behind) the given one, skipping `self`; nullptr without.
    [[nodiscard]] const LaneEntry* ahead(LaneId lane, float s, int self) const;
    [[nodiscard]] const LaneEntry* behind(LaneId lane, float s, int self) const;

private:
    friend void update_order(World& world);
    struct Range {
        std::int16_t first = 0, count = 0;
    };
    void index();
    std::vector<LaneEntry> entries_;
    std::vector<Range> ranges_;           // [lanes] into entries_
    std::vector<std::int16_t> sequence_;  // actors as they were sorted last: where the next sort starts from
};

// What traffic asks of a network again and again, per lane. Derived from the network alone (no part of a snapshot), made
// anew by step_traffic and spawn_traffic when the network is another one.
struct LaneFacts {
    Vec start, forward;        // of straight lanes
    float heading = 0.0f;      // rad
    float curve = 0.0f;        // greatest curvature, 1/m
    float shared = 0.0f;       // m from the start along which it overlaps its siblings (lanes with the same predecessor)
    bool straight = false;
};
struct CutLane {               // where a crossing cuts a lane
    std::int16_t crossing = 0;
    LaneId lane = kNoLane;
    float s = 0.0f;            // m along the lane
    float at = 0.0f;           // m along the crossing from a
    float slant = 0.0f;        // 0: at right angles .. 1: lane and crossing parallel
};
struct TrafficFacts {
    std::uint64_t hash = 0;
    std::vector<LaneFacts> lanes;
    std::vector<CutLane> cuts;            // sorted by crossing
    std::vector<std::int32_t> first_cut;  // [crossings + 1]
    std::vector<LaneId> entries;          // lanes without predecessor
    std::vector<float> push;              // [actors] scratch of a step: greatest (desired / actual gap)^2
    bool changed_lane = false;            // in this step somebody began to change lanes; nobody else does before the order is fresh
};

struct World {
    std::shared_ptr<const Network> network;
    std::vector<Actor> actors;      // agents first (num_agents), then vehicles, then pedestrians and cones
    std::vector<Driver> drivers;    // [actors]
    std::vector<Walker> walkers;    // [pedestrians]; walkers[i] belongs to actors[first_walker + i]
    int num_agents = 1;
    int first_walker = 0;
    LaneOrder order;
    TrafficFacts facts;
    float time = 0.0f;              // s since reset
    core::Pcg64 rng;                // of the world: scenario, traffic. Sensors have their own.
};

}  // namespace wm::driving
