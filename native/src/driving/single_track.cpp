#include "single_track_step.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stretch.h"
#include "wm/driving/dynamics.h"

namespace wm::driving {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kUndersteer = 0.9;      // of the lateral force that the rear axle can balance; the front gives no more
constexpr double kGripWhenBraking = 0.5; // of the lateral grip at least remains (anti-lock brakes, traction control)

constexpr double kTurnOfCourse = 0.2;    // rad, most in a sub-step: linear tyres spin at any rate when braked hard for long
constexpr double kMostSteps = 1e5;

struct Axles {  // lateral force of each over the car's mass, where it is linear: load times C times slip angle
    double front, rear;              // friction times load, m/s^2
    double front_limit, rear_limit;  // of C times slip angle
};

Axles axles(const VehicleParameters& p, double friction, double acceleration, bool grip_limit) {
    const double front = kGravity * p.rear - acceleration * p.height;
    const double rear = kGravity * p.front + acceleration * p.height;
    const double share = friction / p.wheelbase();
    if (!grip_limit) return {share * front, share * rear, kInfinity, kInfinity};
    const double used = acceleration / (friction * kGravity);
    const double left = std::sqrt(std::max(1.0 - used * used, kGripWhenBraking * kGripWhenBraking));
    const double balance = kUndersteer * (rear * p.rear) / (front * p.front);
    return {share * front, share * rear, left * std::min(1.0, balance), left};
}

struct Moment {  // what the lateral motion depends on at one instant
    double speed, inverse_speed, steer, front, rear;
};

struct Lateral {
    double heading, rate, slip;
};

Lateral operator+(const Lateral& a, const Lateral& b) { return {a.heading + b.heading, a.rate + b.rate, a.slip + b.slip}; }
Lateral operator*(double s, const Lateral& a) { return {s * a.heading, s * a.rate, s * a.slip}; }

// The tyre model over one stretch.
class Slipping {
public:
    Slipping(const VehicleParameters& p, const Stretch& stretch, double friction, bool grip_limit)
        : p_(p), stretch_(stretch), friction_(friction), axles_(axles(p, friction, stretch.acceleration, grip_limit)),
          yaw_gain_(p.mass / p.inertia) {}

    [[nodiscard]] Moment at(double time) const {
        const double speed = stretch_.speed_at(time);
        if (stretch_.power <= 0.0) return {speed, 1.0 / speed, stretch_.steer_at(time), axles_.front, axles_.rear};
        const Axles now = axles(p_, friction_, stretch_.acceleration_at(speed), false);
        return {speed, 1.0 / speed, stretch_.steer_at(time), now.front, now.rear};
    }

    [[nodiscard]] Lateral rates(const Lateral& z, const Moment& now) const {
        const double turning = z.rate * now.inverse_speed;
        const double front_slip = p_.cornering * (now.steer - z.slip - p_.front * turning);
        const double rear_slip = p_.cornering * (p_.rear * turning - z.slip);
        const double front = now.front * std::clamp(front_slip, -axles_.front_limit, axles_.front_limit);
        const double rear = now.rear * std::clamp(rear_slip, -axles_.rear_limit, axles_.rear_limit);
        return {z.rate, yaw_gain_ * (p_.front * front - p_.rear * rear), (front + rear) * now.inverse_speed - z.rate};
    }

    // The fastest pole of yaw rate and slip angle, 1/s (its modulus, or an upper bound of it when the pair is complex).
    [[nodiscard]] double fastest_pole() const {
        const double speed = std::min(stretch_.speed, stretch_.end_speed);
        const double c = p_.cornering;
        const double moment = c * (p_.rear * axles_.rear - p_.front * axles_.front);
        const double slip = c * (axles_.front + axles_.rear) / speed;
        const double yaw = yaw_gain_ * c * (p_.front * p_.front * axles_.front + p_.rear * p_.rear * axles_.rear) / speed;
        const double coupling = std::abs(yaw_gain_ * moment * (moment / (speed * speed) - 1.0));
        return 0.5 * (slip + yaw) + std::sqrt(0.25 * (slip - yaw) * (slip - yaw) + coupling);
    }

private:
    const VehicleParameters& p_;
    const Stretch& stretch_;
    double friction_;
    Axles axles_;
    double yaw_gain_;
};

Lateral runge_kutta(const Slipping& tyres, const Lateral& z, const Lateral& first, const Moment& half, const Moment& end, double h) {
    const Lateral second = tyres.rates(z + 0.5 * h * first, half);
    const Lateral third = tyres.rates(z + 0.5 * h * second, half);
    const Lateral fourth = tyres.rates(z + h * third, end);
    return z + h / 6.0 * (first + 2.0 * second + 2.0 * third + fourth);
}

// Yaw rate and slip angle do not depend on heading and position: RK4 for them and the heading, then the position by
// Simpson's rule with the course at half time from the cubic through both ends. Also fourth order, with half the sines.
void slide(const VehicleParameters& p, SingleTrackState& x, const Stretch& stretch, double friction, const Stepping& how) {
    const Slipping tyres(p, stretch, friction, how.grip_limit);
    Lateral z{x[4], x[5], x[6]};
    const Moment begin = tyres.at(0.0);
    Lateral first = tyres.rates(z, begin);
    const double needed = std::max(tyres.fastest_pole() / how.fineness, std::abs(first.heading + first.slip) / kTurnOfCourse);
    const int steps = static_cast<int>(std::ceil(std::min(kMostSteps, stretch.duration * needed)));
    const double h = stretch.duration / steps;
    double forward_x = begin.speed * std::cos(z.heading + z.slip);
    double forward_y = begin.speed * std::sin(z.heading + z.slip);
    for (int i = 0; i < steps; ++i) {
        const Moment half = tyres.at((i + 0.5) * h);
        const Moment end = tyres.at((i + 1) * h);
        const Lateral next = runge_kutta(tyres, z, first, half, end, h);
        const Lateral last = tyres.rates(next, end);
        const double middle = 0.5 * (z.heading + z.slip + next.heading + next.slip) +
                              0.125 * h * (first.heading + first.slip - last.heading - last.slip);
        const double next_x = end.speed * std::cos(next.heading + next.slip);
        const double next_y = end.speed * std::sin(next.heading + next.slip);
        x[0] += h / 6.0 * (forward_x + 4.0 * half.speed * std::cos(middle) + next_x);
        x[1] += h / 6.0 * (forward_y + 4.0 * half.speed * std::sin(middle) + next_y);
        z = next;
        first = last;
        forward_x = next_x;
        forward_y = next_y;
    }
    x[4] = z.heading;
    x[5] = z.rate;
    x[6] = z.slip;
}

struct Rolling {  // without tyre slip, the centre of gravity as reference
    double rate, slip;
};

Rolling rolling(const VehicleParameters& p, double steer, double speed) {
    const double curvature = std::tan(steer) / p.wheelbase();  // of the rear axle's path
    const double tangent = curvature * p.rear;
    return {speed * curvature / std::sqrt(1.0 + tangent * tangent), std::atan(tangent)};
}

// The kinematic model; what yaw rate and slip angle differ from it dies out as fast as it does in the tyres at the switch.
void roll(const VehicleParameters& p, SingleTrackState& x, const Stretch& stretch, double friction, const Stepping& how) {
    const double time = stretch.duration;
    const double half_speed = stretch.speed_at(0.5 * time);
    const Rolling first = rolling(p, stretch.steer, stretch.speed);
    const Rolling half = rolling(p, stretch.steer_at(0.5 * time), half_speed);
    const Rolling last = rolling(p, stretch.end_steer, stretch.end_speed);
    const bool always = how.switching_speed == kInfinity;
    const double pole = friction * p.cornering * kGravity / std::min(how.switching_speed, 1.0);
    const double rate = always ? 0.0 : x[5] - first.rate;
    const double slip = always ? 0.0 : x[6] - first.slip;
    const double left_half = std::exp(-0.5 * time * pole);
    const double left = left_half * left_half;
    const double heading = x[4] + time / 6.0 * (first.rate + 4.0 * half.rate + last.rate) + rate * (1.0 - left) / pole;
    const double heading_half =
        x[4] + time / 24.0 * (5.0 * first.rate + 8.0 * half.rate - last.rate) + rate * (1.0 - left_half) / pole;
    const double course = x[4] + first.slip + slip;
    const double course_half = heading_half + half.slip + slip * left_half;
    const double course_last = heading + last.slip + slip * left;
    x[0] += time / 6.0 * (stretch.speed * std::cos(course) + 4.0 * half_speed * std::cos(course_half) + stretch.end_speed * std::cos(course_last));
    x[1] += time / 6.0 * (stretch.speed * std::sin(course) + 4.0 * half_speed * std::sin(course_half) + stretch.end_speed * std::sin(course_last));
    x[4] = heading;
    x[5] = last.rate + rate * left;
    x[6] = last.slip + slip * left;
}

}  // namespace

void step_single_track(const VehicleParameters& p, SingleTrackState& x, const Inputs& u, double dt, double road_friction, const Stepping& how) {
    const double friction = p.friction * road_friction;
    for (int i = 0; i < kMostStretches && dt > 0.0; ++i) {
        const Stretch stretch = next_stretch(p, x[2], x[3], u, dt, how.switching_speed);
        const bool slips = x[3] > how.switching_speed || (x[3] == how.switching_speed && stretch.acceleration >= 0.0);
        if (slips) {
            slide(p, x, stretch, friction, how);
        } else {
            roll(p, x, stretch, friction, how);
        }
        x[2] = stretch.end_steer;
        x[3] = stretch.end_speed;
        dt -= stretch.duration;
    }
}

void advance_single_track(const VehicleParameters& p, SingleTrackState& x, const Inputs& u, double dt, double road_friction) {
    step_single_track(p, x, u, dt, road_friction, {0.1, 0.5, false});
}

}  // namespace wm::driving
