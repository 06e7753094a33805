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
#include "wm/driving/render.h"
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

struct InfoTargets {  // where else the infos of a step go, written by the threads that made them; null: nowhere
    double* columns = nullptr;  // [info_names(), stride], of which the first rows of each are written: what Python hands out
    std::size_t stride = 0;
    float* last = nullptr;  // [rows, info_names()]: final_infos where same_step reset the lane, else infos
};

// Names of the columns of DrivingBatch::infos, in order: cost, cost_*, reward_*, speed, route_completion, ...
const std::vector<std::string>& info_names();
void write_info(const World& world, const AgentRecord& record, int agent, float* out);

class DrivingBatch {
public:
    // Throws std::invalid_argument when the scenario has no room for so many agents.
    DrivingBatch(const BatchConfig& config, std::span<const std::uint32_t> entropy);

    [[nodiscard]] std::size_t size() const { return envs_.size(); }
    [[nodiscard]] std::size_t rows() const { return envs_.size() * agents(); }
    [[nodiscard]] std::size_t agents() const { return static_cast<std::size_t>(config_.env.num_agents); }
    [[nodiscard]] std::size_t action_size() const { return config_.actions == ActionMode::pedals ? 3 : 2; }
    [[nodiscard]] const BatchConfig& config() const { return config_; }
    [[nodiscard]] bool ready() const { return ready_; }  // every lane has been reset or loaded

    void seed(std::size_t lane, std::span<const std::uint32_t> words) { envs_[lane].seed(words); }
    void reset(std::span<const std::uint8_t> mask, const Readings& obs);  // lanes that are not reset keep their bytes
    // actions [rows * action_size]; those of agents that have ended are ignored, their observations are zero.
    // Throws std::invalid_argument, before anything moves, when an action is not finite; others are clipped to their range.
    void step(const double* actions, const Readings& obs, const Readings& final_obs, const InfoTargets& infos_to = {});
    void observe(std::size_t lane, const Readings& obs);  // readings of that lane only; obs points to its own rows
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
    struct Easel {  // what one thread senses with
        Lidar lidar;
        std::unique_ptr<Camera> camera, birdseye;
    };
    struct Memory {  // of a lane that has been rendered
        RenderState state;
        bool kept = false;
    };
    void check(const double* actions) const;
    void note_ready();
    [[nodiscard]] bool waits_for_reset(std::size_t lane) const;
    [[nodiscard]] Pedals pedals(const double* action) const;
    void act(std::size_t lane, const double* actions);
    void step_lane(int worker, std::size_t lane, const double* actions, const Readings& obs, const Readings& final_obs);
    void restart_lane(int worker, std::size_t lane, const Readings& obs);
    void read_results(std::size_t lane);
    void read_infos(std::size_t lane, std::vector<float>& into);
    void pass_infos(std::size_t lane, const InfoTargets& to) const;
    void sense(Easel& easel, std::size_t lane, const Readings& obs);
    void sense_row(Easel& easel, std::size_t row, core::Pcg64& rng, const Readings& readings);
    void sense_agent(Easel& easel, const DrivingEnv& env, int agent, core::Pcg64& rng, const Readings& row);
    [[nodiscard]] Readings rows_of(const Readings& all, std::size_t first) const;
    void blank(const Readings& row) const;
    void remember(std::size_t lane);

    BatchConfig config_;
    std::vector<DrivingEnv> envs_;
    std::unique_ptr<core::ThreadPool> pool_;
    std::vector<Easel> easels_;        // [threads]
    std::vector<Pedals> pedals_;       // [rows]
    std::vector<std::uint8_t> seen_;   // [rows] agents that drive or have ended in this very step
    std::vector<Memory> memories_;     // [lanes]
    std::unique_ptr<TopView> top_view_;
    std::vector<float> overlay_;       // lidar of the picture for people
    bool ready_ = false;
};

}  // namespace wm::driving
