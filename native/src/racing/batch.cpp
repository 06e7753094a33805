#include "wm/racing/batch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "wm/core/finite.h"
#include "wm/core/flag.h"
#include "wm/core/standard_floats.h"

namespace wm::racing {
namespace {

constexpr std::size_t kRgb96 = std::size_t{kObsSize} * kObsSize * 3;

std::string lane_message(const char* what, std::size_t lane) {
    return std::string(what) + " in lane " + std::to_string(lane);
}

}  // namespace

void LaneNumbers::resize(std::size_t lanes) {
    tiles_visited.resize(lanes);
    tiles_total.resize(lanes);
    speed.resize(lanes);
    lap.assign(lanes, static_cast<std::int8_t>(Lap::running));
}

void LaneNumbers::read(std::size_t lane, const RacingEnv& env, Lap state) {
    tiles_visited[lane] = env.tiles_visited();
    tiles_total[lane] = env.track().size();
    speed[lane] = env.speed();
    const auto now = static_cast<std::int8_t>(state);
    if (lap[lane] != now) lap[lane] = now;  // as core::set_flag
}

RacingBatch::RacingBatch(const BatchConfig& config, std::span<const std::uint32_t> entropy)
    : config_(config), groups_(static_cast<std::size_t>(config.num_envs)) {
    const auto lanes = static_cast<std::size_t>(config.num_envs);
    std::vector<std::uint32_t> words(entropy.begin(), entropy.end());
    words.push_back(0);
    envs_.reserve(lanes);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        words.back() = static_cast<std::uint32_t>(lane);
        envs_.emplace_back(config.env, words);
    }
    pool_ = std::make_unique<core::ThreadPool>(config.num_threads);
    for (int i = 0; i < pool_->size(); ++i) {
        auto painter = config.scores ? make_exact_painter(config.scores) : make_fast_painter();
        easels_.push_back({std::move(painter), std::vector<std::uint8_t>(kRgb96)});
    }
    rewards.assign(lanes, 0.0);
    terminated.assign(lanes, 0);
    truncated.assign(lanes, 0);
    was_reset.assign(lanes, 0);
    numbers.resize(lanes);
    final_numbers.resize(lanes);
}

std::size_t RacingBatch::obs_bytes() const {
    const auto side = static_cast<std::size_t>(config_.obs_size);
    return side * side * (config_.grayscale ? 1 : 3);
}

std::size_t RacingBatch::action_size() const {
    constexpr std::array<std::size_t, 3> sizes{3, 2, 1};
    return sizes[static_cast<std::size_t>(config_.actions)];
}

void RacingBatch::note_ready() {
    ready_ = ready_ || std::ranges::all_of(envs_, [](const RacingEnv& env) { return env.ready(); });
}

bool RacingBatch::waits_for_reset(std::size_t lane) const {
    return config_.autoreset == core::Autoreset::next_step && envs_[lane].ended();
}

void RacingBatch::check(const double* actions) const {
    const std::size_t width = action_size();
    // Nearly always: then no lane need be looked at.
    if (config_.actions != ActionMode::discrete && core::all_finite({actions, size() * width})) return;
    for (std::size_t lane = 0; lane < size(); ++lane) {
        if (!waits_for_reset(lane)) check(lane, actions + lane * width);  // else its action is ignored
    }
}

void RacingBatch::check(std::size_t lane, const double* action) const {
    if (!core::all_finite({action, action_size()})) throw std::invalid_argument(lane_message("action is NaN or infinite", lane));
    if (config_.actions != ActionMode::discrete) return;
    const double choice = action[0];
    if (!(choice >= 0 && choice <= 4 && choice == std::floor(choice))) {
        throw std::invalid_argument(lane_message("discrete action is not one of 0, 1, 2, 3, 4", lane));
    }
}

Controls RacingBatch::controls(const double* action) const {
    switch (config_.actions) {
        case ActionMode::pedals: return {-action[0], action[1], action[2]};
        case ActionMode::accel: return {-action[0], std::max(action[1], 0.0), 0.8 * std::max(-action[1], 0.0)};
        case ActionMode::discrete: break;
    }
    const auto choice = static_cast<int>(action[0]);  // nothing, right, left, gas, brake
    return {choice == 1 ? -0.6 : (choice == 2 ? 0.6 : 0.0), choice == 3 ? 0.2 : 0.0, choice == 4 ? 0.8 : 0.0};
}

void RacingBatch::draw(Easel& easel, std::size_t lane, std::uint8_t* out) {
    std::uint8_t* const picture = config_.grayscale ? easel.rgb.data() : out;
    if (config_.obs_size == kSmallSize) {
        easel.painter->paint_small(envs_[lane].scene(), picture);
    } else {
        easel.painter->paint(envs_[lane].scene(), picture);
    }
    if (config_.grayscale) to_gray(picture, obs_bytes(), out);
}

void RacingBatch::restart_lane(int worker, std::size_t lane, std::uint8_t* obs) {
    envs_[lane].reset();
    was_reset[lane] = 1;
    numbers.read(lane, envs_[lane], Lap::running);
    draw(easels_[static_cast<std::size_t>(worker)], lane, obs);
}

void RacingBatch::reset(std::span<const std::uint8_t> mask, bool randomize, std::uint8_t* obs) {
    pool_->run(static_cast<int>(size()), [&](int worker, int item) {
        const auto lane = static_cast<std::size_t>(item);
        if (mask[lane] == 0) return;
        const core::StandardFloats floats;
        envs_[lane].reset(randomize);
        numbers.read(lane, envs_[lane], Lap::running);
        draw(easels_[static_cast<std::size_t>(worker)], lane, obs + lane * obs_bytes());
    });
    note_ready();
}

// Moves lanes `first` to `end`, but for those that wait for their reset; pays and judges all of them.
void RacingBatch::move(std::size_t first, std::size_t end, const double* actions) {
    const core::StandardFloats floats;
    std::array<RacingEnv*, kCarsTogether> moving;
    std::array<Controls, kCarsTogether> wanted;
    std::array<StepResult, kCarsTogether> results;
    std::size_t count = 0;
    for (std::size_t lane = first; lane < end; ++lane) {
        if (waits_for_reset(lane)) continue;
        moving[count] = &envs_[lane];
        wanted[count++] = controls(actions + lane * action_size());
    }
    if (count > 0) RacingEnv::step(std::span(moving).first(count), wanted, std::span(results).first(count));
    const StepResult* result = results.data();
    for (std::size_t lane = first; lane < end; ++lane) judge(lane, waits_for_reset(lane) ? StepResult{} : *result++);
}

void RacingBatch::judge(std::size_t lane, const StepResult& result) {
    RacingEnv& env = envs_[lane];
    core::set_flag(was_reset[lane], waits_for_reset(lane));
    rewards[lane] = result.reward;
    core::set_flag(terminated[lane], result.terminated);
    core::set_flag(truncated[lane], was_reset[lane] == 0 && config_.max_episode_steps > 0 && env.steps() >= config_.max_episode_steps);
    if (was_reset[lane] != 0) return;
    env.set_ended(terminated[lane] != 0 || truncated[lane] != 0);
    numbers.read(lane, env, result.lap);
}

// Resets the lanes whose turn it is, and paints. `obs` is the lane's own.
void RacingBatch::show(int worker, std::size_t lane, std::uint8_t* obs, std::uint8_t* final_obs) {
    const core::StandardFloats floats;
    if (was_reset[lane] != 0) return restart_lane(worker, lane, obs);
    Easel& easel = easels_[static_cast<std::size_t>(worker)];
    if (envs_[lane].ended() && config_.autoreset == core::Autoreset::same_step) {
        final_numbers.read(lane, envs_[lane], static_cast<Lap>(numbers.lap[lane]));
        if (final_obs != nullptr) draw(easel, lane, final_obs + lane * obs_bytes());
        return restart_lane(worker, lane, obs);
    }
    draw(easel, lane, obs);
}

// Whoever comes first to a lane of a group moves the whole group.
void RacingBatch::move_group(std::size_t group, std::size_t lanes, const double* actions) {
    std::atomic<Group>& state = groups_[group];
    Group seen = state.load(std::memory_order_acquire);
    if (seen == Group::waiting && state.compare_exchange_strong(seen, Group::moving, std::memory_order_acq_rel)) {
        move(group * lanes, std::min((group + 1) * lanes, size()), actions);
        state.store(Group::moved, std::memory_order_release);
        return state.notify_all();
    }
    while (seen != Group::moved) {
        state.wait(seen, std::memory_order_acquire);
        seen = state.load(std::memory_order_acquire);
    }
}

// The cars of a group are solved side by side, pictures painted one by one.
void RacingBatch::step(const double* actions, std::uint8_t* obs, std::uint8_t* final_obs) {
    check(actions);
    const std::size_t shares = static_cast<std::size_t>(pool_->size()) * (pool_->size() > 1 ? 2 : 1);
    const std::size_t together = std::clamp<std::size_t>(size() / shares, 1, kCarsTogether);
    for (std::atomic<Group>& group : groups_) group.store(Group::waiting, std::memory_order_relaxed);
    pool_->run(static_cast<int>(size()), [&](int worker, int item) {
        const auto lane = static_cast<std::size_t>(item);
        move_group(lane / together, together, actions);
        show(worker, lane, obs + lane * obs_bytes(), final_obs);
    });
}

void RacingBatch::observe(std::size_t lane, std::uint8_t* obs) { draw(easels_.front(), lane, obs); }

Scene RacingBatch::scene_after_payment(std::size_t lane) const {
    Scene scene = envs_[lane].scene();
    scene.reward = envs_[lane].reward_sum();
    return scene;
}

FramePainter& RacingBatch::frame_painter() {
    if (!frame_painter_) frame_painter_ = std::make_unique<FramePainter>();
    return *frame_painter_;
}

void RacingBatch::render_picture(std::size_t lane, std::uint8_t* rgb) {
    easels_.front().painter->paint(scene_after_payment(lane), rgb);
}

void RacingBatch::render_video(std::size_t lane, const GreyText& score, std::uint8_t* rgb) {
    frame_painter().paint_video(scene_after_payment(lane), score, rgb);
}

void RacingBatch::render_window(std::size_t lane, const GreyText& score, std::uint8_t* rgb) {
    frame_painter().paint_window(scene_after_payment(lane), score, rgb);
}

void RacingBatch::load(std::size_t lane, std::span<const std::uint8_t> snapshot) {
    envs_[lane].load(snapshot);
    numbers.read(lane, envs_[lane], Lap::running);
    note_ready();
}

}  // namespace wm::racing
