// Velocity half of Box2D 2.3's island solver for one hull and four wheels on motorised, limited revolute joints.
//
// A wheel's joint anchor is its own centre of mass, so Box2D's rB is exactly zero; terms that multiply it are left out
// (x + 0 == x). The 2x2 and 3x3 solves divide by determinants that are constant within a step, computed once.
//
// Each impulse waits for the one before, so one car keeps the processor waiting: four cars take little longer than one.
#include "velocity_solver.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__GNUC__)
#define WM_INLINE [[gnu::always_inline]] inline
#else
#define WM_INLINE inline
#endif

namespace wm::racing {
namespace {

constexpr float kMaxMotorImpulse = kStep * static_cast<float>(180 * 900 * 0.02 * 0.02);
constexpr int kVelocityIterations = 6 * 30;

std::size_t slot(int iteration) { return static_cast<unsigned>(iteration) % kLongestCycle; }

template <class F>
WM_INLINE Triple<F> cross(const Triple<F>& a, const Triple<F>& b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
template <class F>
WM_INLINE F dot(const Triple<F>& a, const Triple<F>& b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

Limit limit_state(float joint_angle) {
    if (joint_angle <= kLowerAngle) return Limit::lower;
    if (joint_angle >= kUpperAngle) return Limit::upper;
    return Limit::inactive;
}

JointTask<float> joint_task(Vec2 r, const Masses& m) {
    JointTask<float> t{};
    t.arm = {r.x, r.y};
    t.ex.x = m.hull + m.wheel + r.y * r.y * m.hull_turn;
    t.ey.x = -r.y * r.x * m.hull_turn;
    t.ez.x = -r.y * m.hull_turn;
    t.ex.y = t.ey.x;
    t.ey.y = m.hull + m.wheel + r.x * r.x * m.hull_turn;
    t.ez.y = r.x * m.hull_turn;
    t.ex.z = t.ez.x;
    t.ey.z = t.ez.y;
    t.ez.z = m.hull_turn + m.wheel_turn;
    t.normal = cross(t.ey, t.ez);
    t.motor = 1.0f / (m.hull_turn + m.wheel_turn);
    t.det22 = inverse_or_zero(t.ex.x * t.ey.y - t.ey.x * t.ex.y);
    t.det33 = inverse_or_zero(dot(t.ex, t.normal));
    return t;
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
WM_INLINE void iterate(const Joints<F>& joints, const Masses& m, const Feedback<F>& from, Iteration<F>& out) {
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

// The step's start: warm-started impulses, applied.
struct Start {
    const Masses& masses;
    float dt_ratio;
    Feedback<float> state{};
    PointImpulses<float> impulse{};
    std::array<JointTask<float>, 4> tasks{};

    void set_velocities(const Car& car);
    void add_joint(std::size_t i, Joint& joint, float joint_angle, Vec2 arm);
};

void Start::set_velocities(const Car& car) {
    const auto pushed = [](const Body& body, float inverse_mass) -> Pair<float> {
        const Vec2 velocity = body.velocity + kStep * (inverse_mass * body.force);
        return {velocity.x, velocity.y};
    };
    state.hull_velocity = pushed(car.hull, masses.hull);
    state.hull_spin = car.hull.spin;
    for (std::size_t i = 0; i < 4; ++i) {
        state.velocity[i] = pushed(car.bodies[i], masses.wheel);
        state.spin[i] = car.bodies[i].spin;
    }
}

void Start::add_joint(std::size_t i, Joint& joint, float joint_angle, Vec2 arm) {
    const Limit now = limit_state(joint_angle);
    if (now == Limit::inactive || now != joint.limit) joint.limit_impulse = 0.0f;
    joint.limit = now;
    tasks[i] = joint_task(arm, masses);
    tasks[i].motor_speed = joint.motor_speed;
    tasks[i].limit = now == Limit::inactive ? 0.0f : (now == Limit::lower ? -1.0f : 1.0f);
    impulse[i] = {joint.impulse.x * dt_ratio, joint.impulse.y * dt_ratio};
    state.limit_impulse[i] = joint.limit_impulse * dt_ratio;
    state.motor_impulse[i] = joint.motor_impulse * dt_ratio;

    Bodies<float> on{state.hull_velocity, state.hull_spin, state.velocity[i], state.spin[i]};
    on.push(impulse[i], masses);
    on.hull_spin -= masses.hull_turn * (turning(tasks[i], impulse[i]) + state.motor_impulse[i] + state.limit_impulse[i]);
    on.spin += masses.wheel_turn * (0.0f + state.motor_impulse[i] + state.limit_impulse[i]);
    state.hull_velocity = on.hull_velocity;
    state.hull_spin = on.hull_spin;
    state.velocity[i] = on.velocity;
    state.spin[i] = on.spin;
}

using EightFloats = std::array<Four, 2>;  // one car's point impulses

void store(const Feedback<float>& state, const PointImpulses<float>& impulse, Car& car) {
    const auto vec2 = [](const Pair<float>& p) { return Vec2{p.x, p.y}; };
    car.hull.velocity = vec2(state.hull_velocity);
    car.hull.spin = state.hull_spin;
    for (std::size_t i = 0; i < 4; ++i) {
        car.bodies[i].velocity = vec2(state.velocity[i]);
        car.bodies[i].spin = state.spin[i];
        car.joints[i].impulse = vec2(impulse[i]);
        car.joints[i].limit_impulse = state.limit_impulse[i];
        car.joints[i].motor_impulse = state.motor_impulse[i];
    }
}

// Adds the increments of a cycle `count` times in all, in order.
void add_cycle(std::span<const EightFloats> cycle, int count, EightFloats& impulse) {
    const int period = static_cast<int>(cycle.size());
    EightFloats before = impulse;
    for (int k = 0; k < count; ++k) {
        if (k > 0 && k % period == 0) {
            if (std::memcmp(&before, &impulse, sizeof impulse) == 0) k = count - (count - k) % period;
            if (k == count) break;  // whole cycles too small to change anything were left out
            before = impulse;
        }
        const EightFloats& add = cycle[static_cast<std::size_t>(k % period)];
        impulse = {impulse[0] + add[0], impulse[1] + add[1]};
    }
}

}  // namespace

template <class F>
void VelocitySolver<F>::load(std::size_t lane, Car& car, float dt_ratio) {
    Start start{masses_, dt_ratio};
    start.set_velocities(car);
    const Rot turn = rotation(car.hull.angle);
    for (const std::size_t i : kJointOrder) {
        const Vec2 arm = rotate(turn, car_model().anchors[i] - car_model().hull.local_center);
        start.add_joint(i, car.joints[i], car.joint_angle(i), arm);
    }
    set_lane(joints_.tasks, lane, start.tasks);
    for (std::size_t i = 0; i < 4; ++i) joints_.limited[i] = lanes_of(joints_.tasks[i].limit != F{}) != 0;
    set_lane(history_[slot(now_)].state, lane, start.state);
    set_lane(impulse_, lane, start.impulse);
}

template <class F>
void VelocitySolver<F>::seat(std::size_t lane) {
    if (next_ == cars_.size()) {
        seated_ &= ~(1U << lane);
        return;
    }
    load(lane, *cars_[next_], dt_ratios_[next_]);
    seats_[lane] = {cars_[next_++], now_};
    seated_ |= 1U << lane;
}

// All that is left to do is to add the increments of the cycle, in order, and to stop at the right phase.
template <class F>
void VelocitySolver<F>::finish(std::size_t lane, int period) {
    const int remaining = seats_[lane].before + kVelocityIterations - now_;
    std::array<EightFloats, kLongestCycle> cycle;
    for (int k = 0; k < period; ++k) {
        cycle[static_cast<std::size_t>(k)] = get_lane<EightFloats>(history_[slot(now_ - period + 1 + k)].increment, lane);
    }
    auto impulse = get_lane<EightFloats>(impulse_, lane);
    add_cycle(std::span(cycle).first(static_cast<std::size_t>(period)), remaining, impulse);
    const int phase = remaining == 0 ? now_ : now_ - period + 1 + (remaining - 1) % period;
    const auto state = get_lane<Feedback<float>>(history_[slot(phase)].state, lane);
    store(state, std::bit_cast<PointImpulses<float>>(impulse), *seats_[lane].car);
    seat(lane);
}

template <class F>
void VelocitySolver<F>::iterate() {
    ++now_;
    const PointImpulses<F>& increment = history_[slot(now_)].increment;
    racing::iterate(joints_, masses_, history_[slot(now_ - 1)].state, history_[slot(now_)]);
    for (std::size_t i = 0; i < 4; ++i) {
        impulse_[i].x = impulse_[i].x + increment[i].x;
        impulse_[i].y = impulse_[i].y + increment[i].y;
    }
}

// The lanes whose hull turns as it did one to seven iterations ago: the others cannot have run into a cycle.
template <class F>
unsigned VelocitySolver<F>::suspects() const {
    const F spin = history_[slot(now_)].state.hull_spin;
    Flag<F> same = spin == history_[slot(now_ - 1)].state.hull_spin;
    for (int period = 2; period < kLongestCycle; ++period) same = same | (spin == history_[slot(now_ - period)].state.hull_spin);
    return lanes_of(same);
}

// The lanes in which this iteration ended as the one `period` before it. The hull's spin comes to rest last.
template <class F>
unsigned VelocitySolver<F>::repeated(int period) const {
    const Feedback<F>& now = history_[slot(now_)].state;
    const Feedback<F>& then = history_[slot(now_ - period)].state;
    Flag<F> same = same_bits(now.hull_spin, then.hull_spin);
    if ((lanes_of(same) & seated_) == 0) return 0;
    same = same & same_bits(now.hull_velocity.x, then.hull_velocity.x) & same_bits(now.hull_velocity.y, then.hull_velocity.y);
    for (std::size_t i = 0; i < 4; ++i) {
        same = same & same_bits(now.velocity[i].x, then.velocity[i].x) & same_bits(now.velocity[i].y, then.velocity[i].y);
        same = same & same_bits(now.spin[i], then.spin[i]);
        same = same & same_bits(now.motor_impulse[i], then.motor_impulse[i]) & same_bits(now.limit_impulse[i], then.limit_impulse[i]);
    }
    return lanes_of(same) & seated_;
}

template <class F>
void VelocitySolver<F>::finish_cycles() {
    for (int period = 1; period < kLongestCycle; ++period) {
        for (unsigned lanes = repeated(period); lanes != 0; lanes &= lanes - 1) {
            const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
            if (period < now_ - seats_[lane].before) finish(lane, period);  // else it was another car's iteration
        }
    }
}

template <class F>
void VelocitySolver<F>::finish_last_iterations() {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        if ((seated_ >> lane & 1U) != 0 && now_ - seats_[lane].before == kVelocityIterations) finish(lane, 1);
    }
}

// 180 iterations of each car, exactly. They nearly always run into a fixed point or a short cycle of their feedback, after
// 5 to 150: from there on only the accumulated point impulses change, by known amounts, and the next car takes the place.
template <class F>
void VelocitySolver<F>::solve(std::span<Car* const> cars, std::span<const float> dt_ratios) {
    cars_ = cars;
    dt_ratios_ = dt_ratios;
    for (std::size_t lane = 0; lane < kLanes; ++lane) seat(lane);
    while (seated_ != 0) {
        iterate();
        if ((suspects() & seated_) != 0) finish_cycles();
        finish_last_iterations();
    }
}

template class VelocitySolver<float>;
template class VelocitySolver<Four>;

}  // namespace wm::racing
