// One world step: velocities (velocity_solver.cpp), then positions and sleep, in Box2D 2.3's order of operations.
#include <algorithm>
#include <cmath>

#include "velocity_solver.h"
#include "wm/racing/car.h"

namespace wm::racing {
namespace {

constexpr float kPi = 3.14159265359f;
constexpr float kLinearSlop = 0.005f;
constexpr float kAngularSlop = 2.0f / 180.0f * kPi;
constexpr float kMaxAngularCorrection = 8.0f / 180.0f * kPi;
constexpr float kMaxTranslation = 2.0f;
constexpr float kMaxRotation = 0.5f * kPi;
constexpr float kTimeToSleep = 0.5f;
constexpr float kLinearSleepTolerance = 0.01f;
constexpr float kAngularSleepTolerance = 2.0f / 180.0f * kPi;
constexpr int kPositionIterations = 2 * 30;

void move(Body& body) {
    const Vec2 translation = kStep * body.velocity;
    if (dot(translation, translation) > kMaxTranslation * kMaxTranslation) {
        body.velocity = (kMaxTranslation / length(translation)) * body.velocity;
    }
    const float turn = kStep * body.spin;
    if (turn * turn > kMaxRotation * kMaxRotation) body.spin *= kMaxRotation / std::abs(turn);
    body.center = body.center + kStep * body.velocity;
    body.angle += kStep * body.spin;
}

// Pulls a joint that left its limit back; returns the angular error.
float solve_limit_position(Body& hull, Body& wheel, Limit limit, float motor_mass) {
    const float angle = wheel.angle - hull.angle;
    float impulse = 0.0f;
    float error = 0.0f;
    if (limit == Limit::lower) {
        const float c = angle - kLowerAngle;
        error = -c;
        impulse = -motor_mass * clamp_between(c + kAngularSlop, -kMaxAngularCorrection, 0.0f);
    } else {
        const float c = angle - kUpperAngle;
        error = c;
        impulse = -motor_mass * clamp_between(c - kAngularSlop, 0.0f, kMaxAngularCorrection);
    }
    hull.angle -= car_model().hull.inverse_inertia * impulse;
    wheel.angle += car_model().wheel.inverse_inertia * impulse;
    return error;
}

bool solve_position(Body& hull, Body& wheel, Limit limit, Vec2 anchor, float motor_mass) {
    const BodyModel& a = car_model().hull;
    const BodyModel& b = car_model().wheel;
    float angular_error = 0.0f;
    if (limit != Limit::inactive) angular_error = solve_limit_position(hull, wheel, limit, motor_mass);

    const Vec2 r = rotate(rotation(hull.angle), anchor - a.local_center);
    const Vec2 c = wheel.center - hull.center - r;
    const float position_error = length(c);
    const float ma = a.inverse_mass, mb = b.inverse_mass, ia = a.inverse_inertia;
    const float k11 = ma + mb + ia * r.y * r.y;
    const float k12 = -ia * r.x * r.y;
    const float k22 = ma + mb + ia * r.x * r.x;
    const float det = inverse_or_zero(k11 * k22 - k12 * k12);
    const Vec2 p = -Vec2{det * (k22 * c.x - k12 * c.y), det * (k11 * c.y - k12 * c.x)};

    hull.center = hull.center - ma * p;
    hull.angle -= ia * cross(r, p);
    wheel.center = wheel.center + mb * p;
    return position_error <= kLinearSlop && angular_error <= kAngularSlop;
}

bool solve_positions(Car& car) {
    const float motor_mass = 1.0f / (car_model().hull.inverse_inertia + car_model().wheel.inverse_inertia);
    for (int k = 0; k < kPositionIterations; ++k) {
        bool solved = true;
        for (const std::size_t i : kJointOrder) {
            const Vec2 anchor = car_model().anchors[i];
            const bool ok = solve_position(car.hull, car.bodies[i], car.joints[i].limit, anchor, motor_mass);
            solved = solved && ok;
        }
        if (solved) return true;
    }
    return false;
}

void synchronize(Body& body, const BodyModel& model) {
    body.pose.q = rotation(body.angle);
    body.pose.p = body.center - rotate(body.pose.q, model.local_center);
    body.force = {};
}

float count_stillness(Body& body) {
    const bool turning = body.spin * body.spin > kAngularSleepTolerance * kAngularSleepTolerance;
    const bool moving = dot(body.velocity, body.velocity) > kLinearSleepTolerance * kLinearSleepTolerance;
    body.still_time = turning || moving ? 0.0f : body.still_time + kStep;
    return body.still_time;
}

void fall_asleep(Body& body) {
    body.velocity = {};
    body.spin = 0.0f;
    body.still_time = 0.0f;
}

// The next car step wakes the bodies, so nothing but the lost velocities remains of the sleep. A standing car needs it.
void rest(Car& car, bool positions_solved) {
    float shortest = count_stillness(car.hull);
    for (Body& body : car.bodies) shortest = std::min(shortest, count_stillness(body));
    if (shortest < kTimeToSleep || !positions_solved) return;
    fall_asleep(car.hull);
    for (Body& body : car.bodies) fall_asleep(body);
}

void move(Car& car) {
    move(car.hull);
    for (Body& body : car.bodies) move(body);
    const bool solved = solve_positions(car);
    synchronize(car.hull, car_model().hull);
    for (Body& body : car.bodies) synchronize(body, car_model().wheel);
    rest(car, solved);
}

}  // namespace

void step_worlds(std::span<Car* const> cars, std::span<const float> dt_ratios) {
    if (cars.size() == 1) {
        VelocitySolver<float>().solve(cars, dt_ratios);
    } else {
        VelocitySolver<Four>().solve(cars, dt_ratios);
    }
    for (Car* const car : cars) move(*car);
}

}  // namespace wm::racing
