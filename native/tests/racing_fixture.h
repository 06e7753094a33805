// Batches driven by a fixed, varied sequence of actions.
#pragma once

#include <cstdint>
#include <vector>

#include "hash.h"
#include "wm/racing/batch.h"

namespace fixture {

using namespace wm::racing;

inline BatchConfig config(int lanes, int threads) {
    BatchConfig config;
    config.num_envs = lanes;
    config.num_threads = threads;
    return config;
}

struct Run {
    explicit Run(const BatchConfig& settings)
        : batch(settings, std::vector<std::uint32_t>{0}),
          obs(batch.size() * batch.obs_bytes()),
          actions(batch.size() * batch.action_size()) {
        for (std::size_t lane = 0; lane < batch.size(); ++lane) {
            batch.seed(lane, std::vector<std::uint32_t>{static_cast<std::uint32_t>(lane)});
        }
        reset();
    }

    void reset() { batch.reset(std::vector<std::uint8_t>(batch.size(), 1), true, obs.data()); }

    // Exact binary fractions, so that the sequence is the same everywhere.
    void step(int t) {
        for (std::size_t lane = 0; lane < batch.size(); ++lane) {
            const int k = t / 10 + 3 * static_cast<int>(lane);
            actions[3 * lane] = ((k * 5) % 17 - 8) / 8.0;
            actions[3 * lane + 1] = (k % 4) / 4.0;
            actions[3 * lane + 2] = k % 7 == 0 ? 0.5 : 0.0;
        }
        batch.step(actions.data(), obs.data(), nullptr);
    }

    [[nodiscard]] std::uint64_t state_hash() const {
        Hash hash;
        for (std::size_t lane = 0; lane < batch.size(); ++lane) add_car(hash, batch.env(lane).car());
        for (const double reward : batch.rewards) hash.add(reward);
        return hash.value;
    }

    static void add_car(Hash& hash, const Car& car) {
        for (const float number : {car.hull.pose.p.x, car.hull.pose.p.y, car.hull.angle, car.hull.velocity.x,
                                   car.hull.velocity.y, car.hull.spin}) {
            hash.add(number);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            hash.add(car.bodies[i].pose.p.x);
            hash.add(car.joint_angle(i));
            hash.add(car.wheels[i].omega);
            hash.add(car.wheels[i].phase);
        }
    }

    RacingBatch batch;
    std::vector<std::uint8_t> obs;
    std::vector<double> actions;
};

}  // namespace fixture
