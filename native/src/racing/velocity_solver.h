// The 180 velocity iterations of a world step, for one car or for several side by side, and the constants that both
// halves of the solver share.
#pragma once

#include <array>
#include <span>

#include "float_pack.h"
#include "wm/racing/car.h"

namespace wm::racing {

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

template <class F>
using History = std::array<Iteration<F>, kLongestCycle>;  // ring of the last iterations

// Solves cars' velocities, `kLanes` at a time: as one is done, the next takes its place. Each gets the bits that it gets
// alone.
template <class F>
class VelocitySolver {
public:
    void solve(std::span<Car* const> cars, std::span<const float> dt_ratios);

private:
    static constexpr std::size_t kLanes = sizeof(F) / sizeof(float);

    struct Seat {
        Car* car;
        int before;  // its first iteration
    };

    void seat(std::size_t lane);
    void load(std::size_t lane, Car& car, float dt_ratio);
    void iterate();
    [[nodiscard]] unsigned suspects() const;
    [[nodiscard]] unsigned repeated(int period) const;
    void finish_cycles();
    void finish_last_iterations();
    void finish(std::size_t lane, int period);

    Masses masses_;
    Joints<F> joints_{};
    History<F> history_{};
    int now_ = kLongestCycle;     // the iteration just done
    PointImpulses<F> impulse_{};  // accumulates; nothing reads it within the step
    std::array<Seat, kLanes> seats_{};
    unsigned seated_ = 0;  // a bit a lane
    std::span<Car* const> cars_;
    std::span<const float> dt_ratios_;
    std::size_t next_ = 0;
};

}  // namespace wm::racing
