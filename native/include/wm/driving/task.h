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
    std::int16_t at = 0;        // index of the lane that the agent is on, or beside
    float length = 0.0f;        // m from the start to the goal
    float start_s = 0.0f, goal_s = 0.0f;  // on the first and the last lane
    float base = 0.0f;          // m from the start to the beginning of lanes[at]; negative on the first lane
    float s = 0.0f, d = 0.0f;   // of the agent on lanes[at]: progress is base + s
    float heading = 0.0f;       // of lanes[at] there, rad
    bool endless = false;       // a ring, or longer than kMaxRoute lanes: extended as it is driven
};

enum class RewardTerm : std::uint8_t { progress, speed, comfort, lane, collision, off_road, success, rules, count };
enum class CostTerm : std::uint8_t { collision_vehicle, collision_pedestrian, collision_static, off_road, red_light, wrong_way, speeding, headway, count };
constexpr std::size_t kRewardTerms = static_cast<std::size_t>(RewardTerm::count);
constexpr std::size_t kCostTerms = static_cast<std::size_t>(CostTerm::count);
const char* name_of(RewardTerm term);  // "progress": info["reward_progress"]
const char* name_of(CostTerm term);    // "collision_vehicle": info["cost_collision_vehicle"]

// How the episode of an agent ended. time_limit truncates, everything else terminates; sat_out: there was no free start.
enum class Ending : std::uint8_t { running, success, collision, off_road, time_limit, off_route, red_light, wrong_way, sat_out, count };

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
    float acceleration = 0.0f, lateral_acceleration = 0.0f;  // m/s^2, at the end of the decision
    float speed_limit = 0.0f;         // m/s, where the agent is
    float goal_distance = 0.0f;       // m to the bay; parking only
    float wrong_way_time = 0.0f, standing_time = 0.0f;  // s
    std::uint32_t touched = 0;    // kinds of things (Touch) touched so far in this decision
    std::uint32_t touching = 0;   // in the last decision, so that one contact costs once
    std::int32_t steps = 0;       // decisions
    Ending ending = Ending::running;
    bool active = true;
    bool over_stop_line = false;
    bool off_road = false;        // the centre of the car is not on asphalt
    bool was_off_road = false;    // at the end of the decision before
    bool off_route = false;       // too far beside the route to make progress

    [[nodiscard]] double reward() const {
        double sum = 0.0;
        for (const double term : rewards) sum += term;
        return sum;
    }
    [[nodiscard]] float cost() const {
        float sum = 0.0f;
        for (const float term : costs) sum += term;
        return sum;
    }
};

enum Touch : std::uint32_t { kTouchVehicle = 1, kTouchPedestrian = 2, kTouchStatic = 4 };

// A random route of at least `length` m from a start (shorter where every way ends), or the shortest one to its goal. False
// when the goal cannot be reached or nothing is left to drive. The agent's place on it is the start.
bool plan_route(const Network& network, const Layout& layout, const Start& start, float length, core::Pcg64& rng, Route& route);
// Finds the agent's place on its route after it has moved.
void follow_route(const Network& network, Route& route, Vec position);
// Drops driven lanes of an endless route and plans further; asks the generator only where ways part.
void extend_route(const Network& network, const Layout& layout, core::Pcg64& rng, Route& route);
// The point `ahead` m further along the route from the agent, on the lane's centre; straight on beyond the route's last lane.
LanePoint route_point(const Network& network, const Route& route, const Actor& agent, float ahead);

// Route and goal of agent `index` from start number `start` (in parking to bay number `goal`), and its place there
// (world.actors[index]). False: no route leads away from that start.
bool start_agent(const DrivingConfig& config, const Layout& layout, World& world, AgentRecord& record, int index, int start, int goal);
// After the car has moved: pose, lane, s, d of the actor from the car's state.
void locate_agent(const World& world, AgentRecord& record, Actor& actor);
// Is the car so far within its lane that nothing of it is nearer than `margin` m to the lane's edges and ends?
bool within_lane(const World& world, const AgentRecord& record, const Actor& actor, float margin);
// Kinds of things (Touch) that the agent's box, `margin` m larger all round, overlaps: everybody present, obstacles, walls.
std::uint32_t touched_by(const World& world, const AgentRecord& record, int index, float margin = 0.0f);
// Speed limit, time to collision and headway where the agent is; part of judge, and of a reset.
void observe_traffic(const World& world, AgentRecord& record, int index);
constexpr float kOffRoute = 12.0f;  // m beside the route's lane that end the episode, with end_off_road
// After a whole decision, with everything touched in it in record.touched: rewards, costs, ending.
void judge(const DrivingConfig& config, const Layout& layout, World& world, AgentRecord& record, int index);

}  // namespace wm::driving
