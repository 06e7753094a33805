// Small float32 vector algebra. Every expression keeps Box2D's order of operations, because results are compared with ==.
#pragma once

#include <cmath>

namespace wm::racing {

struct Vec2 {
    float x = 0.0f;
    float y = 0.0f;
};

struct Rot {
    float s = 0.0f;
    float c = 1.0f;
};

inline Vec2 operator+(Vec2 a, Vec2 b) { return {a.x + b.x, a.y + b.y}; }
inline Vec2 operator-(Vec2 a, Vec2 b) { return {a.x - b.x, a.y - b.y}; }
inline Vec2 operator-(Vec2 a) { return {-a.x, -a.y}; }
inline Vec2 operator*(float s, Vec2 a) { return {s * a.x, s * a.y}; }

inline float dot(Vec2 a, Vec2 b) { return a.x * b.x + a.y * b.y; }
inline float cross(Vec2 a, Vec2 b) { return a.x * b.y - a.y * b.x; }
inline Vec2 cross(Vec2 a, float s) { return {s * a.y, -s * a.x}; }
inline Vec2 cross(float s, Vec2 a) { return {-s * a.y, s * a.x}; }
inline float length_squared(Vec2 a) { return a.x * a.x + a.y * a.y; }
inline float length(Vec2 a) { return std::sqrt(length_squared(a)); }

// The system's sinf and cosf: a vector library's approximation would change the last bit.
inline Rot rotation(float angle) { return {std::sin(angle), std::cos(angle)}; }
inline Vec2 rotate(Rot q, Vec2 v) { return {q.c * v.x - q.s * v.y, q.s * v.x + q.c * v.y}; }
inline Vec2 rotate_back(Rot q, Vec2 v) { return {q.c * v.x + q.s * v.y, -q.s * v.x + q.c * v.y}; }

struct Pose {  // position and rotation of a body's origin
    Vec2 p;
    Rot q;
};

inline Vec2 apply(const Pose& pose, Vec2 v) {
    return {(pose.q.c * v.x - pose.q.s * v.y) + pose.p.x, (pose.q.s * v.x + pose.q.c * v.y) + pose.p.y};
}

// std::clamp returns other bits for NaN and for equal bounds; Box2D's nesting is kept.
inline float clamp_between(float a, float low, float high) {
    const float capped = a < high ? a : high;
    return low > capped ? low : capped;
}

}  // namespace wm::racing
