// Driving batches for the tests of environments: arrays of every sensor, a simple driver, hashes of everything.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "wm/driving/batch.h"

namespace driving_fixture {

using namespace wm::driving;

inline BatchConfig config(Scenario scenario, int lanes, int threads) {
    BatchConfig config;
    config.num_envs = lanes;
    config.num_threads = threads;
    config.env.scenario.scenario = scenario;
    config.env.sensors.camera_height = config.env.sensors.camera_width = 32;
    config.env.sensors.birdseye = true;
    config.env.sensors.birdseye_size = 32;
    return config;
}

inline void add(std::uint64_t& hash, const void* data, std::size_t bytes) {
    const auto* p = static_cast<const std::uint8_t*>(data);
    for (std::size_t k = 0; k < bytes; ++k) hash = (hash ^ p[k]) * 0x100000001b3u;
}

struct Arrays {
    std::vector<std::uint8_t> camera, birdseye;
    std::vector<float> lidar, state;

    Arrays(const BatchConfig& c, std::size_t rows) {
        const SensorConfig& s = c.env.sensors;
        const auto size = [rows](bool wanted, int a, int b) { return wanted ? rows * static_cast<std::size_t>(a) * static_cast<std::size_t>(b) : 0; };
        camera.resize(size(s.camera, s.camera_height, s.camera_width * 3));
        birdseye.resize(size(s.birdseye, s.birdseye_size, s.birdseye_size * 3));
        lidar.resize(size(s.lidar, s.lidar_beams, 1));
        state.resize(size(s.state, state_size(), 1));
    }
    [[nodiscard]] Readings readings() {
        const auto data = [](auto& values) { return values.empty() ? nullptr : values.data(); };
        return {data(camera), data(birdseye), data(lidar), data(state)};
    }
    // Of the rows of one lane.
    [[nodiscard]] std::uint64_t hash(std::size_t lane, std::size_t lanes) const {
        std::uint64_t value = 0xcbf29ce484222325u;
        const auto share = [&](const auto& values) {
            const std::size_t count = values.size() / lanes;
            add(value, values.data() + lane * count, count * sizeof(values[0]));
        };
        share(camera);
        share(birdseye);
        share(lidar);
        share(state);
        return value;
    }
};

class Run {
public:
    Run(const BatchConfig& c, std::vector<std::uint32_t> seeds)
        : batch(c, std::vector<std::uint32_t>{1}), obs(c, batch.rows()), last(c, batch.rows()), seeds_(std::move(seeds)), actions_(batch.rows() * batch.action_size()) {
        for (std::size_t lane = 0; lane < batch.size(); ++lane) batch.seed(lane, std::vector<std::uint32_t>{seeds_[lane]});
        batch.reset(std::vector<std::uint8_t>(batch.size(), 1), obs.readings());
    }
    // Actions depend on the lane's seed and the time alone: smooth, mostly forward.
    void step(int t) {
        const std::size_t width = batch.action_size(), agents = batch.agents();
        for (std::size_t row = 0; row < batch.rows(); ++row) {
            const double phase = 0.13 * seeds_[row / agents] + static_cast<double>(row % agents);
            actions_[row * width] = 0.15 * std::sin(0.21 * t + phase);
            actions_[row * width + 1] = 0.4 + 0.4 * std::sin(0.05 * t + 2.0 * phase);
            if (width == 3) actions_[row * width + 2] = t % 40 > 32 ? 0.3 : 0.0;
        }
        batch.step(actions_.data(), obs.readings(), last.readings());
    }
    // Of everything that a lane shows: observations, results, infos, snapshot.
    [[nodiscard]] std::uint64_t hash(std::size_t lane) const {
        std::uint64_t value = obs.hash(lane, batch.size());
        const std::size_t agents = batch.agents(), first = lane * agents;
        add(value, batch.rewards.data() + first, agents * sizeof(double));
        add(value, batch.terminated.data() + first, agents);
        add(value, batch.truncated.data() + first, agents);
        const std::size_t width = info_names().size();
        add(value, batch.infos.data() + first * width, agents * width * sizeof(float));
        const std::vector<std::uint8_t> snapshot = batch.save(lane);
        add(value, snapshot.data(), snapshot.size());
        return value;
    }

    DrivingBatch batch;
    Arrays obs, last;

private:
    std::vector<std::uint32_t> seeds_;
    std::vector<double> actions_;
};

}  // namespace driving_fixture
