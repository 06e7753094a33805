#include "wm/driving/env.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

namespace wm::driving {
namespace {

constexpr std::uint32_t kSensorStream = 0x73656e73u;  // joins the seed's words, so that noise never moves the world's stream
constexpr float kRoomAtStart = 3.0f;                  // m between the boxes of two agents
constexpr double kBrakeLights = 0.05;                 // of the pedal
constexpr double kStuckSpeed = 1.0;                   // m/s at which a car may grind out of what it overlaps

core::Pcg64 sensor_stream(std::span<const std::uint32_t> words) {
    std::vector<std::uint32_t> longer(words.begin(), words.end());
    longer.push_back(kSensorStream);
    return core::Pcg64(longer);
}

// Appends 0 .. count - 1 in random order, the first `preferred` of them before the others.
void draw_order(std::vector<int>& order, std::size_t preferred, std::size_t count, core::Pcg64& rng) {
    const std::size_t first = order.size();
    order.resize(first + count);
    std::iota(order.begin() + static_cast<std::ptrdiff_t>(first), order.end(), 0);
    for (std::size_t k = 0; k + 1 < count; ++k) {
        const std::size_t end = k < preferred ? preferred : count;
        const std::size_t other = k + rng.integers(static_cast<std::uint32_t>(end - k));
        std::swap(order[first + k], order[first + other]);
    }
}

}  // namespace

DrivingEnv::DrivingEnv(const DrivingConfig& config, std::shared_ptr<const Network> shared, std::shared_ptr<const Layout> layout,
                       std::span<const std::uint32_t> entropy)
    : config_(config), layout_(std::move(layout)), agents_(static_cast<std::size_t>(config.num_agents)) {
    model_.parameters = &vehicle_parameters(config.dynamics.vehicle);
    model_.single_track = config.dynamics.model == VehicleModel::single_track;
    model_.friction = config.dynamics.friction;
    model_.reverse = config.dynamics.reverse;
    world_.num_agents = config.num_agents;
    world_.network = std::move(shared);
    if (!world_.network) own_network_ = std::make_shared<Network>();
    if (layout_ && layout_->starts.empty()) {
        throw std::invalid_argument("map: agents find no lane to start on; give it one of 10 m, or one that others lead to and on from");
    }
    if (layout_ && layout_->starts.size() < agents_.size()) {
        throw std::invalid_argument("num_agents: this scenario has room for " + std::to_string(layout_->starts.size()) + " agents, got " +
                                    std::to_string(agents_.size()));
    }
    if (layout_ && config.scenario.scenario == Scenario::parking && layout_->goals.size() < agents_.size()) {
        throw std::invalid_argument("num_agents: the car park has " + std::to_string(layout_->goals.size()) + " free bays, got " +
                                    std::to_string(agents_.size()));
    }
    reserve();
    seed(entropy);
}

void DrivingEnv::reserve() {
    const auto actors = static_cast<std::size_t>(actor_capacity(config_.scenario, config_.num_agents));
    world_.actors.reserve(actors);
    world_.drivers.reserve(actors);
    world_.walkers.reserve(actors);
    world_.order.reserve(2 * actors + 4 * agents_.size(), world_.network ? world_.network->lanes.size() : 0, actors);
    draws_.reserve(1024);
}

void DrivingEnv::seed(std::span<const std::uint32_t> words) {
    world_.rng = core::Pcg64(words);
    sensor_rng_ = reading_rng_ = sensor_stream(words);
}

core::Pcg64& DrivingEnv::begin_readings() {
    reading_rng_ = sensor_rng_;
    return sensor_rng_;
}

bool DrivingEnv::any_active() const {
    return std::ranges::any_of(agents_, [](const AgentRecord& agent) { return agent.active; });
}

void DrivingEnv::clear_world() {
    const auto agents = agents_.size();
    world_.actors.assign(agents, Actor{});
    for (Actor& actor : world_.actors) actor.kind = ActorKind::agent;
    world_.drivers.assign(agents, Driver{});
    world_.walkers.clear();
    world_.order.clear();
    world_.first_walker = static_cast<int>(agents);
    world_.time = 0.0f;
}

void DrivingEnv::reset() {
    if (own_network_) {
        map_rng_ = world_.rng;
        world_.order.clear();  // it refers to the old lanes
        build_scenario(config_.scenario, world_.rng, *own_network_, own_layout_);
        world_.network = own_network_;
    }
    clear_world();
    place_agents();
    spawn_traffic(config_.scenario, layout(), world_);
    refresh_order();
    for (int k = 0; k < config_.num_agents; ++k) observe_traffic(world_, agents_[static_cast<std::size_t>(k)], k);
    steps_ = 0;
    ready_ = true;
    ended_ = !any_active();
}

// Starts in random order, each used once; an agent for which none is left sits the episode out.
void DrivingEnv::place_agents() {
    const std::size_t starts = layout().starts.size();
    draws_.clear();
    draw_order(draws_, std::min(static_cast<std::size_t>(layout().preferred_starts), starts), starts, world_.rng);
    if (config_.scenario.scenario == Scenario::parking) draw_order(draws_, 0, layout().goals.size(), world_.rng);
    const auto bays = std::span<const int>(draws_).subspan(starts);
    for (Actor& actor : world_.actors) actor.present = false;
    std::size_t used = 0;
    for (int k = 0; k < config_.num_agents; ++k) {
        if (place_agent(k, used, bays)) continue;
        AgentRecord& record = agents_[static_cast<std::size_t>(k)];
        record = {};  // no route: that of the episode before may be of another town
        record.active = false;
        record.ending = Ending::sat_out;
        world_.actors[static_cast<std::size_t>(k)].present = false;
    }
}

bool DrivingEnv::place_agent(int index, std::size_t& used, std::span<const int> bays) {
    const auto k = static_cast<std::size_t>(index);
    const int goal = bays.empty() ? -1 : bays[k % bays.size()];
    while (used < layout().starts.size()) {
        if (start_agent(config_, layout(), world_, agents_[k], index, draws_[used++], goal) && free_of_others(index)) return true;
    }
    return false;
}

bool DrivingEnv::free_of_others(int index) const {
    Box box = world_.actors[static_cast<std::size_t>(index)].box();
    box.half_length += kRoomAtStart;
    box.half_width += 0.1f;
    return std::none_of(world_.actors.begin(), world_.actors.begin() + index, [&](const Actor& other) { return other.present && overlap(box, other.box()); });
}

void DrivingEnv::step(std::span<const Pedals> pedals) {
    for (std::size_t k = 0; k < agents_.size(); ++k) {
        if (!agents_[k].active) world_.actors[k].present = false;  // seen for the last time in the picture of its end
        else agents_[k].last_action = pedals[k];
    }
    const float dt = config_.dynamics.control_step / static_cast<float>(config_.dynamics.substeps);
    for (int substep = 0; substep < config_.dynamics.substeps; ++substep) step_world(pedals, dt);
    for (int k = 0; k < config_.num_agents; ++k) {
        AgentRecord& record = agents_[static_cast<std::size_t>(k)];
        if (record.active) judge(config_, layout(), world_, record, k);
    }
    ++steps_;
}

// Traffic sees the agents where they were when they moved: everybody reacts to the same moment.
void DrivingEnv::step_world(std::span<const Pedals> pedals, float dt) {
    step_traffic(config_.scenario, layout(), world_, dt);
    for (std::size_t k = 0; k < agents_.size(); ++k) {
        if (agents_[k].active) move_agent(k, pedals[k], dt);
    }
    world_.time += dt;
    refresh_order();
    for (std::size_t k = 0; k < agents_.size(); ++k) {
        if (agents_[k].active) agents_[k].touched |= touched_by(world_, agents_[k], static_cast<int>(k));
    }
}

// Agents go where traffic never does: they are in the way on every lane that a corner of theirs is on.
void DrivingEnv::refresh_order() {
    update_order(world_);
    bool added = false;
    for (std::size_t k = 0; k < agents_.size(); ++k) {
        const Actor& actor = world_.actors[k];
        if (actor.present && !within_lane(world_, agents_[k], actor, 0.0f)) added |= mark_corners(static_cast<int>(k));
    }
    if (added) world_.order.sort();
}

bool DrivingEnv::mark_corners(int index) {
    const Actor& actor = world_.actors[static_cast<std::size_t>(index)];
    const Vec ahead = actor.half_length * actor.forward;
    const Vec aside = actor.half_width * left_of(actor.forward);
    std::array<LaneId, 4> marked{kNoLane, kNoLane, kNoLane, kNoLane};
    std::size_t count = 0;
    for (const Vec corner : {ahead + aside, ahead - aside, aside - ahead, Vec{} - ahead - aside}) {
        const LanePosition at = world_.network->locate(actor.position + corner, actor.heading);
        const auto known = [&](const LaneEntry& entry) { return entry.actor == index; };
        if (at.lane == kNoLane || at.lane == actor.lane || std::ranges::find(marked, at.lane) != marked.end()) continue;
        if (std::ranges::any_of(world_.order.on(at.lane), known)) continue;
        marked[count++] = at.lane;
        world_.order.add({at.lane, static_cast<std::int16_t>(index), at.s});
    }
    return count > 0;
}

void DrivingEnv::move_agent(std::size_t index, const Pedals& pedals, double dt) {
    AgentRecord& record = agents_[index];
    const CarState before = record.car;
    model_.advance(record.car, pedals, dt);
    Actor& actor = world_.actors[index];
    locate_agent(world_, record, actor);
    actor.braking = pedals.brake > kBrakeLights;
    if (!config_.task.end_on_collision) stop_at_contact(index, before);
}

// Where contacts do not end the episode, things stop a car that drives into them. One that something has run into may
// crawl, or it could never get away.
void DrivingEnv::stop_at_contact(std::size_t index, const CarState& before) {
    AgentRecord& record = agents_[index];
    Actor& actor = world_.actors[index];
    const std::uint32_t touched = touched_by(world_, record, static_cast<int>(index));
    if (touched == 0) return;
    record.touched |= touched;
    const CarState moved = std::exchange(record.car, before);
    locate_agent(world_, record, actor);
    if (touched_by(world_, record, static_cast<int>(index)) == 0) {
        record.car.x[3] = record.car.x[5] = record.car.x[6] = 0.0;
    } else {
        record.car = moved;
        record.car.x[3] = std::clamp(moved.x[3], -kStuckSpeed, kStuckSpeed);
    }
    locate_agent(world_, record, actor);
}

void DrivingEnv::end_by_time() {
    for (AgentRecord& agent : agents_) {
        if (!agent.active) continue;
        agent.active = false;
        agent.ending = Ending::time_limit;
    }
}

}  // namespace wm::driving
