// Plane geometry of the driving world: metres, x east, y north, angles in rad counter-clockwise from east.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace wm::driving {

constexpr float kPi = std::numbers::pi_v<float>;

struct Vec {
    float x = 0.0f;
    float y = 0.0f;

    friend Vec operator+(Vec a, Vec b) { return {a.x + b.x, a.y + b.y}; }
    friend Vec operator-(Vec a, Vec b) { return {a.x - b.x, a.y - b.y}; }
    friend Vec operator*(float k, Vec a) { return {k * a.x, k * a.y}; }
    friend bool operator==(const Vec&, const Vec&) = default;
};

inline float dot(Vec a, Vec b) { return a.x * b.x + a.y * b.y; }
inline float cross(Vec a, Vec b) { return a.x * b.y - a.y * b.x; }
inline float length(Vec a) { return std::sqrt(dot(a, a)); }
inline float squared_length(Vec a) { return dot(a, a); }
inline Vec left_of(Vec direction) { return {-direction.y, direction.x}; }

inline float wrap_angle(float angle) {  // to [-pi, pi]
    return std::remainder(angle, 2.0f * kPi);
}

struct Pose {
    Vec position;
    float heading = 0.0f;  // rad
};

// An oriented rectangle: a vehicle, a building, a pedestrian.
struct Box {
    Vec center;
    Vec forward{1.0f, 0.0f};  // unit vector of its length
    float half_length = 0.0f;
    float half_width = 0.0f;
};

// Separating axis test; touching edges do not overlap.
bool overlap(const Box& a, const Box& b);
// Does the segment from a to b enter the box?
bool crosses(const Box& box, Vec a, Vec b);
// Metres from the point to the box, 0 inside.
float distance(const Box& box, Vec point);

}  // namespace wm::driving
