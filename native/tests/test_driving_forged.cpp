// The checksum of a snapshot is no secret: bytes that carry the right one are looked at, too. What no episode can have is
// refused and has changed nothing; what is taken comes back as it was, can be driven, seen and drawn.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "check_equal.h"
#include "driving_fixture.h"
#include "sealed_snapshot.h"
#include "wm/core/snapshot.h"

namespace {

using namespace wm::driving;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kMagic = 0x52444d57u;
constexpr std::array<std::uint8_t, 5> kValues{0xff, 0x00, 0x7f, 0x80, 0x42};

BatchConfig config_of(Scenario scenario, bool ends) {
    BatchConfig config = driving_fixture::config(scenario, 1, 1);
    config.env.num_agents = 3;
    config.env.scenario.vehicles = 6;
    config.env.scenario.pedestrians = 3;
    config.env.scenario.parked = 0.05f;
    config.env.sensors.camera_height = config.env.sensors.camera_width = config.env.sensors.birdseye_size = 8;
    config.env.sensors.lidar_beams = 9;
    config.env.task.end_on_collision = config.env.task.end_off_road = ends;
    config.autoreset = wm::core::Autoreset::same_step;
    return config;
}

bool taken(DrivingBatch& batch, const Bytes& bytes) {
    try {
        batch.load(0, bytes);
        return true;
    } catch (const wm::core::SnapshotError&) {
        return false;
    }
}

void check_drives(driving_fixture::Run& run, const BatchConfig& config) {
    static Bytes picture(std::size_t{64} * 64 * 3);
    driving_fixture::Arrays seen(config, run.batch.agents());
    run.batch.observe(0, seen.readings());
    run.batch.render(0, 64, 64, picture.data());
    for (int t = 0; t < 3; ++t) run.step(t);
    const auto finite = [](auto x) { return std::isfinite(x); };
    CHECK(std::ranges::all_of(run.batch.rewards, finite));
    CHECK(std::ranges::all_of(run.batch.infos, finite));
    CHECK(std::ranges::all_of(run.obs.lidar, [](float x) { return x >= 0.0f && x <= 1.0f; }));
    CHECK(std::ranges::all_of(run.obs.state, [](float x) { return x >= -1.0f && x <= 1.0f; }));
}

// Byte after byte, or every few of them.
void check_forged(Scenario scenario, bool ends, std::size_t stride, std::size_t phase) {
    const BatchConfig config = config_of(scenario, ends);
    driving_fixture::Run run(config, {3});
    for (int t = 0; t < 25; ++t) run.step(t);
    const Bytes good = run.batch.save(0), payload = wm::test::payload_of(good);
    CHECK(taken(run.batch, wm::test::sealed(payload, kMagic)));
    std::size_t accepted = 0, tried = 0;
    for (std::size_t i = 0; i < payload.size(); i += stride) {
        Bytes forged = payload;
        forged[i] = kValues[(tried + phase) % kValues.size()];
        if (forged[i] == payload[i]) ++forged[i];
        const Bytes sealed = wm::test::sealed(forged, kMagic);
        ++tried;
        if (!taken(run.batch, sealed)) {
            CHECK(run.batch.save(0) == good);
            continue;
        }
        ++accepted;
        CHECK(run.batch.save(0) == sealed);
        check_drives(run, config);
        run.batch.load(0, good);
    }
    CHECK(accepted > tried / 20);
    CHECK(accepted < tried);
}

// Rewards may be as great as the weights make them: an environment takes what it gave.
void check_heavy_weights() {
    BatchConfig config = config_of(Scenario::highway, false);
    config.env.task.w_collision = config.env.task.w_off_road = config.env.task.w_progress = 1e6f;
    driving_fixture::Run run(config, {3});
    for (int t = 0; t < 150; ++t) run.step(t);
    const auto snapshot = run.batch.save(0);
    CHECK(std::abs(run.batch.env(0).agent(0).return_sum) > 1e6);
    CHECK(taken(run.batch, snapshot));
}

// One that only a double can hold is none: infos tell rewards as floats.
void check_reward_beyond_floats() {
    driving_fixture::Run run(config_of(Scenario::highway, false), {3});
    for (int t = 0; t < 25; ++t) run.step(t);
    Bytes payload = wm::test::payload_of(run.batch.save(0));
    const auto bytes_of = [](double value) { return std::bit_cast<std::array<std::uint8_t, sizeof value>>(value); };
    const auto held = bytes_of(run.batch.env(0).agent(0).rewards[0]);
    const auto at = std::ranges::search(payload, held).begin();
    CHECK(at != payload.end());
    if (at == payload.end()) return;
    std::ranges::copy(bytes_of(-1e300), at);
    CHECK(!taken(run.batch, wm::test::sealed(payload, kMagic)));
    std::ranges::copy(bytes_of(-1e30), at);
    CHECK(taken(run.batch, wm::test::sealed(payload, kMagic)));
}

// Agents for whom there is no start take no route of the episode before along, and their snapshot is one.
void check_sitting_out() {
    BatchConfig config = config_of(Scenario::parking, true);
    config.env.num_agents = 40;
    config.max_episode_steps = 3;
    driving_fixture::Run run(config, {3});
    std::size_t sat_out = 0;
    for (int t = 0; t < 24; ++t) {
        run.step(t);
        CHECK(taken(run.batch, run.batch.save(0)));
        for (const AgentRecord& record : run.batch.env(0).agents()) {
            if (record.ending != Ending::sat_out) continue;
            ++sat_out;
            CHECK_EQUAL(record.route.count, 0);
        }
    }
    CHECK(sat_out > 0);
}

}  // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int k, int otherwise) { return static_cast<std::size_t>(argc > k ? std::atoi(argv[k]) : otherwise); };
    const std::size_t stride = argument(1, 31), phase = argument(2, 0);  // "1 0" to "1 4": every byte with every value
    for (int scenario = 0; scenario < 7; ++scenario) {
        for (const bool ends : {false, true}) check_forged(static_cast<Scenario>(scenario), ends, stride, phase);
    }
    check_heavy_weights();
    check_reward_beyond_floats();
    check_sitting_out();
    return wm::test::report();
}
