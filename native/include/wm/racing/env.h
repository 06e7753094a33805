// One CarRacing environment without its picture: random stream, track, car, contacts, reward, termination.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "wm/racing/car.h"
#include "wm/core/rng.h"
#include "wm/racing/scene.h"
#include "wm/racing/skid_marks.h"
#include "wm/racing/tile_index.h"
#include "wm/racing/track.h"

namespace wm::racing {

struct EnvConfig {
    double lap_complete_percent = 0.95;
    bool domain_randomize = false;
    int frame_skip = 1;
};

struct Controls {
    double steer = 0.0;  // as the wheels take it: positive is left
    double gas = 0.0;
    double brake = 0.0;
};

enum class Lap : std::int8_t { running = -1, left_field = 0, finished = 1 };

struct StepResult {
    double reward = 0.0;
    bool terminated = false;
    Lap lap = Lap::running;

    [[nodiscard]] StepResult after(const StepResult& before) const { return {before.reward + reward, terminated, lap}; }
};

class RacingEnv {
public:
    explicit RacingEnv(const EnvConfig& config, std::span<const std::uint32_t> entropy);

    void seed(std::span<const std::uint32_t> words) { rng_ = core::Pcg64(words); }
    // New track and car; `randomize` matters with domain_randomize only. Runs one physics frame without action.
    void reset(bool randomize = true);
    // One decision of each of at most `kCarsTogether` environments of one configuration: frame_skip frames, fewer when
    // the episode ends within them. Faster than one after another, and the same to the bit.
    static void step(std::span<RacingEnv* const> envs, std::span<const Controls> controls, std::span<StepResult> results);
    [[nodiscard]] Scene scene() const;

    [[nodiscard]] bool ready() const { return track_.size() > 0; }
    [[nodiscard]] const Track& track() const { return track_; }
    [[nodiscard]] const Car& car() const { return car_; }
    [[nodiscard]] int tiles_visited() const { return visited_count_; }
    [[nodiscard]] double time() const { return time_; }
    [[nodiscard]] double reward_sum() const { return reward_; }
    [[nodiscard]] double speed() const;  // of the hull, units/s
    [[nodiscard]] int steps() const { return steps_; }
    // Ended and not reset since: kept here, because a snapshot of a batch must know which lanes wait for their reset.
    [[nodiscard]] bool ended() const { return ended_; }
    void set_ended(bool ended) { ended_ = ended; }

    [[nodiscard]] std::vector<std::uint8_t> save() const;
    void load(std::span<const std::uint8_t> snapshot);  // throws core::SnapshotError; the environment is then unchanged

private:
    template <class Archive>
    void fields(Archive& archive);
    void require_plausible();
    void draw_colors();
    void rebuild_track_caches();
    static void advance(std::span<RacingEnv* const> envs);  // one physics frame
    StepResult judge_frame();
    void update_contacts();
    void test_wheels(std::size_t tile, std::array<Bounds, 4>& wheels);
    void visit(std::size_t tile);
    [[nodiscard]] bool hull_touches(std::size_t tile) const;
    [[nodiscard]] std::span<const std::uint16_t> tiles_in_reach() const;

    EnvConfig config_;
    core::Pcg64 rng_;
    Colors colors_;
    Track track_;
    TileIndex index_;
    Car car_;
    SkidMarks skid_marks_;
    std::vector<std::uint8_t> visited_;    // [tiles] by a wheel: counts for the reward
    std::vector<std::uint8_t> unshaded_;   // [tiles] touched by hull or wheel: has lost its shade
    int visited_count_ = 0;
    double reward_ = 0.0;
    double previous_reward_ = 0.0;
    double shown_reward_ = 0.0;  // what the picture's text shows: before the frame's -0.1
    double time_ = 0.0;
    float inverse_step_ = 0.0f;  // of the frame before; Box2D scales the warm start by it
    bool new_lap_ = false;
    bool ended_ = false;
    int steps_ = 0;  // decisions since reset
};

}  // namespace wm::racing
