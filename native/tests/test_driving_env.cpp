// Environments of driving: the same bits for any number of lanes, order and threads; snapshots; terms that add up.
#include <algorithm>
#include <numeric>

#include "check_equal.h"
#include "driving_fixture.h"
#include "wm/core/snapshot.h"

namespace {

using namespace wm::driving;
using driving_fixture::Run;

constexpr std::array kScenarios{Scenario::highway,   Scenario::merge,   Scenario::roundabout, Scenario::intersection,
                                Scenario::racetrack, Scenario::parking, Scenario::town};

BatchConfig resetting(Scenario scenario, int lanes, int threads) {
    BatchConfig config = driving_fixture::config(scenario, lanes, threads);
    config.autoreset = wm::core::Autoreset::same_step;
    config.max_episode_steps = 90;
    config.env.sensors.lidar_noise = 0.1f;
    config.env.sensors.camera_noise = 4.0f;
    config.env.sensors.state_noise = 0.02f;
    return config;
}

// One hash a lane of everything over a run.
std::vector<std::uint64_t> history(const BatchConfig& config, const std::vector<std::uint32_t>& seeds, int steps) {
    Run run(config, seeds);
    std::vector<std::uint64_t> hashes(run.batch.size(), 0);
    for (int t = 0; t < steps; ++t) {
        run.step(t);
        for (std::size_t lane = 0; lane < hashes.size(); ++lane) hashes[lane] = hashes[lane] * 31 + run.hash(lane);
    }
    return hashes;
}

void check_independence(Scenario scenario) {
    constexpr int steps = 150;
    const std::vector<std::uint32_t> seeds{5, 6, 7, 8, 9};
    const auto alone = history(resetting(scenario, 5, 1), seeds, steps);
    for (const int threads : {2, 3, 8}) CHECK(history(resetting(scenario, 5, threads), seeds, steps) == alone);
    auto backwards = history(resetting(scenario, 5, 2), {9, 8, 7, 6, 5}, steps);
    std::ranges::reverse(backwards);
    CHECK(backwards == alone);
    CHECK_EQUAL(history(resetting(scenario, 1, 1), {7}, steps)[0], alone[2]);
    CHECK(alone[0] != alone[1]);
}

void check_snapshot(Scenario scenario) {
    const BatchConfig config = resetting(scenario, 1, 1);
    Run run(config, {3});
    for (int t = 0; t < 40; ++t) run.step(t);
    const auto snapshot = run.batch.save(0);
    std::vector<std::uint64_t> expected;
    for (int t = 40; t < 120; ++t) {
        run.step(t);
        expected.push_back(run.hash(0));
    }
    Run other(config, {4});
    for (int t = 0; t < 17; ++t) other.step(t);
    const auto untouched = other.batch.save(0);
    auto broken = snapshot;
    broken[broken.size() / 2] ^= 1u;
    bool refused = false;
    try {
        other.batch.load(0, broken);
    } catch (const wm::core::SnapshotError&) {
        refused = true;
    }
    CHECK(refused);
    CHECK(other.batch.save(0) == untouched);
    other.batch.load(0, snapshot);
    CHECK(other.batch.save(0) == snapshot);
    // The seed of the actions differs, so that the driver is asked through the first run.
    Run third(config, {3});
    third.batch.load(0, snapshot);
    for (int t = 40; t < 120; ++t) {
        third.step(t);
        CHECK_EQUAL(third.hash(0), expected[static_cast<std::size_t>(t - 40)]);
    }
}

void check_sums() {
    Run run(resetting(Scenario::town, 4, 1), {1, 2, 3, 4});
    for (int t = 0; t < 200; ++t) {
        run.step(t);
        for (std::size_t lane = 0; lane < 4; ++lane) {
            const AgentRecord& record = run.batch.env(lane).agent(0);
            const double sum = std::accumulate(record.rewards.begin(), record.rewards.end(), 0.0);
            if (!run.batch.was_reset[lane]) CHECK_EQUAL(run.batch.rewards[lane], sum);
            CHECK(!(run.batch.terminated[lane] && run.batch.truncated[lane]));
        }
    }
}

void check_many_agents() {
    BatchConfig config = driving_fixture::config(Scenario::intersection, 3, 2);
    config.env.num_agents = 4;
    config.max_episode_steps = 200;
    Run run(config, {1, 2, 3});
    for (int t = 0; t < 220; ++t) {
        const std::vector<std::uint8_t> before = run.batch.active;
        run.step(t);
        for (std::size_t row = 0; row < run.batch.rows(); ++row) {
            const std::size_t lane = row / 4;
            const bool ended = run.batch.terminated[row] || run.batch.truncated[row];
            CHECK_EQUAL(ended, before[row] && !run.batch.active[row]);
            if (before[row]) continue;
            const auto size = static_cast<std::size_t>(state_size());
            const float* state = run.obs.state.data() + row * size;
            CHECK(std::all_of(state, state + size, [](float x) { return x == 0.0f; }));
            CHECK_EQUAL(run.batch.rewards[row], 0.0);
            CHECK(t == 0 || run.batch.env(lane).ended() || !run.batch.env(lane).world().actors[row % 4].present);
        }
    }
    for (std::size_t lane = 0; lane < 3; ++lane) CHECK(run.batch.env(lane).ended());
}

}  // namespace

int main() {
    for (const Scenario scenario : kScenarios) {
        check_independence(scenario);
        check_snapshot(scenario);
    }
    check_sums();
    check_many_agents();
    return wm::test::report();
}
