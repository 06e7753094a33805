// The car of CarRacing: a hull and four wheels on revolute joints (Gymnasium's car_dynamics.Car on Box2D 2.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "wm/racing/polygon.h"

namespace wm::racing {

constexpr double kTimeStep = 1.0 / 50;

struct Body {
    Pose pose;         // of the body's origin
    Vec2 center;       // of mass, world
    float angle = 0.0f;
    Vec2 velocity;     // of the centre of mass, units/s
    float spin = 0.0f; // rad/s
    Vec2 force;        // waits for the next world step
    float still_time = 0.0f;  // s below the sleep tolerances

    template <class Archive>
    void fields(Archive& archive) {
        archive(pose.p.x, pose.p.y, pose.q.s, pose.q.c, center.x, center.y, angle);
        archive(velocity.x, velocity.y, spin, force.x, force.y, still_time);
    }
};

enum class Limit : std::uint8_t { inactive, lower, upper };

struct Joint {
    Vec2 impulse;
    float limit_impulse = 0.0f;
    float motor_impulse = 0.0f;
    float motor_speed = 0.0f;
    Limit limit = Limit::inactive;

    template <class Archive>
    void fields(Archive& archive) {
        archive(impulse.x, impulse.y, limit_impulse, motor_impulse, motor_speed, limit);
    }
};

struct Wheel {
    double gas = 0.0;
    double brake = 0.0;
    double steer = 0.0;
    double phase = 0.0;  // rad
    double omega = 0.0;  // rad/s
    std::uint8_t on_road = 0;
    std::uint8_t skidding = 0;  // friction demand above twice the limit in the last car step

    template <class Archive>
    void fields(Archive& archive) {
        archive(gas, brake, steer, phase, omega, on_road, skidding);
    }
};

struct BodyModel {  // mass properties, in Box2D's float32 sums
    float mass = 0.0f;
    float inverse_mass = 0.0f;
    float inverse_inertia = 0.0f;
    Vec2 local_center;
};

struct CarModel {
    std::array<Polygon, 4> hull_shapes;
    Polygon wheel_shape;
    std::array<Vec2, 4> anchors;  // of the wheels, in the hull's frame
    BodyModel hull;
    BodyModel wheel;
};

const CarModel& car_model();

struct Car {
    Body hull;
    std::array<Body, 4> bodies;  // wheels: front-left, front-right, rear-left, rear-right
    std::array<Joint, 4> joints;
    std::array<Wheel, 4> wheels;

    template <class Archive>
    void fields(Archive& archive) {
        hull.fields(archive);
        for (auto& body : bodies) body.fields(archive);
        for (auto& joint : joints) joint.fields(archive);
        for (auto& wheel : wheels) wheel.fields(archive);
    }

    [[nodiscard]] float joint_angle(std::size_t i) const { return bodies[i].angle - hull.angle; }
};

// Wheels stand unrotated around the hull although they have its angle: the joints pull them into place (as in Gymnasium).
Car make_car(double angle, double x, double y);

void set_controls(Car& car, double steer, double gas, double brake);
// Tyre and engine forces of one frame; uses the road contacts of the frame before.
void drive(Car& car);

constexpr std::size_t kCarsTogether = 16;
// One b2World::Step of each of at most `kCarsTogether` cars, without contacts: velocities, 180 joint iterations,
// positions, sleep. `dt_ratios` scale the warm starts. Company changes no bit of a car.
void step_worlds(std::span<Car* const> cars, std::span<const float> dt_ratios);

}  // namespace wm::racing
