#include "wm/racing/env.h"

#include <algorithm>
#include <cmath>

#include "wm/racing/track_generator.h"

namespace wm::racing {
namespace {

constexpr double kPlayfield = 2000 / 6.0;
constexpr float kStep = static_cast<float>(kTimeStep);

}  // namespace

RacingEnv::RacingEnv(const EnvConfig& config, std::span<const std::uint32_t> entropy) : config_(config), rng_(entropy) {
    constexpr std::size_t kTiles = 400;  // of the longest tracks: later resets allocate nothing
    track_.reserve(kTiles);
    index_.reserve(kTiles);
    visited_.reserve(kTiles);
    unshaded_.reserve(kTiles);
    if (config_.domain_randomize) draw_colors();  // Gymnasium's constructor draws once, before any seed
}

void RacingEnv::draw_colors() {
    for (double& channel : colors_.road) channel = rng_.uniform(0, 210);
    for (double& channel : colors_.background) channel = rng_.uniform(0, 210);
    colors_.grass = colors_.background;
    colors_.grass[rng_.integers(3)] += 20;
}

void RacingEnv::rebuild_track_caches() { index_.build(track_); }

void RacingEnv::reset(bool randomize) {
    if (!config_.domain_randomize) {
        colors_ = {};  // a snapshot may have brought others
    } else if (randomize) {
        draw_colors();
    }
    generate_track(rng_, track_);
    rebuild_track_caches();
    const auto tiles = static_cast<std::size_t>(track_.size());
    visited_.assign(tiles, 0);
    unshaded_.assign(tiles, 0);
    visited_count_ = 0;
    reward_ = previous_reward_ = shown_reward_ = 0.0;
    time_ = 0.0;
    new_lap_ = ended_ = false;
    steps_ = 0;
    skid_marks_.clear();
    const TrackPoint& start = track_.points.front();
    car_ = make_car(start.beta, start.x, start.y);
    RacingEnv* const self = this;
    advance({&self, 1});
}

// Forces use the contacts of the frame before; contacts are judged before the world moves; the picture sees the sum then.
void RacingEnv::advance(std::span<RacingEnv* const> envs) {
    std::array<Car*, kCarsTogether> cars;
    std::array<float, kCarsTogether> ratios;
    for (std::size_t i = 0; i < envs.size(); ++i) {
        RacingEnv& env = *envs[i];
        drive(env.car_);
        env.skid_marks_.record(env.car_);
        env.update_contacts();
        cars[i] = &env.car_;
        ratios[i] = env.inverse_step_ * kStep;
    }
    step_worlds(std::span(cars).first(envs.size()), std::span(ratios).first(envs.size()));
    for (RacingEnv* const env : envs) {
        env->inverse_step_ = 1.0f / kStep;
        env->time_ += kTimeStep;
        env->shown_reward_ = env->reward_;
    }
}

StepResult RacingEnv::judge_frame() {
    reward_ -= 0.1;
    StepResult result;
    result.reward = reward_ - previous_reward_;
    previous_reward_ = reward_;
    if (visited_count_ == track_.size() || new_lap_) {
        result.terminated = true;
        result.lap = Lap::finished;
    }
    const double x = car_.hull.pose.p.x;
    const double y = car_.hull.pose.p.y;
    if (std::abs(x) > kPlayfield || std::abs(y) > kPlayfield) {
        result = {-100.0, true, Lap::left_field};
    }
    return result;
}

void RacingEnv::step(std::span<RacingEnv* const> envs, std::span<const Controls> controls, std::span<StepResult> results) {
    std::fill(results.begin(), results.end(), StepResult{});
    std::array<RacingEnv*, kCarsTogether> moving;
    for (int frame = 0; frame < envs.front()->config_.frame_skip; ++frame) {
        std::size_t count = 0;
        for (std::size_t i = 0; i < envs.size(); ++i) {
            if (results[i].terminated) continue;
            set_controls(envs[i]->car_, controls[i].steer, controls[i].gas, controls[i].brake);
            moving[count++] = envs[i];
        }
        if (count == 0) break;
        advance(std::span(moving).first(count));
        for (std::size_t i = 0; i < envs.size(); ++i) {
            if (!results[i].terminated) results[i] = envs[i]->judge_frame().after(results[i]);
        }
    }
    for (RacingEnv* const env : envs) ++env->steps_;
}

double RacingEnv::speed() const {
    const double vx = car_.hull.velocity.x;
    const double vy = car_.hull.velocity.y;
    return std::sqrt(vx * vx + vy * vy);
}

Scene RacingEnv::scene() const {
    const auto transform = [](const Body& body) {
        return Transform{body.pose.p.x, body.pose.p.y, body.pose.q.s, body.pose.q.c};
    };
    Scene scene;
    scene.track = &track_;
    scene.tile_visited = unshaded_;
    scene.colors = colors_;
    scene.hull = transform(car_.hull);
    scene.hull_angle = car_.hull.angle;
    scene.hull_velocity = {car_.hull.velocity.x, car_.hull.velocity.y};
    scene.hull_angular_velocity = car_.hull.spin;
    for (std::size_t i = 0; i < 4; ++i) {
        scene.wheels[i] = transform(car_.bodies[i]);
        scene.wheel_omega[i] = car_.wheels[i].omega;
        scene.wheel_phase[i] = car_.wheels[i].phase;
    }
    scene.steer_angle = car_.joint_angle(0);
    scene.time = time_;
    scene.reward = shown_reward_;
    scene.skid_marks = skid_marks_.marks();
    return scene;
}

}  // namespace wm::racing
