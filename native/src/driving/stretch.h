// A stretch of time in which the limits of steering and speed do not change, so that both are known exactly.
#pragma once

#include <cmath>

#include "wm/driving/dynamics.h"

namespace wm::driving {

constexpr double kGravity = 9.81;      // m/s^2, as the package has it
constexpr int kMostStretches = 16;     // in one advance; five can follow each other: power limit, steering, switch, top speed, rest

struct Stretch {
    double duration;              // s
    double steer, steer_rate;     // at its start, rad; rad/s
    double speed, acceleration;   // at its start, m/s; m/s^2
    double power;                 // acceleration times speed, m^2/s^3, where the engine's power is the limit; else 0
    double end_steer, end_speed;  // a limit that is met is met exactly

    [[nodiscard]] double steer_at(double time) const { return steer + steer_rate * time; }
    [[nodiscard]] double speed_at(double time) const {
        return power > 0.0 ? std::sqrt(speed * speed + 2.0 * power * time) : speed + acceleration * time;
    }
    [[nodiscard]] double acceleration_at(double at_speed) const { return power > 0.0 ? power / at_speed : acceleration; }
};

// The longest stretch, of at most `time`, from this steering angle and speed. It ends where `switching_speed` (of the
// models, not the engine's) is met; infinity when there is none.
Stretch next_stretch(const VehicleParameters& p, double steer, double speed, const Inputs& u, double time, double switching_speed);

}  // namespace wm::driving
