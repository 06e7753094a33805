// The 180 velocity iterations of a world step, and the constants that both halves of the solver share.
#pragma once

#include <array>

#include "wm/racing/car.h"

namespace wm::racing {

constexpr float kStep = static_cast<float>(kTimeStep);
constexpr float kLowerAngle = static_cast<float>(-0.4);
constexpr float kUpperAngle = static_cast<float>(0.4);
constexpr int kLongestCycle = 8;
// Bodies enter the island last created first, so the joints are solved in this order. Any other gives other bits.
constexpr std::array<std::size_t, 4> kJointOrder{3, 2, 1, 0};

struct Vec3 {
    float x, y, z;
};

inline Vec3 cross(Vec3 a, Vec3 b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
inline float dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline float inverse_or_zero(float value) { return value != 0.0f ? 1.0f / value : value; }

// Effective mass of one joint for this step (columns of the symmetric 3x3 matrix).
struct JointMass {
    Vec2 arm;  // from the hull's centre of mass to the wheel
    Vec3 ex, ey, ez;
    float motor = 0.0f;
    float det22 = 0.0f;  // inverse determinants
    float det33 = 0.0f;

    JointMass() = default;
    JointMass(Vec2 r, const BodyModel& hull, const BodyModel& wheel);

    [[nodiscard]] Vec2 solve(Vec2 b) const { return {det22 * (ey.y * b.x - ey.x * b.y), det22 * (ex.x * b.y - ex.y * b.x)}; }
    [[nodiscard]] Vec3 solve(Vec3 b) const {
        return {det33 * dot(b, cross(ey, ez)), det33 * dot(ex, cross(b, ez)), det33 * dot(ex, cross(ey, b))};
    }
};

// What the velocity iterations feed back: when these bits repeat, everything that follows repeats.
struct Feedback {
    Vec2 hull_velocity;
    float hull_spin;
    std::array<Vec2, 4> velocity;
    std::array<float, 4> spin;
    std::array<float, 4> motor_impulse;
    std::array<float, 4> limit_impulse;
};
static_assert(sizeof(Feedback) == 23 * sizeof(float));

using PointImpulses = std::array<Vec2, 4>;

struct Iteration {
    Feedback state;
    PointImpulses increment;
};

using History = std::array<Iteration, kLongestCycle>;  // ring of the last iterations

struct VelocitySolver {
    const BodyModel& hull = car_model().hull;
    const BodyModel& wheel = car_model().wheel;
    std::array<JointMass, 4> mass;
    std::array<Limit, 4> limit{};
    std::array<float, 4> motor_speed{};
    Feedback state{};
    PointImpulses impulse{};    // accumulates; nothing reads it within the step
    PointImpulses increment{};  // of the iteration just done

    void load(Car& car, float dt_ratio);
    void start_joint(Joint& joint, float joint_angle, std::size_t i, float dt_ratio);
    void iterate();
    void solve_motor(std::size_t i);
    void solve_limit(std::size_t i);
    void solve_point(std::size_t i);
    void run();
    void replay(const History& history, int last, int period);
    void store(Car& car) const;
};

}  // namespace wm::racing
