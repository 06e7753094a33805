// Steering wheel and pedals. Constants and formulas: docs/driving_dynamics.md.
#include <algorithm>
#include <cmath>
#include <limits>

#include "single_track_step.h"
#include "stretch.h"
#include "wm/driving/dynamics.h"

namespace wm::driving {
namespace {

constexpr double kAirDensity = 1.2;            // kg/m^3
constexpr double kDragCoefficient = 0.36;
constexpr double kFrontalArea = 0.85 * 1.4;    // m^2 for each metre of width
constexpr double kRollingResistance = 0.012;   // of the weight
constexpr double kReverseSpeed = 4.0;          // m/s
constexpr double kStandstill = 1e-9;           // m/s
constexpr double kSlowestSlipping = 1.0;       // m/s: the world's cars roll without slip below it
constexpr double kFineness = 2.0;
constexpr double kSteeringMargin = 1.5;

struct Gear {  // in the direction of the gear, 1 forwards, -1 backwards
    double direction, speed, drive, brake;
};

Gear gear_of(const CarState& car, const Pedals& pedals) {
    const double throttle = std::clamp(pedals.throttle, 0.0, 1.0);
    const double brake = std::clamp(pedals.brake, 0.0, 1.0);
    if (car.reversing) return {-1.0, -car.x[3], brake, throttle};
    return {1.0, car.x[3], throttle, brake};
}

// What the driven wheels can transmit, the load moving to the rear as the car accelerates.
double traction_limit(const VehicleParameters& p, double mu) {
    const double front = mu * kGravity * p.rear / (p.wheelbase() + mu * p.height);
    const double rear = mu * kGravity * p.front / (p.wheelbase() - mu * p.height);
    return p.front_drive * front + (1.0 - p.front_drive) * rear;
}

double engine_limit(const VehicleParameters& p, double speed) {
    return speed > p.switching_speed ? p.acceleration_max * p.switching_speed / speed : p.acceleration_max;
}

// Drag and rolling resistance, against the motion.
double resistance(const VehicleParameters& p, double speed) {
    const double drag = 0.5 * kAirDensity * kDragCoefficient * kFrontalArea * p.width / p.mass;
    return drag * speed * speed + kRollingResistance * kGravity;
}

double longitudinal(const VehicleParameters& p, const Gear& gear, double mu, double dt) {
    const double resisting = resistance(p, gear.speed);
    double traction = gear.drive * std::min(traction_limit(p, mu), engine_limit(p, gear.speed));
    if (gear.direction < 0.0) traction = std::min(traction, std::max(0.0, (kReverseSpeed - gear.speed) / dt + resisting));
    const double stopping = resisting + gear.brake * std::min(mu * kGravity, p.acceleration_max);
    if (gear.speed == 0.0) return gear.direction * std::max(0.0, traction - stopping);
    const double moving = gear.speed > 0.0 ? 1.0 : -1.0;
    const double acceleration = traction - moving * stopping;
    const bool stops = acceleration * moving < 0.0 && std::abs(acceleration) * dt > std::abs(gear.speed);
    return gear.direction * (stops ? -gear.speed / dt : acceleration);
}

}  // namespace

double CarModel::steering_range(double speed) const {
    const VehicleParameters& p = *parameters;
    const double grip = kSteeringMargin * p.friction * kGravity * p.wheelbase();
    return p.steer_max * speed * speed <= grip ? p.steer_max : grip / (speed * speed);
}

Inputs CarModel::inputs(const CarState& car, const Pedals& pedals, double dt) const {
    const VehicleParameters& p = *parameters;
    const double wanted = std::clamp(pedals.steer, -1.0, 1.0) * steering_range(car.x[3]);
    const double rate = std::clamp((wanted - car.x[2]) / dt, p.steer_rate_min, p.steer_rate_max);
    return {rate, longitudinal(p, gear_of(car, pedals), p.friction * friction, dt)};
}

void CarModel::advance(CarState& car, const Pedals& pedals, double dt) const {
    if (!reverse) car.reversing = false;
    if (reverse && car.x[3] == 0.0 && pedals.brake != pedals.throttle) car.reversing = pedals.brake > pedals.throttle;
    const double before = car.x[3];
    const double switching = single_track ? kSlowestSlipping : std::numeric_limits<double>::infinity();
    step_single_track(*parameters, car.x, inputs(car, pedals, dt), dt, friction, {switching, kFineness, grip_limit});
    if (std::abs(car.x[3]) < kStandstill) car.x[3] = 0.0;
    car.acceleration = (car.x[3] - before) / dt;
}

}  // namespace wm::driving
