// Box2D 2.3's island solver for one hull and four wheels on motorised, limited revolute joints.
//
// A wheel's joint anchor is its own centre of mass, so Box2D's rB is exactly zero; terms that multiply it are left out
// (x + 0 == x). The 2x2 and 3x3 solves divide by determinants that are constant within a step, computed once.
#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstring>

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
constexpr float kStep = static_cast<float>(kTimeStep);
constexpr float kMaxMotorImpulse = kStep * static_cast<float>(180 * 900 * 0.02 * 0.02);
constexpr float kLowerAngle = static_cast<float>(-0.4);
constexpr float kUpperAngle = static_cast<float>(0.4);
constexpr int kVelocityIterations = 6 * 30;
constexpr int kPositionIterations = 2 * 30;
constexpr int kLongestCycle = 8;
// Bodies enter the island last created first, so the joints are solved in this order. Any other gives other bits.
constexpr std::array<std::size_t, 4> kJointOrder{3, 2, 1, 0};

struct Vec3 {
    float x, y, z;
};

Vec3 cross(Vec3 a, Vec3 b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
float dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
float inverse_or_zero(float value) { return value != 0.0f ? 1.0f / value : value; }

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

JointMass::JointMass(Vec2 r, const BodyModel& hull, const BodyModel& wheel) : arm(r) {
    const float ma = hull.inverse_mass, mb = wheel.inverse_mass;
    const float ia = hull.inverse_inertia, ib = wheel.inverse_inertia;
    ex.x = ma + mb + r.y * r.y * ia;
    ey.x = -r.y * r.x * ia;
    ez.x = -r.y * ia;
    ex.y = ey.x;
    ey.y = ma + mb + r.x * r.x * ia;
    ez.y = r.x * ia;
    ex.z = ez.x;
    ey.z = ez.y;
    ez.z = ia + ib;
    motor = 1.0f / (ia + ib);
    det22 = inverse_or_zero(ex.x * ey.y - ey.x * ex.y);
    det33 = inverse_or_zero(dot(ex, cross(ey, ez)));
}

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

bool same_bits(const Feedback& a, const Feedback& b) {
    return a.hull_spin == b.hull_spin && std::memcmp(&a, &b, sizeof(Feedback)) == 0;
}

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

Limit limit_state(float joint_angle) {
    if (joint_angle <= kLowerAngle) return Limit::lower;
    if (joint_angle >= kUpperAngle) return Limit::upper;
    return Limit::inactive;
}

void VelocitySolver::start_joint(Joint& joint, float joint_angle, std::size_t i, float dt_ratio) {
    const Limit now = limit_state(joint_angle);
    if (now == Limit::inactive || now != joint.limit) joint.limit_impulse = 0.0f;
    joint.limit = now;
    limit[i] = now;
    motor_speed[i] = joint.motor_speed;
    impulse[i] = {joint.impulse.x * dt_ratio, joint.impulse.y * dt_ratio};
    state.limit_impulse[i] = joint.limit_impulse * dt_ratio;
    state.motor_impulse[i] = joint.motor_impulse * dt_ratio;

    const Vec2 p = impulse[i];
    state.hull_velocity = state.hull_velocity - hull.inverse_mass * p;
    state.hull_spin -= hull.inverse_inertia *
                       (wm::racing::cross(mass[i].arm, p) + state.motor_impulse[i] + state.limit_impulse[i]);
    state.velocity[i] = state.velocity[i] + wheel.inverse_mass * p;
    state.spin[i] += wheel.inverse_inertia * (0.0f + state.motor_impulse[i] + state.limit_impulse[i]);
}

void VelocitySolver::load(Car& car, float dt_ratio) {
    const auto pushed = [](const Body& body, const BodyModel& model) {
        return body.velocity + kStep * (model.inverse_mass * body.force);
    };
    state.hull_velocity = pushed(car.hull, hull);
    state.hull_spin = car.hull.spin;
    for (std::size_t i = 0; i < 4; ++i) {
        state.velocity[i] = pushed(car.bodies[i], wheel);
        state.spin[i] = car.bodies[i].spin;
    }
    const Rot turn = rotation(car.hull.angle);
    for (const std::size_t i : kJointOrder) {
        mass[i] = JointMass(rotate(turn, car_model().anchors[i] - hull.local_center), hull, wheel);
        start_joint(car.joints[i], car.joint_angle(i), i, dt_ratio);
    }
}

inline void VelocitySolver::solve_motor(std::size_t i) {
    const float error = state.spin[i] - state.hull_spin - motor_speed[i];
    const float old = state.motor_impulse[i];
    state.motor_impulse[i] = clamp_between(old + -mass[i].motor * error, -kMaxMotorImpulse, kMaxMotorImpulse);
    const float applied = state.motor_impulse[i] - old;
    state.hull_spin -= hull.inverse_inertia * applied;
    state.spin[i] += wheel.inverse_inertia * applied;
}

inline void VelocitySolver::solve_point(std::size_t i) {
    const JointMass& m = mass[i];
    const Vec2 error = state.velocity[i] - state.hull_velocity - wm::racing::cross(state.hull_spin, m.arm);
    const Vec2 p = m.solve(-error);
    increment[i] = p;
    state.hull_velocity = state.hull_velocity - hull.inverse_mass * p;
    state.hull_spin -= hull.inverse_inertia * wm::racing::cross(m.arm, p);
    state.velocity[i] = state.velocity[i] + wheel.inverse_mass * p;
}

// Point and limit together; when the limit would pull instead of push, the point alone with the limit's impulse undone.
void VelocitySolver::solve_limit(std::size_t i) {
    const JointMass& m = mass[i];
    const Vec2 error = state.velocity[i] - state.hull_velocity - wm::racing::cross(state.hull_spin, m.arm);
    const Vec3 full = m.solve(Vec3{error.x, error.y, state.spin[i] - state.hull_spin});
    Vec3 p{-full.x, -full.y, -full.z};
    const float old = state.limit_impulse[i];
    const float wanted = old + p.z;
    const bool pulls = limit[i] == Limit::lower ? wanted < 0.0f : wanted > 0.0f;
    if (pulls) {
        const Vec2 reduced = m.solve(-error + old * Vec2{m.ez.x, m.ez.y});
        p = {reduced.x, reduced.y, -old};
        state.limit_impulse[i] = 0.0f;
    } else {
        state.limit_impulse[i] = wanted;
    }
    increment[i] = {p.x, p.y};
    state.hull_velocity = state.hull_velocity - hull.inverse_mass * increment[i];
    state.hull_spin -= hull.inverse_inertia * (wm::racing::cross(m.arm, increment[i]) + p.z);
    state.velocity[i] = state.velocity[i] + wheel.inverse_mass * increment[i];
    state.spin[i] += wheel.inverse_inertia * (0.0f + p.z);
}

inline void VelocitySolver::iterate() {
    for (const std::size_t i : kJointOrder) {
        solve_motor(i);
        if (limit[i] == Limit::inactive) {
            solve_point(i);
        } else {
            solve_limit(i);
        }
    }
    for (std::size_t i = 0; i < 4; ++i) impulse[i] = impulse[i] + increment[i];
}

// All that is left to do is to add the increments of the cycle, in order, and to stop at the right phase.
void VelocitySolver::replay(const History& history, int last, int period) {
    const auto slot = [&](int k) { return static_cast<std::size_t>((last - period + 1 + k % period) % kLongestCycle); };
    const int remaining = kVelocityIterations - 1 - last;
    if (remaining == 0) return;
    PointImpulses before = impulse;
    for (int k = 0; k < remaining; ++k) {
        if (k > 0 && k % period == 0) {
            if (std::memcmp(&before, &impulse, sizeof(impulse)) == 0) k = remaining - (remaining - k) % period;
            if (k == remaining) break;  // whole cycles too small to change anything were left out
            before = impulse;
        }
        const PointImpulses& add = history[slot(k)].increment;
        for (std::size_t i = 0; i < 4; ++i) impulse[i] = impulse[i] + add[i];
    }
    state = history[slot(remaining - 1)].state;
}

// 180 iterations, exactly. They nearly always run into a fixed point or a short cycle of their feedback after some tens:
// from there on only the accumulated point impulses change, by known amounts.
void VelocitySolver::run() {
    History history;
    for (int k = 0; k < kVelocityIterations; ++k) {
        iterate();
        history[static_cast<std::size_t>(k % kLongestCycle)] = {state, increment};
        for (int period = 1; period <= std::min(k, kLongestCycle - 1); ++period) {
            const Feedback& earlier = history[static_cast<std::size_t>((k - period) % kLongestCycle)].state;
            if (same_bits(earlier, state)) return replay(history, k, period);
        }
    }
}

void VelocitySolver::store(Car& car) const {
    car.hull.velocity = state.hull_velocity;
    car.hull.spin = state.hull_spin;
    for (std::size_t i = 0; i < 4; ++i) {
        car.bodies[i].velocity = state.velocity[i];
        car.bodies[i].spin = state.spin[i];
        car.joints[i].impulse = impulse[i];
        car.joints[i].limit_impulse = state.limit_impulse[i];
        car.joints[i].motor_impulse = state.motor_impulse[i];
    }
}

void move(Body& body) {
    const Vec2 translation = kStep * body.velocity;
    if (wm::racing::dot(translation, translation) > kMaxTranslation * kMaxTranslation) {
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
    hull.angle -= ia * wm::racing::cross(r, p);
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
    const bool moving = wm::racing::dot(body.velocity, body.velocity) > kLinearSleepTolerance * kLinearSleepTolerance;
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

}  // namespace

void step_world(Car& car, float dt_ratio) {
    VelocitySolver solver;
    solver.load(car, dt_ratio);
    solver.run();
    solver.store(car);
    move(car.hull);
    for (Body& body : car.bodies) move(body);
    const bool solved = solve_positions(car);
    synchronize(car.hull, car_model().hull);
    for (Body& body : car.bodies) synchronize(body, car_model().wheel);
    rest(car, solved);
}

}  // namespace wm::racing
