// An agent's car in the world: where it starts, which lane it is on, what it touches.
#include <algorithm>
#include <cmath>
#include <limits>

#include "wm/driving/task.h"

namespace wm::driving {
namespace {

constexpr float kHeight = 1.45f;     // m, of an agent's car
constexpr float kNearEnd = 0.5f;     // m beyond a lane's ends that still count as on it
constexpr float kRoomToPark = 12.0f; // m to drive at least before the bay: who starts beside it has no way into it
constexpr float kStaticMargin = 0.3f;  // m that things beside a lane may reach into it

std::size_t index_of(int i) { return static_cast<std::size_t>(i); }

bool is_on(const Lane& lane, const LanePosition& at) {
    return std::abs(at.d) <= 0.5f * lane.width && at.s >= -kNearEnd && at.s <= lane.length + kNearEnd;
}

// Along the neighbours on the side where the agent is, from the route's lane outwards.
LanePosition beside(const Network& network, LanePosition at, Vec position) {
    for (;;) {
        const Lane& lane = network.lane(at.lane);
        if (std::abs(at.d) <= 0.5f * lane.width) return at;
        const LaneId next = at.d > 0.0f ? lane.left : lane.right;
        if (next == kNoLane) return at;
        const LanePosition there = network.project(next, position, at.s);
        if ((there.d > 0.0f) != (at.d > 0.0f) && std::abs(there.d) > 0.5f * network.lane(next).width) return at;  // between the two
        at = there;
    }
}

// The lane that the agent is on: the route's if possible, then its neighbours, then the one it was on, then any.
LanePosition lane_under(const World& world, const Route& route, const Actor& actor) {
    const Network& network = *world.network;
    LanePosition at{route.lanes[index_of(route.at)], route.s, route.d, route.heading, 0.0f};
    if (is_on(network.lane(at.lane), at)) return at;
    at = beside(network, at, actor.position);
    if (is_on(network.lane(at.lane), at)) return at;
    if (actor.lane != kNoLane) {
        at = network.project(actor.lane, actor.position, actor.s);
        const Lane& lane = network.lane(actor.lane);
        const bool along = std::abs(wrap_angle(actor.heading - at.heading)) < 0.5f * kPi;
        if (along && std::abs(at.d) <= 0.5f * lane.width && at.s >= 0.0f && at.s <= lane.length) return at;
    }
    return network.locate(actor.position, actor.heading);
}

void set_pose(const CarState& car, Actor& actor) {
    actor.position = {static_cast<float>(car.x[0]), static_cast<float>(car.x[1])};
    actor.heading = wrap_angle(static_cast<float>(std::remainder(car.x[4], 2.0 * std::numbers::pi)));
    actor.forward = {std::cos(actor.heading), std::sin(actor.heading)};
    actor.speed = static_cast<float>(car.x[3]);
    actor.acceleration = static_cast<float>(car.acceleration);
}

template <class Test>
bool any_near(const Grid& grid, const Box& box, const Test& test) {
    const float reach = box.half_length + box.half_width;
    const int left = grid.column(box.center.x - reach), right = grid.column(box.center.x + reach);
    const int low = grid.row(box.center.y - reach), high = grid.row(box.center.y + reach);
    for (int row = low; row <= high; ++row) {
        for (int column = left; column <= right; ++column) {
            if (std::ranges::any_of(grid.at(column, row), test)) return true;
        }
    }
    return false;
}

bool touches_static(const Network& network, const Box& box) {
    const auto hits_obstacle = [&](std::int32_t k) { return overlap(box, network.obstacles[static_cast<std::size_t>(k)].box); };
    const auto hits_wall = [&](std::int32_t k) {
        const Wall& wall = network.walls[static_cast<std::size_t>(k)];
        return crosses(box, wall.a, wall.b);
    };
    return (!network.obstacles.empty() && any_near(network.obstacle_grid, box, hits_obstacle)) ||
           (!network.walls.empty() && any_near(network.wall_grid, box, hits_wall));
}

std::uint32_t kind_of_touch(ActorKind kind) {
    if (kind == ActorKind::pedestrian) return kTouchPedestrian;
    return kind == ActorKind::cone ? kTouchStatic : kTouchVehicle;
}

// To a bay: along the lanes to where the way passes nearest to it.
void aim_beside(const Network& network, Vec bay, Start& start) {
    float least = std::numeric_limits<float>::infinity();
    for (std::size_t k = 0; k < network.lanes.size(); ++k) {
        const Lane& lane = network.lanes[k];
        if (lane.kind != LaneKind::road) continue;
        const auto id = static_cast<LaneId>(k);
        const float s = std::clamp(network.project(id, bay, 0.5f * lane.length).s, 0.0f, lane.length);
        const float away = squared_length(network.pose(id, s).position - bay);
        if (away >= least) continue;
        least = away;
        start.goal_lane = id;
        start.goal_s = s;
    }
}

}  // namespace

bool within_lane(const World& world, const AgentRecord& record, const Actor& actor, float margin) {
    if (actor.lane == kNoLane) return false;
    const Lane& lane = world.network->lane(actor.lane);
    const float turned = std::min(std::abs(record.lane_heading_error), 1.0f);
    const float reach = actor.half_width + turned * actor.half_length + margin;
    return std::abs(actor.d) + reach <= 0.5f * lane.width && actor.s >= actor.half_length && actor.s + actor.half_length <= lane.length;
}

std::uint32_t touched_by(const World& world, const AgentRecord& record, int index, float margin) {
    const Actor& self = world.actors[index_of(index)];
    Box box = self.box();
    box.half_length += margin;
    box.half_width += margin;
    const float reach = box.half_length + box.half_width;
    std::uint32_t touched = 0;
    for (std::size_t k = 0; k < world.actors.size(); ++k) {
        const Actor& other = world.actors[k];
        const float near = reach + other.half_length + other.half_width;
        if (!other.present || squared_length(other.position - self.position) >= near * near || k == index_of(index)) continue;
        if (overlap(box, other.box())) touched |= kind_of_touch(other.kind);
    }
    if ((margin > 0.0f || !within_lane(world, record, self, kStaticMargin)) && touches_static(*world.network, box)) touched |= kTouchStatic;
    return touched;
}

void locate_agent(const World& world, AgentRecord& record, Actor& actor) {
    set_pose(record.car, actor);
    follow_route(*world.network, record.route, actor.position);
    const LanePosition at = lane_under(world, record.route, actor);
    actor.lane = at.lane;
    const bool on_a_lane = at.lane != kNoLane;
    actor.s = on_a_lane ? at.s : record.route.s;
    actor.d = on_a_lane ? at.d : record.route.d;
    record.lane_heading_error = wrap_angle(actor.heading - (on_a_lane ? at.heading : record.route.heading));
    record.off_road = !on_a_lane && !world.network->drivable(actor.position);
}

bool start_agent(const DrivingConfig& config, const Layout& layout, World& world, AgentRecord& record, int index, int start, int goal) {
    const Network& network = *world.network;
    Start from = layout.starts[index_of(start)];
    record = {};
    if (goal >= 0) {
        record.goal = layout.goals[index_of(goal)].pose;
        aim_beside(network, record.goal.position, from);
        if (!plan_route(network, layout, from, 0.0f, world.rng, record.route) || record.route.length < kRoomToPark) return false;
    } else {
        if (!plan_route(network, layout, from, config.task.route_length, world.rng, record.route)) return false;
        record.goal = network.pose(record.route.lanes[index_of(record.route.count - 1)], record.route.goal_s);
    }
    const Pose pose = network.pose(from.lane, from.s);
    record.car.x = {pose.position.x, pose.position.y, 0.0, from.speed, pose.heading, 0.0, 0.0};
    const VehicleParameters& vehicle = vehicle_parameters(config.dynamics.vehicle);
    Actor& actor = world.actors[index_of(index)];
    actor = {};
    actor.kind = ActorKind::agent;
    actor.half_length = static_cast<float>(0.5 * vehicle.length);
    actor.half_width = static_cast<float>(0.5 * vehicle.width);
    actor.height = kHeight;
    actor.look = static_cast<std::uint8_t>(index % 256);
    actor.lane = from.lane;
    actor.s = from.s;
    locate_agent(world, record, actor);
    record.goal_distance = goal < 0 ? 0.0f : length(record.goal.position - actor.position);
    if (goal >= 0) record.route.length = record.goal_distance;
    return true;
}

}  // namespace wm::driving
