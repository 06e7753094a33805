// Sensor contacts between the car and the tiles, judged from the poses at the end of the frame before, as Box2D does.
// Its broad phase need not be copied: fat boxes always contain the shapes, so every tile in reach gives the same events.
#include <algorithm>
#include <cmath>

#include "wm/racing/env.h"

namespace wm::racing {

std::span<const std::uint16_t> RacingEnv::tiles_in_reach() const {
    const Vec2 hull = car_.hull.pose.p;
    const float slack = TileIndex::kReach - 1.0f;  // a wheel's half diagonal is 0.61
    for (const Body& wheel : car_.bodies) {
        const Vec2 away = wheel.pose.p - hull;
        if (!(std::abs(away.x) < slack && std::abs(away.y) < slack)) return index_.all();  // torn apart: look everywhere
    }
    return index_.near(hull);
}

void RacingEnv::visit(std::size_t tile) {
    visited_[tile] = 1;
    reward_ += 1000.0 / track_.size();
    ++visited_count_;
    const double share = static_cast<double>(visited_count_) / track_.size();
    if (tile == 0 && share > config_.lap_complete_percent) new_lap_ = true;
}

void RacingEnv::test_wheels(std::size_t tile, std::array<Bounds, 4>& wheels) {
    for (std::size_t i = 0; i < 4; ++i) {
        const bool known = car_.wheels[i].on_road != 0 && visited_[tile] != 0;
        if (known || !overlap(wheels[i], index_.bounds(tile))) continue;
        if (!touching(index_.shape(tile), car_model().wheel_shape, car_.bodies[i].pose)) continue;
        car_.wheels[i].on_road = 1;
        unshaded_[tile] = 1;
        if (visited_[tile] == 0) visit(tile);
    }
}

bool RacingEnv::hull_touches(std::size_t tile) const {
    return std::ranges::any_of(car_model().hull_shapes, [&](const Polygon& part) {
        const Pose& pose = car_.hull.pose;
        return overlap(bounds_of(part, pose), index_.bounds(tile)) && touching(index_.shape(tile), part, pose);
    });
}

void RacingEnv::update_contacts() {
    std::array<Bounds, 4> wheels;
    for (std::size_t i = 0; i < 4; ++i) {
        wheels[i] = bounds_of(car_model().wheel_shape, car_.bodies[i].pose);
        car_.wheels[i].on_road = 0;
    }
    for (const std::uint16_t tile : tiles_in_reach()) {
        test_wheels(tile, wheels);
        if (unshaded_[tile] == 0 && hull_touches(tile)) unshaded_[tile] = 1;
    }
}

}  // namespace wm::racing
