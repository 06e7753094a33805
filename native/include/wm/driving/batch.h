// Many driving environments stepped together. Lane i seeded with s is, to the bit, the single environment seeded with s,
// whatever the number of lanes or threads. Rows of all arrays: lane * num_agents + agent.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "wm/core/autoreset.h"
#include "wm/core/thread_pool.h"
#include "wm/driving/env.h"
#include "wm/driving/sensors.h"

namespace wm::driving {

struct BatchConfig {
    int num_envs = 1;
    int num_threads = 1;  // 0: one for each core
    DrivingConfig env;
    ActionMode actions = ActionMode::pedals;
    int max_episode_steps = 0;  // decisions; 0: no limit
    core::Autoreset autoreset = core::Autoreset::disabled;
};

struct Readings {  // where observations go; null: that sensor is not asked for
    std::uint8_t* camera = nullptr;    // [rows, H, W, 3]
    std::uint8_t* birdseye = nullptr;  // [rows, size, size, 3]
    float* lidar = nullptr;            // [rows, beams]
    float* state = nullptr;            // [rows, state_size]
};

// Names of the columns of DrivingBatch::infos, in order: cost, cost_*, reward_*, speed, route_completion, ...
const std::vector<std::string>& info_names();

class DrivingBatch {
public:
    DrivingBatch(const BatchConfig& config, std::span<const std::uint32_t> entropy);

    [[nodiscard]] std::size_t size() const { return envs_.size(); }
    [[nodiscard]] std::size_t rows() const { return envs_.size() * static_cast<std::size_t>(config_.env.num_agents); }
    [[nodiscard]] std::size_t action_size() const { return config_.actions == ActionMode::pedals ? 3 : 2; }
    [[nodiscard]] const BatchConfig& config() const { return config_; }

    void seed(std::size_t lane, std::span<const std::uint32_t> words) { envs_[lane].seed(words); }
    void reset(std::span<const std::uint8_t> mask, const Readings& obs);  // lanes that are not reset keep their bytes
    // actions [rows * action_size]; those of agents that have ended are ignored, their observations are zero.
    // Throws std::invalid_argument, before anything moves, when an action is not finite; others are clipped to their range.
    void step(const double* actions, const Readings& obs, const Readings& final_obs);
    void observe(std::size_t lane, const Readings& obs);  // readings of that lane only, at its rows
    // A picture from above for people: roads, vehicles, trails, sensor overlays, dashboard (render.h).
    void render(std::size_t lane, int height, int width, std::uint8_t* rgb);

    [[nodiscard]] const DrivingEnv& env(std::size_t lane) const { return envs_[lane]; }
    [[nodiscard]] std::vector<std::uint8_t> save(std::size_t lane) const { return envs_[lane].save(); }
    void load(std::size_t lane, std::span<const std::uint8_t> snapshot);

    // Results of the last step.
    std::vector<double> rewards;            // [rows]
    std::vector<std::uint8_t> terminated;   // [rows]
    std::vector<std::uint8_t> truncated;    // [rows]
    std::vector<std::uint8_t> active;       // [rows] agents that go on
    std::vector<std::uint8_t> was_reset;    // [lanes] by autoreset, in that step
    std::vector<float> infos;               // [rows, info_names()]
    std::vector<float> final_infos;         // the same where same_step reset the lane

private:
    BatchConfig config_;
    std::vector<DrivingEnv> envs_;
    std::unique_ptr<core::ThreadPool> pool_;
};

}  // namespace wm::driving
