// What the parts of the traffic share: limits, leaders and followers along the road, and one function per part.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "wm/driving/traffic.h"

namespace wm::driving {

constexpr float kHardestBraking = 9.0f;    // m/s^2
constexpr float kClosestGap = 0.1f;        // m: gaps below count as this
constexpr float kLateralLimit = 2.5f;      // m/s^2 that drivers accept in curves
constexpr float kLeaderHorizon = 100.0f;   // m
constexpr float kChangeTime = 2.5f;        // s for a lane change at speed
constexpr float kSteepestChange = 0.45f;    // m to the side per m ahead
constexpr float kSwing = 14.0f;            // m kept from a standing obstacle, to pull out again

struct Leader {
    int actor = -1;
    float gap = std::numeric_limits<float>::infinity();  // bumper to bumper, m
};

inline std::size_t at(int index) { return static_cast<std::size_t>(index); }
inline bool is_driven(const World& world, int index) {
    const ActorKind kind = world.actors[at(index)].kind;
    return kind == ActorKind::car || kind == ActorKind::truck;
}
// m/s along the direction in which `seen_by` drives.
inline float speed_along(const Actor& actor, const Actor& seen_by) { return actor.speed * dot(actor.forward, seen_by.forward); }

// (desired gap / gap)^2 of the IDM.
inline float push_of(const Driver& driver, float speed, float gap, float approach) {
    const float dynamic = speed * driver.time_gap + speed * approach / (2.0f * std::sqrt(driver.max_acceleration * driver.comfortable_braking));
    const float ratio = (driver.min_gap + std::max(dynamic, 0.0f)) / std::max(gap, kClosestGap);
    return ratio * ratio;
}
// IDM acceleration from the free road and the strongest push. Above the desired speed nobody brakes harder than is comfortable.
inline float acceleration_of(const Driver& driver, float speed, float target, float push) {
    const float ratio = speed / target;
    const float square = ratio * ratio;
    const float free = std::max(driver.max_acceleration * (1.0f - square * square), -driver.comfortable_braking);
    return std::max(free - driver.max_acceleration * push, -kHardestBraking);
}
// (desired gap / gap)^2 of somebody who must stand `distance` m from here (front bumper).
inline float push_to_stop(const Driver& driver, float speed, float distance) {
    return push_of(driver, speed, distance + driver.min_gap, speed);
}
// Seconds to drive `distance`, gaining speed up to `top`.
float travel_time(float distance, float speed, float top, float acceleration);

void prepare_facts(World& world);
// Arc length on a neighbouring lane beside a point of a lane.
float neighbour_s(const World& world, LaneId lane, float s, LaneId neighbour);
LanePoint point_on(const World& world, LaneId lane, float s);
LaneId pick_next(World& world, LaneId lane);

// The nearest vehicle ahead, beginning `remaining` m before `lane`'s end, on `next` and beyond where the way is unique.
Leader leader_beyond(const World& world, int self, LaneId lane, float remaining, LaneId next);
Leader leader_on(const World& world, int self, LaneId lane, float s);
// The nearest vehicle behind that comes this way.
Leader follower_on(const World& world, int self, LaneId lane, float s, float horizon);

// What the driver may drive here, curves ahead included, m/s.
float target_speed(const World& world, const Actor& actor, const Driver& driver);
// The junction ahead or around: the push that it asks for; commits the driver that may enter.
float junction_push(World& world, int index, float dt);
// Pedestrians on crossings ahead.
float crossing_push(const World& world, int index);
// Does a standing obstacle block its lane within this distance (between centres)?
bool stands_ahead(const World& world, int index, float within);
// Begins a lane change where MOBIL wants it. `now`: the acceleration without.
void consider_change(const ScenarioConfig& config, World& world, int index, float now, float dt);
void step_walkers(World& world, float dt);
void place_walker(const World& world, const Walker& walker, Actor& actor);
// Vehicles that had left come back at an entry with room.
void refill_entries(const ScenarioConfig& config, World& world, float dt);
Driver draw_driver(const ScenarioConfig& config, bool truck, core::Pcg64& rng);
// How far a share (0 .. 1) a lane change's side-step is done, and its slope.
inline float eased(float t) { return t * t * (3.0f - 2.0f * t); }
inline float eased_slope(float t) { return 6.0f * t * (1.0f - t); }
// Half of the width that the actor takes of its road, turned as it is.
float side_reach(const World& world, const Actor& actor);
// Pose from lane, s, d.
void place_on_lane(const World& world, Actor& actor, float slope = 0.0f);

}  // namespace wm::driving
