#include "wm/racing/car.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>
#include <vector>

namespace wm::racing {
namespace {

// Gymnasium's constants, multiplied in the order in which Python multiplies them.
constexpr double kSize = 0.02;
constexpr double kEnginePower = 100000000 * kSize * kSize;
constexpr double kWheelInertia = 4000 * kSize * kSize;
constexpr double kFrictionLimit = 1000000 * kSize * kSize;
constexpr double kGrassFriction = kFrictionLimit * 0.6;
constexpr double kForceGain = 205000 * kSize * kSize;
constexpr double kWheelRadius = 1.0 * 27 * kSize;
constexpr double kBrakeForce = 15;

using Corner = std::pair<int, int>;

Vec2 scaled(Corner corner) {
    return {static_cast<float>(corner.first * kSize), static_cast<float>(corner.second * kSize)};
}

Polygon shape(std::initializer_list<Corner> corners) {
    std::vector<Vec2> points;
    for (const Corner& corner : corners) points.push_back(scaled(corner));
    return convex_hull(points);
}

// Box2D keeps fixtures last created first and sums them in that order.
BodyModel body_model(std::span<const Polygon> shapes, float density) {
    float mass = 0.0f;
    float inertia = 0.0f;
    Vec2 center;
    for (auto it = shapes.rbegin(); it != shapes.rend(); ++it) {
        const MassData data = polygon_mass(*it, density);
        mass += data.mass;
        center = center + data.mass * data.center;
        inertia += data.inertia;
    }
    BodyModel model;
    model.mass = mass;
    model.inverse_mass = 1.0f / mass;
    model.local_center = model.inverse_mass * center;
    inertia -= mass * dot(model.local_center, model.local_center);
    model.inverse_inertia = 1.0f / inertia;
    return model;
}

CarModel build_model() {
    CarModel model;
    model.hull_shapes = {
        shape({{-60, 130}, {60, 130}, {60, 110}, {-60, 110}}),
        shape({{-15, 120}, {15, 120}, {20, 20}, {-20, 20}}),
        shape({{25, 20}, {50, -10}, {50, -40}, {20, -90}, {-20, -90}, {-50, -40}, {-50, -10}, {-25, 20}}),
        shape({{-50, -120}, {50, -120}, {50, -90}, {-50, -90}}),
    };
    model.wheel_shape = shape({{-14, 27}, {14, 27}, {14, -27}, {-14, -27}});
    model.anchors = {scaled({-55, 80}), scaled({55, 80}), scaled({-55, -82}), scaled({55, -82})};
    model.hull = body_model(model.hull_shapes, 1.0f);
    model.wheel = body_model(std::span(&model.wheel_shape, 1), 0.1f);
    return model;
}

Body make_body(double x, double y, double angle, const BodyModel& model) {
    Body body;
    body.angle = static_cast<float>(angle);
    body.pose = {{static_cast<float>(x), static_cast<float>(y)}, rotation(body.angle)};
    body.center = apply(body.pose, model.local_center);
    return body;
}

double sign(double value) { return value > 0 ? 1.0 : (value < 0 ? -1.0 : 0.0); }

void spin_wheel(Wheel& wheel) {
    wheel.omega += kTimeStep * kEnginePower * wheel.gas / kWheelInertia / (std::abs(wheel.omega) + 5.0);
    if (wheel.brake >= 0.9) {
        wheel.omega = 0;
    } else if (wheel.brake > 0) {
        const double direction = -sign(wheel.omega);
        const double value = std::min(kBrakeForce * wheel.brake, std::abs(wheel.omega));
        wheel.omega += direction * value;
    }
    wheel.phase += wheel.omega * kTimeStep;
}

void steer_joint(Car& car, std::size_t i) {
    const double error = car.wheels[i].steer - static_cast<double>(car.joint_angle(i));
    car.joints[i].motor_speed = static_cast<float>(sign(error) * std::min(50.0 * std::abs(error), 3.0));
}

// Tyre force of one wheel: proportional to the slip, cut at the friction limit.
void push_wheel(Wheel& wheel, Body& body) {
    const double friction_limit = wheel.on_road != 0 ? std::max(kGrassFriction, kFrictionLimit) : kGrassFriction;
    const Vec2 forward = rotate(body.pose.q, {0.0f, 1.0f});
    const Vec2 side = rotate(body.pose.q, {1.0f, 0.0f});
    const double fx = forward.x, fy = forward.y, sx = side.x, sy = side.y;
    const double vx = body.velocity.x, vy = body.velocity.y;
    const double forward_speed = fx * vx + fy * vy;
    const double side_speed = sx * vx + sy * vy;

    spin_wheel(wheel);
    double forward_force = -forward_speed + wheel.omega * kWheelRadius;
    double side_force = -side_speed;
    forward_force *= kForceGain;
    side_force *= kForceGain;
    const double force = std::sqrt(forward_force * forward_force + side_force * side_force);
    wheel.skidding = std::abs(force) > 2.0 * friction_limit ? 1 : 0;
    if (std::abs(force) > friction_limit) {
        forward_force /= force;
        side_force /= force;
        forward_force *= friction_limit;
        side_force *= friction_limit;
    }
    wheel.omega -= kTimeStep * forward_force * kWheelRadius / kWheelInertia;
    body.force = body.force + Vec2{static_cast<float>(side_force * sx + forward_force * fx),
                                   static_cast<float>(side_force * sy + forward_force * fy)};
}

}  // namespace

const CarModel& car_model() {
    static const CarModel model = build_model();
    return model;
}

Car make_car(double angle, double x, double y) {
    constexpr std::array<Corner, 4> places{{{-55, 80}, {55, 80}, {-55, -82}, {55, -82}}};
    Car car;
    car.hull = make_body(x, y, angle, car_model().hull);
    for (std::size_t i = 0; i < 4; ++i) {
        car.bodies[i] = make_body(x + places[i].first * kSize, y + places[i].second * kSize, angle, car_model().wheel);
    }
    return car;
}

void set_controls(Car& car, double steer, double gas, double brake) {
    car.wheels[0].steer = steer;
    car.wheels[1].steer = steer;
    const double wanted = std::min(std::max(gas, 0.0), 1.0);
    for (std::size_t i = 2; i < 4; ++i) {
        car.wheels[i].gas += std::min(wanted - car.wheels[i].gas, 0.1);  // rises slowly, falls at once
    }
    for (Wheel& wheel : car.wheels) wheel.brake = brake;
}

void drive(Car& car) {
    for (std::size_t i = 0; i < 4; ++i) {
        steer_joint(car, i);
        push_wheel(car.wheels[i], car.bodies[i]);
    }
}

}  // namespace wm::racing
