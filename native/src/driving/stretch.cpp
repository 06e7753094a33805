#include "stretch.h"

#include <algorithm>

namespace wm::driving {
namespace {

void end_at_speed(Stretch& stretch, double target) {
    const double change = target - stretch.speed;
    stretch.duration = stretch.power > 0.0 ? change * (target + stretch.speed) / (2.0 * stretch.power) : change / stretch.acceleration;
    stretch.end_speed = target;
}

void accelerate(Stretch& stretch, const VehicleParameters& p, const Inputs& u, double switching_speed) {
    const double power = p.acceleration_max * p.switching_speed;
    const double limited_from = std::max(p.switching_speed, power / u.acceleration);
    double target = p.speed_max;
    if (stretch.speed >= limited_from) {
        stretch.power = power;
    } else {
        target = std::min(target, limited_from);
    }
    if (stretch.speed < switching_speed) target = std::min(target, switching_speed);
    stretch.end_speed = stretch.speed_at(stretch.duration);
    if (stretch.end_speed > target) end_at_speed(stretch, target);
}

void decelerate(Stretch& stretch, const VehicleParameters& p, double switching_speed) {
    const double target = stretch.speed > switching_speed ? std::max(switching_speed, p.speed_min) : p.speed_min;
    stretch.end_speed = stretch.speed_at(stretch.duration);
    if (stretch.end_speed < target) end_at_speed(stretch, target);
}

void turn(Stretch& stretch, const VehicleParameters& p) {
    const double limit = stretch.steer_rate > 0.0 ? p.steer_max : p.steer_min;
    stretch.end_steer = stretch.steer_at(stretch.duration);
    const bool over = stretch.steer_rate > 0.0 ? stretch.end_steer > limit : stretch.end_steer < limit;
    if (!over) return;
    stretch.duration = (limit - stretch.steer) / stretch.steer_rate;
    stretch.end_steer = limit;
    stretch.end_speed = stretch.speed_at(stretch.duration);
}

}  // namespace

Stretch next_stretch(const VehicleParameters& p, double steer, double speed, const Inputs& u, double time, double switching_speed) {
    const Inputs now = limited(p, steer, speed, u);
    Stretch stretch{time, steer, now.steer_rate, speed, now.acceleration, 0.0, steer, speed};
    if (now.acceleration > 0.0) accelerate(stretch, p, u, switching_speed);
    if (now.acceleration < 0.0) decelerate(stretch, p, switching_speed);
    if (now.steer_rate != 0.0) turn(stretch, p);
    return stretch;
}

}  // namespace wm::driving
