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
    advance();
}

// Forces use the contacts of the frame before; contacts are judged before the world moves; the picture sees the sum then.
void RacingEnv::advance() {
    drive(car_);
    skid_marks_.record(car_);
    update_contacts();
    step_world(car_, inverse_step_ * kStep);
    inverse_step_ = 1.0f / kStep;
    time_ += kTimeStep;
    shown_reward_ = reward_;
}

StepResult RacingEnv::step_frame(const Controls& controls) {
    set_controls(car_, controls.steer, controls.gas, controls.brake);
    advance();
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

StepResult RacingEnv::step(const Controls& controls) {
    StepResult result = step_frame(controls);
    for (int frame = 1; frame < config_.frame_skip && !result.terminated; ++frame) {
        const double before = result.reward;
        result = step_frame(controls);
        result.reward = before + result.reward;
    }
    ++steps_;
    return result;
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
