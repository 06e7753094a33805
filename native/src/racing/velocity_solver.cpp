// Velocity half of Box2D 2.3's island solver for one hull and four wheels on motorised, limited revolute joints.
//
// A wheel's joint anchor is its own centre of mass, so Box2D's rB is exactly zero; terms that multiply it are left out
// (x + 0 == x). The 2x2 and 3x3 solves divide by determinants that are constant within a step, computed once.
#include "velocity_solver.h"

#include <algorithm>
#include <cstring>

namespace wm::racing {
namespace {

constexpr float kMaxMotorImpulse = kStep * static_cast<float>(180 * 900 * 0.02 * 0.02);
constexpr int kVelocityIterations = 6 * 30;

bool same_bits(const Feedback& a, const Feedback& b) {
    return a.hull_spin == b.hull_spin && std::memcmp(&a, &b, sizeof(Feedback)) == 0;
}

Limit limit_state(float joint_angle) {
    if (joint_angle <= kLowerAngle) return Limit::lower;
    if (joint_angle >= kUpperAngle) return Limit::upper;
    return Limit::inactive;
}

}  // namespace

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
                       (cross(mass[i].arm, p) + state.motor_impulse[i] + state.limit_impulse[i]);
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
    const Vec2 error = state.velocity[i] - state.hull_velocity - cross(state.hull_spin, m.arm);
    const Vec2 p = m.solve(-error);
    increment[i] = p;
    state.hull_velocity = state.hull_velocity - hull.inverse_mass * p;
    state.hull_spin -= hull.inverse_inertia * cross(m.arm, p);
    state.velocity[i] = state.velocity[i] + wheel.inverse_mass * p;
}

// Point and limit together; when the limit would pull instead of push, the point alone with the limit's impulse undone.
void VelocitySolver::solve_limit(std::size_t i) {
    const JointMass& m = mass[i];
    const Vec2 error = state.velocity[i] - state.hull_velocity - cross(state.hull_spin, m.arm);
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
    state.hull_spin -= hull.inverse_inertia * (cross(m.arm, increment[i]) + p.z);
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

}  // namespace wm::racing
