// Velocity half of Box2D 2.3's island solver for one hull and four wheels on motorised, limited revolute joints.
//
// A wheel's joint anchor is its own centre of mass, so Box2D's rB is exactly zero; terms that multiply it are left out
// (x + 0 == x). The 2x2 and 3x3 solves divide by determinants that are constant within a step, computed once.
//
// Each impulse waits for the one before, so one car keeps the processor waiting: four cars take little longer than one.
#include "velocity_solver.h"

#include <bit>
#include <cstring>

#include "velocity_start.h"

namespace wm::racing {
namespace {

constexpr int kVelocityIterations = 6 * 30;

std::size_t slot(int iteration) { return static_cast<unsigned>(iteration) % kLongestCycle; }

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
    start.take(car);
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
    iterate_joints(joints_, masses_, history_[slot(now_ - 1)].state, history_[slot(now_)]);
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
    const auto compare = [&same](F a, F b) { same = both(same, same_bits(a, b)); };
    compare(now.hull_velocity.x, then.hull_velocity.x);
    compare(now.hull_velocity.y, then.hull_velocity.y);
    for (std::size_t i = 0; i < 4; ++i) {
        compare(now.velocity[i].x, then.velocity[i].x);
        compare(now.velocity[i].y, then.velocity[i].y);
        compare(now.spin[i], then.spin[i]);
        compare(now.motor_impulse[i], then.motor_impulse[i]);
        compare(now.limit_impulse[i], then.limit_impulse[i]);
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
