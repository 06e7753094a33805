// Many environments stepped together. Lane i seeded with s is, to the bit, the single environment seeded with s,
// whatever the number of lanes or threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "wm/racing/env.h"
#include "wm/racing/frame.h"
#include "wm/racing/painter.h"
#include "wm/racing/painter_exact.h"
#include "wm/core/autoreset.h"
#include "wm/core/thread_pool.h"

namespace wm::racing {

enum class ActionMode { pedals, accel, discrete };  // 3, 2 and 1 numbers a lane

struct BatchConfig {
    int num_envs = 1;
    int num_threads = 1;  // 0: one for each core
    EnvConfig env;
    ActionMode actions = ActionMode::pedals;
    int obs_size = 96;  // or 64
    bool grayscale = false;
    int max_episode_steps = 0;  // decisions; 0: no limit
    core::Autoreset autoreset = core::Autoreset::disabled;
    std::shared_ptr<const ScoreTable> scores;  // given: the exact painter, with this score text
};

struct LaneNumbers {  // what `info` shows, one entry a lane
    std::vector<std::int64_t> tiles_visited;
    std::vector<std::int64_t> tiles_total;
    std::vector<double> speed;      // units/s
    std::vector<std::int8_t> lap;   // Lap: -1 running, 0 left the field, 1 finished

    void resize(std::size_t lanes);
    void read(std::size_t lane, const RacingEnv& env, Lap state);
};

class RacingBatch {
public:
    // `entropy` seeds the lanes until they are seeded explicitly; lane i appends i to it.
    RacingBatch(const BatchConfig& config, std::span<const std::uint32_t> entropy);

    [[nodiscard]] std::size_t size() const { return envs_.size(); }
    [[nodiscard]] std::size_t obs_bytes() const;  // of one lane
    [[nodiscard]] std::size_t action_size() const;
    [[nodiscard]] const BatchConfig& config() const { return config_; }

    void seed(std::size_t lane, std::span<const std::uint32_t> words) { envs_[lane].seed(words); }
    // Resets the lanes whose mask is nonzero and paints them into obs [lanes * obs_bytes]; others keep their bytes.
    void reset(std::span<const std::uint8_t> mask, bool randomize, std::uint8_t* obs);
    // actions [lanes * action_size]. final_obs, for same_step only, gets the last picture of lanes that were reset.
    // Throws std::invalid_argument, before anything moves, when an action is not finite or not one of the discrete ones.
    void step(const double* actions, std::uint8_t* obs, std::uint8_t* final_obs);
    void observe(std::size_t lane, std::uint8_t* obs);
    // What Gymnasium's render() shows, which has already paid the step's -0.1: the 96x96x3 picture whatever obs_size
    // says, the video frame and the window (sizes in FramePainter).
    void render_picture(std::size_t lane, std::uint8_t* rgb);
    void render_video(std::size_t lane, const GreyText& score, std::uint8_t* rgb);
    void render_window(std::size_t lane, const GreyText& score, std::uint8_t* rgb);

    [[nodiscard]] const RacingEnv& env(std::size_t lane) const { return envs_[lane]; }
    [[nodiscard]] bool ready() const { return ready_; }  // every lane has been reset or loaded
    [[nodiscard]] std::vector<std::uint8_t> save(std::size_t lane) const { return envs_[lane].save(); }
    void load(std::size_t lane, std::span<const std::uint8_t> snapshot);

    // Results of the last step, one entry a lane.
    std::vector<double> rewards;
    std::vector<std::uint8_t> terminated;
    std::vector<std::uint8_t> truncated;
    std::vector<std::uint8_t> was_reset;  // by autoreset, in that step
    LaneNumbers numbers;
    LaneNumbers final_numbers;  // meaningful where same_step reset the lane

private:
    struct Easel {  // a thread's painter, and its picture before it is made grey
        std::unique_ptr<Painter> painter;
        std::vector<std::uint8_t> rgb;
    };

    void check(const double* actions) const;
    void check(std::size_t lane, const double* action) const;
    void note_ready();
    [[nodiscard]] Controls controls(const double* action) const;
    enum class Group : std::uint8_t { waiting, moving, moved };

    void move_group(std::size_t group, std::size_t lanes, const double* actions);
    void move(std::size_t first, std::size_t end, const double* actions);
    void judge(std::size_t lane, const StepResult& result);
    void show(int worker, std::size_t lane, std::uint8_t* obs, std::uint8_t* final_obs);
    void restart_lane(int worker, std::size_t lane, std::uint8_t* obs);
    void draw(Easel& easel, std::size_t lane, std::uint8_t* out);
    [[nodiscard]] bool waits_for_reset(std::size_t lane) const;
    [[nodiscard]] Scene scene_after_payment(std::size_t lane) const;
    FramePainter& frame_painter();

    BatchConfig config_;
    std::vector<RacingEnv> envs_;
    std::vector<std::atomic<Group>> groups_;  // of lanes, in the step that is being made; at most one a lane
    std::vector<Easel> easels_;
    std::unique_ptr<core::ThreadPool> pool_;
    std::unique_ptr<FramePainter> frame_painter_;  // 3 MB, made when somebody renders
    bool ready_ = false;
};

}  // namespace wm::racing
