// get_state / set_state of one environment. Nothing that can be computed from the rest is stored.
#include <algorithm>
#include <cmath>

#include "wm/racing/env.h"
#include "wm/core/snapshot.h"
#include "wm/racing/track_generator.h"

namespace wm::racing {
namespace {

constexpr core::SnapshotKind kKind{0x52434d57u, 1, "CarRacing"};  // "WMCR"
constexpr std::uint32_t kMinTiles = 8;
constexpr std::uint32_t kMaxTiles = 2500;

void require(bool plausible, const char* what) {
    if (!plausible) throw core::SnapshotError(std::string("snapshot holds ") + what + " that no episode can have");
}

template <class Flags>
bool are_flags(const Flags& flags) {
    return std::ranges::all_of(flags, [](std::uint8_t flag) { return flag <= 1; });
}

bool within(double value, double bound) { return std::abs(value) <= bound; }

// A closed line within the field whose points lie about a step (3.5 units) apart.
bool is_track(const std::vector<TrackPoint>& points) {
    constexpr double kField = 1000.0;  // track units
    constexpr double kGap = 20.0;
    constexpr double kAngle = 1000.0;  // rad
    const TrackPoint* before = &points.back();
    for (const TrackPoint& p : points) {
        if (!within(p.x, kField) || !within(p.y, kField) || !within(p.alpha, kAngle) || !within(p.beta, kAngle)) return false;
        if (!within(p.x - before->x, kGap) || !within(p.y - before->y, kGap)) return false;
        before = &p;
    }
    return true;
}

// Far beyond what any drive reaches, and small enough that a step and a picture overflow nowhere.
bool is_body(const Body& body) {
    constexpr double kFar = 1e6;    // track units
    constexpr double kTurns = 1e9;  // rad
    constexpr double kFast = 1e4;   // units/s, rad/s
    constexpr double kForce = 1e7;
    const Pose& pose = body.pose;
    return within(pose.p.x, kFar) && within(pose.p.y, kFar) && within(body.center.x, kFar) && within(body.center.y, kFar) &&
           within(pose.q.s, 2.0) && within(pose.q.c, 2.0) && within(body.angle, kTurns) && within(body.velocity.x, kFast) &&
           within(body.velocity.y, kFast) && within(body.spin, kFast) && within(body.force.x, kForce) && within(body.force.y, kForce);
}

bool is_joint(const Joint& joint) {
    constexpr double kImpulse = 1e6;
    return within(joint.impulse.x, kImpulse) && within(joint.impulse.y, kImpulse) && within(joint.limit_impulse, kImpulse) &&
           within(joint.motor_impulse, kImpulse) && within(joint.motor_speed, 4.0) && joint.limit <= Limit::upper;
}

bool is_wheel(const Wheel& wheel) {
    return within(wheel.gas, 2.0) && within(wheel.omega, 1e6) && within(wheel.phase, 1e15) && wheel.on_road <= 1 && wheel.skidding <= 1;
}

bool is_car(const Car& car) {
    return is_body(car.hull) && std::ranges::all_of(car.bodies, is_body) && std::ranges::all_of(car.joints, is_joint) &&
           std::ranges::all_of(car.wheels, is_wheel);
}

bool is_color(const std::array<double, 3>& color) {
    return std::ranges::all_of(color, [](double channel) { return channel >= 0.0 && channel < 250.0; });
}

}  // namespace

template <class Archive>
void RacingEnv::fields(Archive& archive) {
    rng_.fields(archive);
    for (auto* color : {&colors_.road, &colors_.background, &colors_.grass}) {
        archive((*color)[0], (*color)[1], (*color)[2]);
    }
    auto tiles = static_cast<std::uint32_t>(track_.points.size());
    archive(tiles);
    require(tiles >= kMinTiles && tiles <= kMaxTiles, "a number of tiles");
    track_.points.resize(tiles);
    visited_.resize(tiles);
    unshaded_.resize(tiles);
    for (TrackPoint& point : track_.points) archive(point.alpha, point.beta, point.x, point.y);
    for (auto& flag : visited_) archive(flag);
    for (auto& flag : unshaded_) archive(flag);
    car_.fields(archive);
    skid_marks_.fields(archive);
    archive(visited_count_, reward_, previous_reward_, shown_reward_, time_, inverse_step_, new_lap_, ended_, steps_);
}

void RacingEnv::require_plausible() {
    core::FiniteCheck check;
    fields(check);
    require(check.all_finite(), "a number (infinite or NaN)");
    require(rng_.plausible(), "a random stream");
    require(are_flags(visited_) && are_flags(unshaded_), "tiles");
    require(visited_count_ == std::ranges::count(visited_, 1), "a count of visited tiles");
    require(is_track(track_.points), "a track");
    require(is_car(car_), "a car");
    require(is_color(colors_.road) && is_color(colors_.background) && is_color(colors_.grass), "a colour");
    require(skid_marks_.plausible(), "skid marks");
    require(steps_ >= 0 && time_ >= 0.0 && inverse_step_ >= 0.0f && inverse_step_ <= 1000.0f, "a time");
}

std::vector<std::uint8_t> RacingEnv::save() const {
    core::SnapshotWriter writer(kKind);
    const_cast<RacingEnv*>(this)->fields(writer);  // the writer only reads; one field list serves both directions
    return writer.finish();
}

void RacingEnv::load(std::span<const std::uint8_t> snapshot) {
    core::SnapshotReader reader(kKind, snapshot);
    RacingEnv loaded(*this);
    loaded.fields(reader);
    reader.expect_end();
    loaded.require_plausible();
    build_tiles(loaded.track_);
    loaded.rebuild_track_caches();
    *this = std::move(loaded);
}

}  // namespace wm::racing
