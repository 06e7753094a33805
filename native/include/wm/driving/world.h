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
    float desired_speed = 13.9f;  // m/s, before the lane's limit
    float time_gap = 1.5f;        // s
    float max_acceleration = 1.5f, comfortable_braking = 2.0f;  // m/s^2
    float min_gap = 2.0f;         // m
    float politeness = 0.3f;      // MOBIL
    LaneId target_lane = kNoLane; // of a lane change under way
    LaneId next_lane = kNoLane;   // chosen connector or successor
    float change_progress = 0.0f; // 0 .. 1
    float until_decision = 0.0f;  // s until MOBIL is asked again
    float waiting = 0.0f;         // s stood at a junction: breaks deadlocks
    bool committed = false;       // has entered a junction's conflict area
};

struct Walker {  // pedestrians; parallel to the tail of actors
    std::int16_t crossing = -1;   // -1: along the pavement, never in anyone's way
    bool from_b = false;
    bool walking = false;         // on the crossing
    float progress = 0.0f;        // m from its side
    float until_walk = 0.0f;      // s
    float pace = 1.4f;            // m/s
};

// Where everybody is, by lane: rebuilt every world step. An actor that overlaps two lanes has an entry in both.
struct LaneEntry {
    LaneId lane = kNoLane;
    std::int16_t actor = -1;
    float s = 0.0f;  // centre, m
};

class LaneOrder {
public:
    void reserve(std::size_t entries) { entries_.reserve(entries); }
    void clear() { entries_.clear(); }
    void add(LaneEntry entry) { entries_.push_back(entry); }
    void sort();  // by lane, then s, then actor; nearly sorted input is cheap
    [[nodiscard]] std::span<const LaneEntry> on(LaneId lane) const;  // ascending s
    // Nearest entry with s greater than (ahead) or not greater than (behind) the given one, skipping `self`; nullptr without.
    [[nodiscard]] const LaneEntry* ahead(LaneId lane, float s, int self) const;
    [[nodiscard]] const LaneEntry* behind(LaneId lane, float s, int self) const;

private:
    std::vector<LaneEntry> entries_;
};

struct World {
    std::shared_ptr<const Network> network;
    std::vector<Actor> actors;      // agents first (num_agents), then vehicles, then pedestrians and cones
    std::vector<Driver> drivers;    // [actors]
    std::vector<Walker> walkers;    // [pedestrians]; walkers[i] belongs to actors[first_walker + i]
    int num_agents = 1;
    int first_walker = 0;
    LaneOrder order;
    float time = 0.0f;              // s since reset
    core::Pcg64 rng;                // of the world: scenario, traffic. Sensors have their own.
};

}  // namespace wm::driving
