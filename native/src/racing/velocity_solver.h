// The 180 velocity iterations of a world step, for one car or for several side by side.
#pragma once

#include <array>
#include <span>

#include "velocity_joints.h"

namespace wm::racing {

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
