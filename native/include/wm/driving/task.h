// The driving task of one agent: a route to follow, rewards by named terms, costs by name, and how the episode ends.
#pragma once

#include <array>
#include <cstdint>

#include "wm/driving/dynamics.h"
#include "wm/driving/scenarios.h"
#include "wm/driving/world.h"

namespace wm::driving {

constexpr int kMaxRoute = 64;

// The lanes to drive, in order, road and connector alternating; neighbouring lanes of a road count as on the route.
struct Route {
    std::array<LaneId, kMaxRoute> lanes{};
    std::int16_t count = 0;
    std::int16_t at = 0;        // index of the lane that the agent is on
    float length = 0.0f;        // m from the start to the goal
    float start_s = 0.0f, goal_s = 0.0f;  // on the first and the last lane
    bool endless = false;       // ring: extended as it is driven
};

enum class RewardTerm : std::uint8_t { progress, speed, comfort, lane, collision, off_road, success, rules, count };
enum class CostTerm : std::uint8_t { collision_vehicle, collision_pedestrian, collision_static, off_road, red_light, wrong_way, speeding, headway, count };
constexpr std::size_t kRewardTerms = static_cast<std::size_t>(RewardTerm::count);
constexpr std::size_t kCostTerms = static_cast<std::size_t>(CostTerm::count);
const char* name_of(RewardTerm term);  // "progress": info["reward_progress"]
const char* name_of(CostTerm term);    // "collision_vehicle": info["cost_collision_vehicle"]

enum class Ending : std::uint8_t { running, success, collision, off_road, time_limit };  // the last one truncates

struct AgentRecord {  // one agent; trivially copyable
    CarState car;
    Route route;
    Pose goal;                    // where the route ends; a bay in parking
    Pedals last_action;
    std::array<double, kRewardTerms> rewards{};  // of the last decision, weighted; their sum is the reward
    std::array<float, kCostTerms> costs{};       // of the last decision
    std::array<double, kCostTerms> cost_sums{};  // of the episode
    double return_sum = 0.0;
    float progress = 0.0f;        // m driven along the route
    float route_completion = 0.0f;  // 0 .. 1
    float lane_heading_error = 0.0f;  // rad
    float time_to_collision = 0.0f;   // s to the leader in its lane at present speeds, at most 30
    float headway = 0.0f;             // s to the leader, at most 30
    float jerk = 0.0f;                // m/s^3
    float wrong_way_time = 0.0f, standing_time = 0.0f;  // s
    std::uint32_t touching = 0;   // kinds of things touched in the last decision, so that one contact costs once
    std::int32_t steps = 0;       // decisions
    Ending ending = Ending::running;
    bool active = true;
    bool over_stop_line = false;
};

// A random route of at least `length` m from a start, or the shortest one to its goal. False when the goal cannot be reached.
bool plan_route(const Network& network, const Layout& layout, const Start& start, float length, core::Pcg64& rng, Route& route);
// The point `ahead` m further along the route from the agent, on the lane's centre.
LanePoint route_point(const Network& network, const Route& route, const Actor& agent, float ahead);

// Chooses start, route and goal of agent `index` and places it (world.actors[index]); starts are not shared by agents.
void start_agent(const DrivingConfig& config, const Layout& layout, World& world, AgentRecord& record, int index, int start);
// After the car has moved: pose, lane, s, d of the actor from the car's state.
void locate_agent(const World& world, AgentRecord& record, Actor& actor);
// After a whole decision: rewards, costs, ending. Collisions are looked for against everybody present, obstacles and walls.
void judge(const DrivingConfig& config, const Layout& layout, World& world, AgentRecord& record, int index);

}  // namespace wm::driving
