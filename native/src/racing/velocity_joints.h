// One joint's impulses in a velocity iteration, for one car (F = float) or for several side by side (F = Four), and the
// numbers that go through the iterations. The order of every expression is Box2D's.
#pragma once

#include <array>

#include "wm/core/float_pack.h"
#include "wm/racing/car.h"

#if defined(__GNUC__)
#define WM_INLINE [[gnu::always_inline]] inline
#else
#define WM_INLINE inline
#endif

namespace wm::racing {

using core::both;
using core::Flag;
using core::Four;
using core::FourBits;
using core::get_lane;
using core::lanes_of;
using core::same_bits;
using core::set_lane;

constexpr float kStep = static_cast<float>(kTimeStep);
constexpr float kLowerAngle = static_cast<float>(-0.4);
constexpr float kUpperAngle = static_cast<float>(0.4);
constexpr int kLongestCycle = 8;
// Bodies enter the island last created first, so the joints are solved in this order. Any other gives other bits.
constexpr std::array<std::size_t, 4> kJointOrder{3, 2, 1, 0};

inline float inverse_or_zero(float value) { return value != 0.0f ? 1.0f / value : value; }

template <class F>
struct Pair {
    F x, y;
};

template <class F>
struct Triple {
    F x, y, z;
};

// One joint for this step. F is one number a car.
template <class F>
struct JointTask {
    Pair<F> arm;           // from the hull's centre of mass to the wheel
    Triple<F> ex, ey, ez;  // columns of the symmetric effective mass
    Triple<F> normal;      // ey x ez
    F det22, det33;        // inverse determinants
    F motor;               // effective mass
    F motor_speed;
    F limit;  // -1 at the lower one, 1 at the upper one, 0 between them
};

template <class F>
struct Joints {
    std::array<JointTask<F>, 4> tasks{};
    std::array<bool, 4> limited{};  // in any car
};

struct Masses {  // inverse
    float hull = car_model().hull.inverse_mass, hull_turn = car_model().hull.inverse_inertia;
    float wheel = car_model().wheel.inverse_mass, wheel_turn = car_model().wheel.inverse_inertia;
};

// What the velocity iterations feed back: when these bits repeat, everything that follows repeats.
template <class F>
struct Feedback {
    Pair<F> hull_velocity;
    F hull_spin;
    std::array<Pair<F>, 4> velocity;
    std::array<F, 4> spin;
    std::array<F, 4> motor_impulse;
    std::array<F, 4> limit_impulse;
};

template <class F>
using PointImpulses = std::array<Pair<F>, 4>;

template <class F>
struct Iteration {
    Feedback<F> state;
    PointImpulses<F> increment;
};

constexpr float kMaxMotorImpulse = kStep * static_cast<float>(180 * 900 * 0.02 * 0.02);

template <class F>
WM_INLINE Triple<F> cross(const Triple<F>& a, const Triple<F>& b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
template <class F>
WM_INLINE F dot(const Triple<F>& a, const Triple<F>& b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

// The hull and the wheel of the joint at hand.
template <class F>
struct Bodies {
    Pair<F> hull_velocity;
    F hull_spin;
    Pair<F> velocity;
    F spin;

    WM_INLINE Pair<F> slip(const JointTask<F>& t) const {  // of the wheel against its anchor
        return {velocity.x - hull_velocity.x - -hull_spin * t.arm.y, velocity.y - hull_velocity.y - hull_spin * t.arm.x};
    }
    WM_INLINE void push(const Pair<F>& p, const Masses& m) {
        hull_velocity = {hull_velocity.x - m.hull * p.x, hull_velocity.y - m.hull * p.y};
        velocity = {velocity.x + m.wheel * p.x, velocity.y + m.wheel * p.y};
    }
};

template <class F>
WM_INLINE F turning(const JointTask<F>& t, const Pair<F>& p) {
    return t.arm.x * p.y - t.arm.y * p.x;
}

template <class F>
WM_INLINE Pair<F> solve22(const JointTask<F>& t, const Pair<F>& b) {
    return {t.det22 * (t.ey.y * b.x - t.ey.x * b.y), t.det22 * (t.ex.x * b.y - t.ex.y * b.x)};
}

template <class F>
WM_INLINE Triple<F> solve33(const JointTask<F>& t, const Triple<F>& b) {
    return {t.det33 * dot(b, t.normal), t.det33 * dot(t.ex, cross(b, t.ez)), t.det33 * dot(t.ex, cross(t.ey, b))};
}

template <class F>
WM_INLINE F solve_motor(const JointTask<F>& t, F old, Bodies<F>& on, const Masses& m) {
    const F highest = F{} + kMaxMotorImpulse, lowest = -highest;
    const F wanted = old + -t.motor * (on.spin - on.hull_spin - t.motor_speed);
    const F capped = wanted < highest ? wanted : highest;  // as clamp_between
    const F now = lowest > capped ? lowest : capped;
    const F applied = now - old;
    on.hull_spin = on.hull_spin - m.hull_turn * applied;
    on.spin = on.spin + m.wheel_turn * applied;
    return now;
}

template <class F>
WM_INLINE Pair<F> solve_point(const JointTask<F>& t, Bodies<F>& on, const Masses& m) {
    const Pair<F> slip = on.slip(t);
    const Pair<F> p = solve22(t, {-slip.x, -slip.y});
    on.push(p, m);
    on.hull_spin = on.hull_spin - m.hull_turn * turning(t, p);
    return p;
}

// Point and limit together; when the limit would pull instead of push, the point alone with the limit's impulse undone.
// In the lanes whose joint is within its limits: the point alone.
template <class F>
WM_INLINE Pair<F> solve_limit(const JointTask<F>& t, F& limit_impulse, Bodies<F>& on, const Masses& m) {
    const Pair<F> slip = on.slip(t);
    const Triple<F> full = solve33(t, {slip.x, slip.y, on.spin - on.hull_spin});
    const F old = limit_impulse, wanted = old + -full.z, zero{};
    const Flag<F> limited = t.limit != zero, below = wanted < zero, above = wanted > zero;
    const Flag<F> pulls = t.limit < zero ? below : above;
    const Pair<F> undone = solve22(t, {-slip.x + old * t.ez.x, -slip.y + old * t.ez.y});
    const Pair<F> alone = solve22(t, {-slip.x, -slip.y});
    const F pull_x = pulls ? undone.x : -full.x, pull_y = pulls ? undone.y : -full.y;
    const Pair<F> p{limited ? pull_x : alone.x, limited ? pull_y : alone.y};
    const F turn = pulls ? -old : -full.z;
    limit_impulse = limited ? (pulls ? zero : wanted) : old;
    on.push(p, m);
    const F arm_turn = turning(t, p), both = arm_turn + turn;
    on.hull_spin = on.hull_spin - m.hull_turn * (limited ? both : arm_turn);
    on.spin = limited ? on.spin + m.wheel_turn * (0.0f + turn) : on.spin;
    return p;
}

template <class F>
WM_INLINE void iterate_joints(const Joints<F>& joints, const Masses& m, const Feedback<F>& from, Iteration<F>& out) {
    Bodies<F> on{from.hull_velocity, from.hull_spin, {}, {}};
#pragma GCC unroll 4
    for (const std::size_t i : kJointOrder) {
        const JointTask<F>& t = joints.tasks[i];
        on.velocity = from.velocity[i];
        on.spin = from.spin[i];
        F limit_impulse = from.limit_impulse[i];
        out.state.motor_impulse[i] = solve_motor(t, from.motor_impulse[i], on, m);
        out.increment[i] = joints.limited[i] ? solve_limit(t, limit_impulse, on, m) : solve_point(t, on, m);
        out.state.velocity[i] = on.velocity;
        out.state.spin[i] = on.spin;
        out.state.limit_impulse[i] = limit_impulse;
    }
    out.state.hull_velocity = on.hull_velocity;
    out.state.hull_spin = on.hull_spin;
}

}  // namespace wm::racing

#undef WM_INLINE
