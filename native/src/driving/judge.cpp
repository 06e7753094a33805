// What a decision was worth: rewards by named terms, costs by name, and how an episode ends.
//
// Costs. Events cost 1 once: a collision (until that kind of contact is over), leaving the road, crossing a stop line at
// red. Rates are integrated over time: a second off the road or against the traffic costs 1, a second of speeding the
// share by which the limit is exceeded, a second too close behind somebody the share of the headway that is missing.
#include <algorithm>
#include <cmath>

#include "wm/driving/task.h"

namespace wm::driving {
namespace {

constexpr float kFarAhead = 100.0f;      // m to a leader who still counts
constexpr float kLongest = 30.0f;        // s, greatest time to collision and headway
constexpr float kSafeHeadway = 1.0f;     // s; UN R157 asks for 1.0 s and more
constexpr float kHeadwaySpeed = 2.0f;    // m/s below which nobody is too close
constexpr float kLimitTolerance = 1.05f; // of the limit
constexpr float kWrongWaySpeed = 0.5f;   // m/s
constexpr float kWrongWayEnd = 2.0f;     // s against the traffic that end an episode, if they do
constexpr float kWorthMetre = 0.1f;      // of the progress term
constexpr float kMostProgress = 10.0f;   // m in one decision: a projection that jumps earns nothing
constexpr float kSmoothJerk = 4.13f, kSmoothTurn = 4.89f;  // nuPlan's comfort bounds, m/s^3 and m/s^2
constexpr float kApart = 0.5f;           // m between things that have been in contact when the contact is over
constexpr float kBayDistance = 0.5f, kBayHeading = 0.2f, kStanding = 0.1f;  // m, rad, m/s

std::size_t index_of(int i) { return static_cast<std::size_t>(i); }

class Judge {
public:
    Judge(const DrivingConfig& config, World& world, AgentRecord& record, int index)
        : config_(config), world_(world), record_(record), self_(world.actors[index_of(index)]), index_(index), dt_(config.dynamics.control_step) {}

    void decide() {
        ++record_.steps;
        record_.costs = {};
        record_.rewards = {};
        measure_motion();
        observe_traffic(world_, record_, index_);
        contacts();
        road();
        red_light();
        rates();
        const bool parked = progress();
        comfort();
        finish(parked);
    }

private:
    float& cost(CostTerm term) { return record_.costs[static_cast<std::size_t>(term)]; }
    double& reward(RewardTerm term) { return record_.rewards[static_cast<std::size_t>(term)]; }
    [[nodiscard]] bool parking() const { return config_.scenario.scenario == Scenario::parking; }

    void end(Ending ending, bool when) {
        if (when && record_.ending == Ending::running) record_.ending = ending;
    }

    void measure_motion() {
        record_.jerk = (self_.acceleration - record_.acceleration) / dt_;
        record_.acceleration = self_.acceleration;
        record_.lateral_acceleration = self_.speed * static_cast<float>(record_.car.x[5]);
        record_.standing_time = std::abs(self_.speed) < kStanding ? record_.standing_time + dt_ : 0.0f;
    }

    void contacts() {
        const std::uint32_t fresh = record_.touched & ~record_.touching;
        cost(CostTerm::collision_vehicle) = (fresh & kTouchVehicle) != 0 ? 1.0f : 0.0f;
        cost(CostTerm::collision_pedestrian) = (fresh & kTouchPedestrian) != 0 ? 1.0f : 0.0f;
        cost(CostTerm::collision_static) = (fresh & kTouchStatic) != 0 ? 1.0f : 0.0f;
        reward(RewardTerm::collision) = fresh != 0 ? -config_.task.w_collision : 0.0;
        end(Ending::collision, config_.task.end_on_collision && fresh != 0);
        // A contact is over when there is room again: one that is pushed against, or bounces, costs once.
        const std::uint32_t before = record_.touching & ~record_.touched;
        record_.touching = record_.touched | (before != 0 ? before & touched_by(world_, record_, index_, kApart) : 0u);
        record_.touched = 0;
    }

    void road() {
        const bool left_it = record_.off_road && !record_.was_off_road;
        record_.was_off_road = record_.off_road;
        cost(CostTerm::off_road) = left_it ? 1.0f : (record_.off_road ? dt_ : 0.0f);
        const bool lost = !parking() && std::abs(record_.route.d) > kOffRoute;
        if (left_it || (lost && !record_.off_route)) reward(RewardTerm::off_road) = -config_.task.w_off_road;
        record_.off_route = lost;
        end(Ending::off_road, config_.task.end_off_road && record_.off_road);
        end(Ending::off_route, config_.task.end_off_road && lost);
    }

    // The signal whose stop line the front of the car is over, -1 without.
    [[nodiscard]] int signal_over() const {
        if (self_.lane == kNoLane) return -1;
        const Network& network = *world_.network;
        const Lane& lane = network.lane(self_.lane);
        if (lane.signal >= 0 || lane.kind == LaneKind::connector) return lane.signal;
        if (self_.s + self_.half_length <= lane.length) return -1;
        const Route& route = record_.route;
        const LaneId ahead = route.at + 1 < route.count ? route.lanes[index_of(route.at + 1)] : kNoLane;
        const auto follows = std::ranges::find(lane.next, ahead);
        const LaneId next = ahead != kNoLane && follows != lane.next.end() ? ahead : lane.next[0];
        return next == kNoLane ? -1 : network.lane(next).signal;
    }

    // Red already when the decision was taken: who could not have known is not fined.
    void red_light() {
        const int signal = signal_over();
        const bool over = signal >= 0;
        const bool crossed = over && !record_.over_stop_line && self_.speed > 0.0f;
        record_.over_stop_line = over;
        if (!crossed) return;
        const Network& network = *world_.network;
        const bool red = network.light(signal, world_.time) == Light::red && network.light(signal, world_.time - dt_) == Light::red;
        cost(CostTerm::red_light) = red ? 1.0f : 0.0f;
        end(Ending::red_light, red && config_.task.end_on_red_light);
    }

    void rates() {
        const bool against = self_.lane != kNoLane && std::abs(record_.lane_heading_error) > 0.5f * kPi && self_.speed > kWrongWaySpeed && !parking();
        record_.wrong_way_time = against ? record_.wrong_way_time + dt_ : 0.0f;
        cost(CostTerm::wrong_way) = against ? dt_ : 0.0f;
        const float over = std::abs(self_.speed) - kLimitTolerance * record_.speed_limit;
        cost(CostTerm::speeding) = dt_ * std::max(0.0f, over / record_.speed_limit);
        if (self_.speed > kHeadwaySpeed) cost(CostTerm::headway) = dt_ * std::max(0.0f, 1.0f - record_.headway / kSafeHeadway);
        reward(RewardTerm::rules) = -config_.task.w_rules * (cost(CostTerm::red_light) + cost(CostTerm::wrong_way) + cost(CostTerm::speeding) + cost(CostTerm::headway));
        end(Ending::wrong_way, config_.task.end_on_wrong_way && record_.wrong_way_time >= kWrongWayEnd);
    }

    // True when the task is done.
    bool progress() {
        const float before = record_.progress;
        bool done = false;
        if (parking()) {
            done = approach_bay();
        } else if (!record_.off_route) {
            record_.progress = record_.route.base + record_.route.s;
            record_.route_completion = std::clamp(record_.progress / record_.route.length, 0.0f, 1.0f);
            done = record_.progress >= record_.route.length;
        }
        const float driven = record_.progress - before;
        if (std::abs(driven) <= kMostProgress) reward(RewardTerm::progress) = config_.task.w_progress * kWorthMetre * driven;
        return done;
    }

    bool approach_bay() {
        const float length_before = record_.goal_distance + record_.progress;  // from the start
        record_.goal_distance = length(record_.goal.position - self_.position);
        record_.progress = length_before - record_.goal_distance;
        const float turned = std::abs(wrap_angle(self_.heading - record_.goal.heading));
        const bool done = record_.goal_distance <= kBayDistance && turned <= kBayHeading && std::abs(self_.speed) <= kStanding;
        record_.route_completion = done ? 1.0f : std::clamp(record_.progress / std::max(length_before, 1.0f), 0.0f, 1.0f);
        return done;
    }

    void comfort() {
        const TaskConfig& task = config_.task;
        const float rough = std::max(0.0f, std::abs(record_.jerk) / kSmoothJerk - 1.0f) + std::max(0.0f, std::abs(record_.lateral_acceleration) / kSmoothTurn - 1.0f);
        reward(RewardTerm::comfort) = -task.w_comfort * dt_ * std::min(rough, 2.0f);
        if (parking()) return;
        reward(RewardTerm::speed) = task.w_speed * dt_ * std::clamp(self_.speed / record_.speed_limit, 0.0f, 1.0f);
        const float half = self_.lane == kNoLane ? 1.75f : 0.5f * world_.network->lane(self_.lane).width;
        reward(RewardTerm::lane) = -task.w_lane * dt_ * (std::min(std::abs(self_.d) / half, 1.0f) + std::min(std::abs(record_.lane_heading_error), 1.0f));
    }

    void finish(bool done) {
        end(Ending::success, done);
        if (record_.ending == Ending::success) reward(RewardTerm::success) = config_.task.w_success;
        record_.active = record_.ending == Ending::running;
        for (std::size_t k = 0; k < kCostTerms; ++k) record_.cost_sums[k] += record_.costs[k];
        record_.return_sum += record_.reward();
    }

    const DrivingConfig& config_;
    World& world_;
    AgentRecord& record_;
    const Actor& self_;
    int index_;
    float dt_;
};

struct Leader {
    const Actor* actor = nullptr;
    float gap = 0.0f;  // m, bumper to bumper
};

Leader leader_at(const World& world, const Actor& self, const LaneEntry& entry, float distance) {
    const Actor& other = world.actors[index_of(entry.actor)];
    return {&other, std::max(distance - self.half_length - other.half_length, 0.0f)};
}

// On the own lane, then along the route (or, off it, the first way on).
Leader leader_of(const World& world, const AgentRecord& record, int index) {
    const Network& network = *world.network;
    const Actor& self = world.actors[index_of(index)];
    if (self.lane == kNoLane) return {};
    if (const LaneEntry* entry = world.order.ahead(self.lane, self.s, index)) return leader_at(world, self, *entry, entry->s - self.s);
    const Route& route = record.route;
    const bool on_route = route.lanes[index_of(route.at)] == self.lane;
    float passed = network.lane(self.lane).length - self.s;
    LaneId lane = self.lane;
    for (int k = route.at + 1; passed < kFarAhead; ++k) {
        lane = on_route ? (k < route.count ? route.lanes[index_of(k)] : kNoLane) : network.lane(lane).next[0];
        if (lane == kNoLane) break;
        for (const LaneEntry& entry : world.order.on(lane)) {
            if (entry.actor != index) return leader_at(world, self, entry, passed + entry.s);
        }
        passed += std::max(network.lane(lane).length, 1.0f);
    }
    return {};
}

}  // namespace

void observe_traffic(const World& world, AgentRecord& record, int index) {
    const Actor& self = world.actors[index_of(index)];
    const LaneId lane = self.lane != kNoLane ? self.lane : record.route.lanes[index_of(record.route.at)];
    record.speed_limit = std::max(world.network->lane(lane).speed_limit, 1.0f);
    record.time_to_collision = record.headway = kLongest;
    const Leader leader = leader_of(world, record, index);
    if (leader.actor == nullptr || leader.gap > kFarAhead) return;
    const float closing = self.speed - leader.actor->speed * dot(leader.actor->forward, self.forward);
    if (self.speed > 0.0f) record.headway = std::min(leader.gap / self.speed, kLongest);
    if (closing > 0.0f) record.time_to_collision = std::min(leader.gap / closing, kLongest);
}

void judge(const DrivingConfig& config, const Layout& layout, World& world, AgentRecord& record, int index) {
    extend_route(*world.network, layout, world.rng, record.route);
    Judge(config, world, record, index).decide();
}

const char* name_of(RewardTerm term) {
    constexpr std::array<const char*, kRewardTerms> names{"progress", "speed", "comfort", "lane", "collision", "off_road", "success", "rules"};
    return names[static_cast<std::size_t>(term)];
}

const char* name_of(CostTerm term) {
    constexpr std::array<const char*, kCostTerms> names{"collision_vehicle", "collision_pedestrian", "collision_static", "off_road",
                                                        "red_light",         "wrong_way",            "speeding",         "headway"};
    return names[static_cast<std::size_t>(term)];
}

}  // namespace wm::driving
