#include "wm/driving/batch.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "wm/core/finite.h"
#include "wm/core/flag.h"
#include "wm/core/standard_floats.h"

namespace wm::driving {
namespace {

constexpr std::size_t kTrail = 200;  // decisions

std::size_t camera_bytes(const SensorConfig& c) { return static_cast<std::size_t>(c.camera_height) * static_cast<std::size_t>(c.camera_width) * 3; }
std::size_t birdseye_bytes(const SensorConfig& c) { return static_cast<std::size_t>(c.birdseye_size) * static_cast<std::size_t>(c.birdseye_size) * 3; }
std::size_t beams(const SensorConfig& c) { return static_cast<std::size_t>(c.lidar_beams); }
std::size_t features() { return static_cast<std::size_t>(state_size()); }

// The network and layout that all lanes share; null where every lane has its own.
std::pair<std::shared_ptr<const Network>, std::shared_ptr<const Layout>> shared_map(const ScenarioConfig& config, core::Pcg64 rng) {
    if (!fixed_network(config)) return {};
    auto layout = std::make_shared<Layout>();
    if (config.scenario == Scenario::map) {
        if (!config.map) throw std::invalid_argument("map: scenario 'map' needs a road network");
        layout_of(*config.map, *layout);
        return {config.map, layout};
    }
    auto network = std::make_shared<Network>();
    build_scenario(config, rng, *network, *layout);
    return {network, layout};
}

}  // namespace

DrivingBatch::DrivingBatch(const BatchConfig& config, std::span<const std::uint32_t> entropy) : config_(config) {
    const auto lanes = static_cast<std::size_t>(config.num_envs);
    const auto [network, layout] = shared_map(config.env.scenario, core::Pcg64(entropy));
    std::vector<std::uint32_t> words(entropy.begin(), entropy.end());
    words.push_back(0);
    envs_.reserve(lanes);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        words.back() = static_cast<std::uint32_t>(lane);
        envs_.emplace_back(config.env, network, layout, words);
    }
    pool_ = std::make_unique<core::ThreadPool>(config.num_threads);
    const SensorConfig& sensors = config.env.sensors;
    for (int i = 0; i < pool_->size(); ++i) {
        easels_.push_back({Lidar(sensors), sensors.camera ? make_camera(sensors) : nullptr, sensors.birdseye ? make_birdseye(sensors) : nullptr});
    }
    rewards.assign(rows(), 0.0);
    terminated.assign(rows(), 0);
    truncated.assign(rows(), 0);
    active.assign(rows(), 0);
    was_reset.assign(lanes, 0);
    infos.assign(rows() * info_names().size(), 0.0f);
    final_infos.assign(rows() * info_names().size(), 0.0f);
    pedals_.resize(rows());
    seen_.assign(rows(), 0);
    memories_.resize(lanes);
}

void DrivingBatch::note_ready() {
    ready_ = ready_ || std::ranges::all_of(envs_, [](const DrivingEnv& env) { return env.ready(); });
}

bool DrivingBatch::waits_for_reset(std::size_t lane) const {
    return config_.autoreset == core::Autoreset::next_step && envs_[lane].ended();
}

void DrivingBatch::check(const double* actions) const {
    const std::size_t width = action_size();
    if (core::all_finite({actions, rows() * width})) return;  // nearly always, and then no lane need be looked at
    for (std::size_t row = 0; row < rows(); ++row) {
        const std::size_t lane = row / agents();
        if (waits_for_reset(lane) || !envs_[lane].agent(static_cast<int>(row % agents())).active) continue;  // its action is ignored
        for (std::size_t k = row * width; k < (row + 1) * width; ++k) {
            if (std::isfinite(actions[k])) continue;
            const std::string who = agents() == 1 ? "" : " of agent " + std::to_string(row % agents());
            throw std::invalid_argument("action" + who + " is NaN or infinite in lane " + std::to_string(lane));
        }
    }
}

Pedals DrivingBatch::pedals(const double* action) const {
    const auto clipped = [action](int k, double low) { return std::clamp(action[k], low, 1.0); };
    if (config_.actions == ActionMode::pedals) return {clipped(0, -1.0), clipped(1, 0.0), clipped(2, 0.0)};
    const double accel = clipped(1, -1.0);
    return {clipped(0, -1.0), std::max(accel, 0.0), std::max(-accel, 0.0)};
}

Readings DrivingBatch::rows_of(const Readings& all, std::size_t first) const {
    const SensorConfig& sensors = config_.env.sensors;
    Readings rows;
    if (all.camera != nullptr) rows.camera = all.camera + first * camera_bytes(sensors);
    if (all.birdseye != nullptr) rows.birdseye = all.birdseye + first * birdseye_bytes(sensors);
    if (all.lidar != nullptr) rows.lidar = all.lidar + first * beams(sensors);
    if (all.state != nullptr) rows.state = all.state + first * features();
    return rows;
}

void DrivingBatch::blank(const Readings& row) const {
    const SensorConfig& sensors = config_.env.sensors;
    if (row.camera != nullptr) std::fill_n(row.camera, camera_bytes(sensors), std::uint8_t{0});
    if (row.birdseye != nullptr) std::fill_n(row.birdseye, birdseye_bytes(sensors), std::uint8_t{0});
    if (row.lidar != nullptr) std::fill_n(row.lidar, beams(sensors), 0.0f);
    if (row.state != nullptr) std::fill_n(row.state, features(), 0.0f);
}

void DrivingBatch::sense_agent(Easel& easel, const DrivingEnv& env, int agent, core::Pcg64& rng, const Readings& row) {
    const SensorConfig& sensors = config_.env.sensors;
    const World& world = env.world();
    if (row.camera != nullptr) {
        easel.camera->paint(world, agent, row.camera);
        disturb_camera(sensors, rng, {row.camera, camera_bytes(sensors)});
    }
    if (row.birdseye != nullptr) easel.birdseye->paint(world, agent, row.birdseye, &env.agent(agent));
    if (row.lidar != nullptr) {
        easel.lidar.scan(world, agent, row.lidar);
        disturb_lidar(sensors, rng, {row.lidar, beams(sensors)});
    }
    if (row.state != nullptr) {
        state_features(world, env.agent(agent), agent, config_.env.dynamics, row.state);
        disturb_state(sensors, rng, {row.state, features()});
    }
}

void DrivingBatch::sense_row(Easel& easel, std::size_t row, core::Pcg64& rng, const Readings& readings) {
    if (seen_[row] == 0) return blank(readings);
    sense_agent(easel, envs_[row / agents()], static_cast<int>(row % agents()), rng, readings);
}

void DrivingBatch::sense(Easel& easel, std::size_t lane, const Readings& obs) {
    core::Pcg64& rng = envs_[lane].begin_readings();
    for (std::size_t row = lane * agents(); row < (lane + 1) * agents(); ++row) sense_row(easel, row, rng, rows_of(obs, row));
}

void DrivingBatch::observe(std::size_t lane, const Readings& obs) {
    core::Pcg64 rng = envs_[lane].repeat_readings();
    for (std::size_t agent = 0; agent < agents(); ++agent) sense_row(easels_.front(), lane * agents() + agent, rng, rows_of(obs, agent));
}

void DrivingBatch::read_infos(std::size_t lane, std::vector<float>& into) {
    const std::size_t width = info_names().size();
    for (std::size_t agent = 0; agent < agents(); ++agent) {
        const std::size_t row = lane * agents() + agent;
        float* const out = into.data() + row * width;
        if (seen_[row] != 0) {
            write_info(envs_[lane].world(), envs_[lane].agent(static_cast<int>(agent)), static_cast<int>(agent), out);
        } else {
            std::fill_n(out, width, 0.0f);
        }
    }
}

void DrivingBatch::pass_infos(std::size_t lane, const InfoTargets& to) const {
    const std::size_t width = info_names().size(), first = lane * agents(), end = first + agents();
    for (std::size_t row = first; to.columns != nullptr && row < end; ++row) {
        const float* const values = infos.data() + row * width;
        for (std::size_t k = 0; k < width; ++k) to.columns[k * to.stride + row] = static_cast<double>(values[k]);
    }
    if (to.last == nullptr) return;
    const bool ended = was_reset[lane] != 0 && config_.autoreset == core::Autoreset::same_step;
    std::copy_n((ended ? final_infos : infos).data() + first * width, agents() * width, to.last + first * width);
}

void DrivingBatch::remember(std::size_t lane) {
    Memory& memory = memories_[lane];
    if (!memory.kept) return;
    if (memory.state.trail.size() == kTrail) memory.state.trail.erase(memory.state.trail.begin());
    memory.state.trail.push_back(envs_[lane].world().actors.front().position);
}

void DrivingBatch::restart_lane(int worker, std::size_t lane, const Readings& obs) {
    envs_[lane].reset();
    was_reset[lane] = 1;
    for (std::size_t agent = 0; agent < agents(); ++agent) {
        const std::size_t row = lane * agents() + agent;
        active[row] = seen_[row] = envs_[lane].agent(static_cast<int>(agent)).active ? 1 : 0;
    }
    memories_[lane].state.trail.clear();
    remember(lane);
    read_infos(lane, infos);
    sense(easels_[static_cast<std::size_t>(worker)], lane, obs);
}

void DrivingBatch::reset(std::span<const std::uint8_t> mask, const Readings& obs) {
    pool_->run(static_cast<int>(size()), [&](int worker, int item) {
        const auto lane = static_cast<std::size_t>(item);
        if (mask[lane] == 0) return;
        const core::StandardFloats floats;
        restart_lane(worker, lane, obs);
        was_reset[lane] = 0;
        for (std::size_t row = lane * agents(); row < (lane + 1) * agents(); ++row) {
            rewards[row] = 0.0;
            terminated[row] = truncated[row] = 0;
        }
    });
    note_ready();
}

void DrivingBatch::act(std::size_t lane, const double* actions) {
    const std::size_t first = lane * agents();
    for (std::size_t row = first; row < first + agents(); ++row) {
        core::set_flag(seen_[row], envs_[lane].agent(static_cast<int>(row - first)).active);
        pedals_[row] = seen_[row] != 0 ? pedals(actions + row * action_size()) : Pedals{};
    }
    if (envs_[lane].ended()) return;  // autoreset is disabled: nothing moves until somebody resets
    envs_[lane].step(std::span<const Pedals>(pedals_).subspan(first, agents()));
    if (config_.max_episode_steps > 0 && envs_[lane].steps() >= config_.max_episode_steps) envs_[lane].end_by_time();
    envs_[lane].set_ended(!envs_[lane].any_active());
}

void DrivingBatch::read_results(std::size_t lane) {
    for (std::size_t agent = 0; agent < agents(); ++agent) {
        const std::size_t row = lane * agents() + agent;
        const AgentRecord& record = envs_[lane].agent(static_cast<int>(agent));
        const bool ended_now = seen_[row] != 0 && !record.active;
        rewards[row] = seen_[row] != 0 ? record.reward() : 0.0;
        core::set_flag(truncated[row], ended_now && record.ending == Ending::time_limit);
        core::set_flag(terminated[row], ended_now && record.ending != Ending::time_limit);
        core::set_flag(active[row], record.active);
    }
}

void DrivingBatch::step_lane(int worker, std::size_t lane, const double* actions, const Readings& obs, const Readings& final_obs) {
    const core::StandardFloats floats;
    core::set_flag(was_reset[lane], false);
    if (waits_for_reset(lane)) {
        restart_lane(worker, lane, obs);
        for (std::size_t row = lane * agents(); row < (lane + 1) * agents(); ++row) {
            rewards[row] = 0.0;
            terminated[row] = truncated[row] = 0;
        }
        return;
    }
    act(lane, actions);
    read_results(lane);
    remember(lane);
    Easel& easel = easels_[static_cast<std::size_t>(worker)];
    if (envs_[lane].ended() && config_.autoreset == core::Autoreset::same_step) {
        read_infos(lane, final_infos);
        sense(easel, lane, final_obs);
        return restart_lane(worker, lane, obs);
    }
    read_infos(lane, infos);
    sense(easel, lane, obs);
}

void DrivingBatch::step(const double* actions, const Readings& obs, const Readings& final_obs, const InfoTargets& infos_to) {
    check(actions);
    pool_->run(static_cast<int>(size()), [&](int worker, int item) {
        step_lane(worker, static_cast<std::size_t>(item), actions, obs, final_obs);
        pass_infos(static_cast<std::size_t>(item), infos_to);
    });
}

void DrivingBatch::render(std::size_t lane, int height, int width, std::uint8_t* rgb) {
    const DrivingEnv& env = envs_[lane];
    Memory& memory = memories_[lane];
    if (!memory.kept) {
        memory.kept = true;
        memory.state.trail.reserve(kTrail);
        remember(lane);
    }
    if (!top_view_) top_view_ = make_top_view(config_.env);
    overlay_.resize(beams(config_.env.sensors));
    easels_.front().lidar.scan(env.world(), 0, overlay_.data());
    top_view_->paint(env.world(), env.agents(), memory.state, config_.env.sensors.lidar ? overlay_.data() : nullptr, height, width, rgb);
}

void DrivingBatch::load(std::size_t lane, std::span<const std::uint8_t> snapshot) {
    envs_[lane].load(snapshot);
    memories_[lane].state.trail.clear();
    const std::size_t first = lane * agents();
    for (std::size_t row = first; row < first + agents(); ++row) {
        const AgentRecord& record = envs_[lane].agent(static_cast<int>(row - first));
        active[row] = record.active;
        // Who ended in the decision before is still in the world, and its last observation can be asked for again.
        seen_[row] = record.ending != Ending::sat_out && envs_[lane].world().actors[row - first].present && (record.active || record.steps == envs_[lane].steps());
    }
    read_infos(lane, infos);
    note_ready();
}

}  // namespace wm::driving
