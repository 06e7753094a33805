// Everything that one CarRacing picture depends on. Physics fills it, painters read it; neither knows the other.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "wm/racing/track.h"

namespace wm::racing {

struct Transform {  // Box2D's b2Transform, float32
    float x = 0.0f;
    float y = 0.0f;
    float sin = 0.0f;
    float cos = 1.0f;
};

struct Colors {  // as Gymnasium holds them, before truncation to integers
    std::array<double, 3> road{102.0, 102.0, 102.0};
    std::array<double, 3> background{102.0, 204.0, 102.0};
    std::array<double, 3> grass{102.0, 230.0, 102.0};
};

struct SkidMark {               // drawn only in the human and rgb_array views
    std::array<Vec2d, 30> poly; // track units
    int count = 0;
    bool grass = false;
};

struct Scene {
    const Track* track = nullptr;
    std::span<const std::uint8_t> tile_visited;  // [tiles] nonzero: the tile has lost its shade
    Colors colors;

    Transform hull;                       // body origin, not the centre of mass
    float hull_angle = 0.0f;              // rad, not wrapped
    std::array<float, 2> hull_velocity{}; // of the centre of mass, units/s
    float hull_angular_velocity = 0.0f;   // rad/s
    std::array<Transform, 4> wheels;      // front-left, front-right, rear-left, rear-right
    std::array<double, 4> wheel_omega{};  // rad/s
    std::array<double, 4> wheel_phase{};  // rad
    float steer_angle = 0.0f;             // joint angle of wheel 0, rad

    double time = 0.0;    // s since reset; drives the opening zoom
    double reward = 0.0;  // running sum as the score text shows it

    std::span<const SkidMark> skid_marks;  // oldest first; empty when nobody renders
};

}  // namespace wm::racing
