#include <cmath>
#include <limits>

#include "stretch.h"
#include "wm/driving/dynamics.h"

namespace wm::driving {
namespace {

// Heading and position over one stretch by Simpson's rule, the heading at half time by the parabola through the yaw rates.
void move(const VehicleParameters& p, KinematicState& x, const Stretch& stretch) {
    const double time = stretch.duration;
    const auto yaw_rate = [&](double speed, double steer) { return speed / p.wheelbase() * std::tan(steer); };
    const double half_speed = stretch.speed_at(0.5 * time);
    const double first = yaw_rate(stretch.speed, stretch.steer);
    const double half = yaw_rate(half_speed, stretch.steer_at(0.5 * time));
    const double last = yaw_rate(stretch.end_speed, stretch.end_steer);
    const double heading_half = x[4] + time * (5.0 * first + 8.0 * half - last) / 24.0;
    const double heading = x[4] + time * (first + 4.0 * half + last) / 6.0;
    x[0] += time / 6.0 * (stretch.speed * std::cos(x[4]) + 4.0 * half_speed * std::cos(heading_half) + stretch.end_speed * std::cos(heading));
    x[1] += time / 6.0 * (stretch.speed * std::sin(x[4]) + 4.0 * half_speed * std::sin(heading_half) + stretch.end_speed * std::sin(heading));
    x[2] = stretch.end_steer;
    x[3] = stretch.end_speed;
    x[4] = heading;
}

}  // namespace

KinematicState kinematic_derivatives(const VehicleParameters& p, const KinematicState& x, const Inputs& u) {
    const Inputs now = limited(p, x[2], x[3], u);
    return {x[3] * std::cos(x[4]), x[3] * std::sin(x[4]), now.steer_rate, now.acceleration, x[3] / p.wheelbase() * std::tan(x[2])};
}

void advance_kinematic(const VehicleParameters& p, KinematicState& x, const Inputs& u, double dt) {
    for (int i = 0; i < kMostStretches && dt > 0.0; ++i) {
        const Stretch stretch = next_stretch(p, x[2], x[3], u, dt, std::numeric_limits<double>::infinity());
        move(p, x, stretch);
        dt -= stretch.duration;
    }
}

}  // namespace wm::driving
