// get_state / set_state of one environment. What can be computed from the rest is not stored: the road network is built
// again from its generator (town) or must be the same (its hash is compared), the order of traffic is sorted again.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "traffic_parts.h"
#include "wm/core/snapshot.h"
#include "wm/driving/env.h"

namespace wm::driving {
namespace {

constexpr core::SnapshotKind kKind{0x52444d57u, 1, "Driving"};  // "WMDR"
constexpr double kGreatest = 1e6;  // of any number: far beyond what any drive reaches, and nothing overflows

void require(bool plausible, const char* what) {
    if (!plausible) throw core::SnapshotError(std::string("snapshot holds ") + what + " that no episode can have");
}

// FNV-1a over the bytes of everything that is archived.
class Fingerprint {
public:
    template <class... Values>
    void operator()(const Values&... values) {
        (add(values), ...);
    }
    [[nodiscard]] std::uint64_t value() const { return hash_; }

private:
    template <class Value>
    void add(const Value& value) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
        for (std::size_t k = 0; k < sizeof(Value); ++k) hash_ = (hash_ ^ bytes[k]) * 0x100000001b3u;
    }
    std::uint64_t hash_ = 0xcbf29ce484222325u;
};

class MagnitudeCheck {  // NaN fails it too
public:
    template <class... Values>
    void operator()(const Values&... values) {
        (see(values), ...);
    }
    [[nodiscard]] bool passed() const { return passed_; }

private:
    template <class Value>
    void see(const Value& value) {
        if constexpr (std::is_floating_point_v<Value>) passed_ = passed_ && std::abs(static_cast<double>(value)) <= kGreatest;
    }
    bool passed_ = true;
};

// What the world depends on; an environment with other sensors may go on from the same snapshot.
std::uint64_t fingerprint(const DrivingConfig& config) {
    Fingerprint print;
    const ScenarioConfig& s = config.scenario;
    print(s.scenario, s.signals, s.lanes, s.vehicles, s.density, s.aggressiveness, s.pedestrians, s.parked, s.broken_down);
    const DynamicsConfig& d = config.dynamics;
    print(d.model, d.vehicle, d.friction, d.reverse, d.control_step, d.substeps);
    const TaskConfig& t = config.task;
    print(t.route_length, t.end_on_collision, t.end_off_road, t.end_on_red_light, t.end_on_wrong_way);
    print(t.w_progress, t.w_speed, t.w_comfort, t.w_lane, t.w_collision, t.w_off_road, t.w_success, t.w_rules, config.num_agents);
    return print.value();
}

std::uint64_t fingerprint(core::Pcg64 rng) {
    Fingerprint print;
    rng.fields(print);
    return print.value();
}

template <class Archive>
void actor_fields(Archive& archive, Actor& a) {
    archive(a.position.x, a.position.y, a.forward.x, a.forward.y, a.heading, a.speed, a.acceleration, a.half_length, a.half_width, a.height);
    archive(a.s, a.d, a.lane, a.kind, a.look, a.present, a.braking);
}

template <class Archive>
void driver_fields(Archive& archive, Driver& d) {
    archive(d.desired_speed, d.limit_factor, d.time_gap, d.max_acceleration, d.comfortable_braking, d.min_gap, d.politeness);
    archive(d.target_lane, d.next_lane, d.change_progress, d.change_from, d.waiting, d.entered, d.committed);
    if constexpr (!std::is_same_v<Archive, MagnitudeCheck>) archive(d.until_decision);  // infinite for who never comes back
}

template <class Archive>
void walker_fields(Archive& archive, Walker& w) {
    archive(w.crossing, w.from_b, w.walking, w.progress, w.until_walk, w.pace, w.offset);
}

template <class Archive>
void route_fields(Archive& archive, Route& r) {
    for (LaneId& lane : r.lanes) archive(lane);
    archive(r.count, r.at, r.length, r.start_s, r.goal_s, r.base, r.s, r.d, r.heading, r.endless);
}

template <class Archive>
void record_fields(Archive& archive, AgentRecord& r) {
    for (double& x : r.car.x) archive(x);
    archive(r.car.acceleration, r.car.reversing);
    route_fields(archive, r.route);
    archive(r.goal.position.x, r.goal.position.y, r.goal.heading, r.last_action.steer, r.last_action.throttle, r.last_action.brake);
    constexpr bool weighted = !std::is_same_v<Archive, MagnitudeCheck>;  // rewards are as great as the weights make them
    if constexpr (weighted) for (double& term : r.rewards) archive(term);
    for (float& term : r.costs) archive(term);
    for (double& sum : r.cost_sums) archive(sum);
    if constexpr (weighted) archive(r.return_sum);
    archive(r.progress, r.route_completion, r.lane_heading_error, r.time_to_collision, r.headway, r.jerk);
    archive(r.acceleration, r.lateral_acceleration, r.speed_limit, r.goal_distance, r.wrong_way_time, r.standing_time);
    archive(r.touched, r.touching, r.steps, r.ending, r.active, r.over_stop_line, r.off_road, r.was_off_road, r.off_route);
}

// The length of a vector, and the vector made as long.
template <class Archive, class Value>
void size_field(Archive& archive, std::vector<Value>& values, std::size_t most, const char* what) {
    auto size = static_cast<std::uint32_t>(values.size());
    archive(size);
    require(size <= most, what);
    values.resize(size);
}

bool is_count(int steps) { return steps >= 0 && steps < 1 << 30; }

// Agents come first, pedestrians last; what drives the ones in between must never ask about the others.
bool is_role(ActorKind kind, bool agent, bool walker) {
    if (agent) return kind == ActorKind::agent;
    return kind != ActorKind::agent && kind <= ActorKind::cone && (kind == ActorKind::pedestrian) == walker;
}

class Plausible {
public:
    explicit Plausible(const Network& network) : network_(network) {}

    [[nodiscard]] bool is_lane(LaneId lane) const { return lane >= kNoLane && lane < static_cast<int>(network_.lanes.size()); }

    [[nodiscard]] bool is_actor(const Actor& a) const {
        const bool unit = std::abs(squared_length(a.forward) - 1.0f) < 1e-3f;
        const bool sized = std::min({a.half_length, a.half_width, a.height}) > 0.1f && std::max({a.half_length, a.half_width, a.height}) < 50.0f;
        return unit && sized && std::abs(a.speed) < 500.0f && std::abs(a.acceleration) < 1e4f && is_lane(a.lane) && (!drives(a) || is_on_lane(a));
    }
    [[nodiscard]] bool is_driver(const Driver& d) const {
        const bool drivable = usual(d.desired_speed) && usual(d.limit_factor) && usual(d.time_gap) && usual(d.max_acceleration) &&
                              usual(d.comfortable_braking) && usual(d.min_gap) && std::abs(d.politeness) < 100.0f;
        const bool changing = d.change_progress >= 0.0f && d.change_progress < 2.0f && std::abs(d.change_from) < 50.0f && d.waiting >= 0.0f;
        return drivable && changing && is_lane(d.target_lane) && is_lane(d.next_lane) && !std::isnan(d.until_decision);
    }
    [[nodiscard]] bool is_walker(const Walker& w) const {
        return w.crossing >= -1 && w.crossing < static_cast<int>(network_.crossings.size()) && usual(w.pace);
    }

    [[nodiscard]] bool is_route(const Route& r) const {
        const auto known = [this](LaneId lane) { return lane != kNoLane && is_lane(lane); };
        return r.count >= 1 && r.count <= kMaxRoute && r.at >= 0 && r.at < r.count && r.length > 0.0f &&
               std::all_of(r.lanes.begin(), r.lanes.begin() + r.count, known);
    }
    [[nodiscard]] bool is_record(const AgentRecord& r) const {
        const auto& x = r.car.x;
        const bool drivable = std::abs(x[2]) < 2.0 && std::abs(x[3]) < 200.0 && std::abs(x[5]) < 100.0 && std::abs(x[6]) < 10.0;
        const bool routed = r.ending == Ending::sat_out ? r.route.count == 0 && r.route.at == 0 && r.route.lanes[0] == 0 : is_route(r.route);
        const bool paid = std::isfinite(r.return_sum) && std::ranges::all_of(r.rewards, is_payable);
        return drivable && routed && paid && r.ending < Ending::count && r.active == (r.ending == Ending::running) && is_count(r.steps);
    }

private:
    // Infos tell it as a float. (False for NaN.)
    [[nodiscard]] static bool is_payable(double term) { return std::abs(term) <= static_cast<double>(std::numeric_limits<float>::max()); }
    [[nodiscard]] static bool usual(float x) { return x > 0.01f && x < 1000.0f; }
    [[nodiscard]] bool is_on_lane(const Actor& a) const {
        return a.lane != kNoLane && a.s > -50.0f && a.s < network_.lane(a.lane).length + 50.0f && std::abs(a.d) < 50.0f && a.speed >= 0.0f;
    }
    [[nodiscard]] static bool drives(const Actor& a) { return a.present && (a.kind == ActorKind::car || a.kind == ActorKind::truck); }

    const Network& network_;
};

}  // namespace

template <class Archive>
void DrivingEnv::world_fields(Archive& archive) {
    const auto most = static_cast<std::size_t>(actor_capacity(config_.scenario, config_.num_agents));
    size_field(archive, world_.actors, most, "a number of actors");
    size_field(archive, world_.drivers, most, "a number of drivers");
    size_field(archive, world_.walkers, most, "a number of pedestrians");
    for (Actor& actor : world_.actors) actor_fields(archive, actor);
    for (Driver& driver : world_.drivers) driver_fields(archive, driver);
    for (Walker& walker : world_.walkers) walker_fields(archive, walker);
    archive(world_.first_walker, world_.time);
}

template <class Archive>
void DrivingEnv::fields(Archive& archive) {
    world_.rng.fields(archive);
    map_rng_.fields(archive);
    sensor_rng_.fields(archive);
    reading_rng_.fields(archive);
    world_fields(archive);
    for (AgentRecord& record : agents_) record_fields(archive, record);
    archive(steps_, ended_);
}

void DrivingEnv::require_plausible() {
    MagnitudeCheck check;
    fields(check);
    require(check.passed(), "a number (too great, infinite or NaN)");
    for (const core::Pcg64* rng : {&world_.rng, &map_rng_, &sensor_rng_, &reading_rng_}) require(rng->plausible(), "a random generator");
    const Plausible plausible(*world_.network);
    const std::size_t actors = world_.actors.size();
    const auto first_walker = static_cast<std::size_t>(std::max(world_.first_walker, 0));
    require(first_walker >= agents_.size() && first_walker + world_.walkers.size() == actors, "a number of pedestrians");
    require(world_.drivers.size() == actors, "a number of drivers");
    for (std::size_t k = 0; k < actors; ++k) require(is_role(world_.actors[k].kind, k < agents_.size(), k >= first_walker), "a kind of actor");
    require(std::ranges::all_of(world_.actors, [&](const Actor& a) { return plausible.is_actor(a); }), "an actor");
    require(std::ranges::all_of(world_.drivers, [&](const Driver& d) { return plausible.is_driver(d); }), "a driver");
    require(std::ranges::all_of(world_.walkers, [&](const Walker& w) { return plausible.is_walker(w); }), "a pedestrian");
    require(std::ranges::all_of(agents_, [&](const AgentRecord& r) { return plausible.is_record(r); }), "an agent");
    require(is_count(steps_) && world_.time >= 0.0f, "a time");
}

std::vector<std::uint8_t> DrivingEnv::save() const {
    core::SnapshotWriter writer(kKind);
    writer(fingerprint(config_), world_.network->hash);
    const_cast<DrivingEnv*>(this)->fields(writer);  // the writer only reads; one field list serves both directions
    return writer.finish();
}

// The town of map_rng_, unless it is the one that stands already.
void DrivingEnv::adopt_network(const core::Pcg64& before) {
    if (!own_network_ || (ready_ && fingerprint(before) == fingerprint(map_rng_))) return;
    own_network_ = std::make_shared<Network>();
    core::Pcg64 rng = map_rng_;
    build_scenario(config_.scenario, rng, *own_network_, own_layout_);
    world_.network = own_network_;
}

void DrivingEnv::load(std::span<const std::uint8_t> snapshot) {
    core::SnapshotReader reader(kKind, snapshot);
    std::uint64_t config = 0, network = 0;
    reader(config, network);
    if (config != fingerprint(config_)) throw core::SnapshotError("snapshot is of an environment with other options (scenario, traffic, dynamics or task)");
    DrivingEnv loaded(*this);
    loaded.world_.order.clear();
    loaded.fields(reader);
    reader.expect_end();
    loaded.adopt_network(map_rng_);
    if (network != loaded.world_.network->hash) throw core::SnapshotError("snapshot is of another road network");
    loaded.require_plausible();
    loaded.reserve();
    prepare_facts(loaded.world_);
    loaded.refresh_order();
    loaded.ready_ = true;
    *this = std::move(loaded);
}

}  // namespace wm::driving
