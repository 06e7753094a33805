// Fuzz target of Driving: one input is a batch, its actions, and bytes for set_state, as they are or with a valid header.
//
// With clang: libFuzzer. With any other compiler fuzz_main.cpp drives the same function with random inputs.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "driving_fixture.h"
#include "fuzz_input.h"
#include "sealed_snapshot.h"
#include "wm/core/snapshot.h"

namespace {

using namespace wm::driving;
using fuzz::expect;
using fuzz::Input;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kMagic = 0x52444d57u;  // of a driving snapshot

// Scenario::map: somebody's own network; here that of another scenario.
std::shared_ptr<const Network> imported(Input& input) {
    ScenarioConfig config;
    config.scenario = static_cast<Scenario>(input.below(7));
    const std::array<std::uint32_t, 1> words{input.take<std::uint8_t>()};
    wm::core::Pcg64 rng(words);
    auto network = std::make_shared<Network>();
    Layout layout;
    build_scenario(config, rng, *network, layout);
    return network;
}

void read_scenario(Input& input, ScenarioConfig& config) {
    config.scenario = static_cast<Scenario>(input.below(8));
    config.signals = input.flip();
    config.lanes = input.below(7);
    config.vehicles = input.flip() ? -1 : input.below(60);
    config.density = 3.0f * input.share();
    config.aggressiveness = input.share();
    config.pedestrians = input.flip() ? -1 : input.below(40);
    config.parked = input.share();
    config.broken_down = input.flip() ? -1 : input.below(12);
    if (config.scenario == Scenario::map) config.map = imported(input);
}

void read_dynamics(Input& input, DynamicsConfig& config) {
    config.model = input.flip() ? VehicleModel::single_track : VehicleModel::kinematic;
    config.vehicle = 1 + input.below(3);
    config.friction = 0.05f + 1.95f * input.share();
    config.reverse = input.flip();
    config.substeps = 1 + input.below(4);
    config.control_step = 0.01f + 0.09f * static_cast<float>(config.substeps) * input.share();
}

void read_sensors(Input& input, SensorConfig& config) {
    config.camera = input.flip();
    config.birdseye = input.flip();
    config.lidar = input.flip();
    config.state = input.flip();
    config.camera_height = 8 + input.below(40);
    config.camera_width = 8 + input.below(60);
    config.camera_fov = 20.0f + 130.0f * input.share();
    config.birdseye_size = 8 + input.below(60);
    config.birdseye_range = 5.0f + 295.0f * input.share();
    config.lidar_beams = 1 + input.below(200);
    config.lidar_range = 1.0f + 299.0f * input.share();
    config.lidar_noise = config.camera_noise = config.state_noise = input.flip() ? 0.0f : 255.0f * input.share();
    config.lidar_dropout = config.camera_dropout = config.state_dropout = input.flip() ? 0.0f : input.share();
}

BatchConfig config_from(Input& input) {
    BatchConfig config;
    config.num_envs = 1 + input.below(2);
    config.num_threads = 1 + input.below(2);
    config.actions = input.flip() ? ActionMode::accel : ActionMode::pedals;
    config.max_episode_steps = input.below(12);
    config.autoreset = static_cast<wm::core::Autoreset>(input.below(3));
    config.env.num_agents = 1 + input.below(6);
    read_scenario(input, config.env.scenario);
    read_dynamics(input, config.env.dynamics);
    read_sensors(input, config.env.sensors);
    config.env.task.route_length = 20.0f + 2000.0f * input.share();
    config.env.task.end_on_collision = input.flip();
    config.env.task.end_off_road = input.flip();
    config.env.task.end_on_red_light = input.flip();
    config.env.task.end_on_wrong_way = input.flip();
    return config;
}

double action_from(Input& input) {
    switch (input.below(8)) {
        case 0: return input.take<double>();  // any bits: infinite, NaN, denormal, huge
        case 1: return static_cast<double>(input.take<float>());
        case 2: return static_cast<double>(input.below(5)) - 2.0;
        case 3: return std::numeric_limits<double>::denorm_min();
        default: return input.take<std::int8_t>() / 127.0;
    }
}

void expect_within(const std::vector<float>& values, float low) {
    expect(std::ranges::all_of(values, [low](float x) { return x >= low && x <= 1.0f; }));
}

void expect_sane(const DrivingBatch& batch, const driving_fixture::Arrays& obs) {
    for (std::size_t lane = 0; lane < batch.size(); ++lane) {
        for (const AgentRecord& record : batch.env(lane).agents()) expect(std::ranges::all_of(record.car.x, [](double x) { return std::isfinite(x); }));
        for (const Actor& actor : batch.env(lane).world().actors) expect(std::isfinite(actor.position.x + actor.position.y + actor.heading + actor.speed));
    }
    expect(std::ranges::all_of(batch.rewards, [](double x) { return std::isfinite(x); }));
    expect(std::ranges::all_of(batch.infos, [](float x) { return std::isfinite(x); }));
    expect_within(obs.lidar, 0.0f);
    expect_within(obs.state, -1.0f);
}

struct Stage {
    DrivingBatch batch;
    driving_fixture::Arrays obs, last;
    std::vector<double> actions;

    Stage(const BatchConfig& config, std::uint32_t seed)
        : batch(config, std::vector<std::uint32_t>{seed}), obs(config, batch.rows()), last(config, batch.rows()),
          actions(batch.rows() * batch.action_size()) {
        batch.reset(Bytes(batch.size(), 1), obs.readings());
    }
};

void step(Input& input, Stage& stage) {
    for (double& action : stage.actions) action = action_from(input);
    const Bytes before = stage.batch.save(0);
    try {
        stage.batch.step(stage.actions.data(), stage.obs.readings(), stage.last.readings());
    } catch (const std::invalid_argument&) {
        expect(stage.batch.save(0) == before);  // refused before anything moved
    }
    expect_sane(stage.batch, stage.obs);
}

// One action for a while: far from the start there is more to see.
void drive(Input& input, Stage& stage) {
    for (double& action : stage.actions) action = input.take<std::int8_t>() / 127.0;
    for (int left = 1 + input.below(24); left > 0; --left) {
        stage.batch.step(stage.actions.data(), stage.obs.readings(), stage.last.readings());
        expect_sane(stage.batch, stage.obs);
    }
}

void load(Stage& stage, const Bytes& bytes) {
    const Bytes before = stage.batch.save(0);
    try {
        stage.batch.load(0, bytes);
        expect(stage.batch.save(0) == bytes);  // what is taken comes back
    } catch (const wm::core::SnapshotError&) {
        expect(stage.batch.save(0) == before);
    }
}

void edit(Input& input, Bytes& bytes) {
    constexpr std::array<std::uint8_t, 6> kTelling{0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe};
    const std::size_t at = input.take<std::uint16_t>() % bytes.size();
    const std::size_t end = std::min(at + 1 + static_cast<std::size_t>(input.below(9)), bytes.size());
    for (std::size_t i = at; i < end; ++i) {
        switch (input.below(3)) {
            case 0: bytes[i] = kTelling[static_cast<std::size_t>(input.below(6))]; break;
            case 1: bytes[i] = static_cast<std::uint8_t>(bytes[i] + input.below(5) - 2); break;  // near what was there: more of them pass
            default: bytes[i] = input.take<std::uint8_t>(); break;
        }
    }
}

// A snapshot with some bytes overwritten, its header made to fit or not.
void forge(Input& input, Stage& stage) {
    Bytes bytes = stage.batch.save(0);
    const bool seal = input.below(8) != 0;
    if (seal) bytes = wm::test::payload_of(bytes);
    for (int edits = input.below(6); edits >= 0 && !bytes.empty(); --edits) edit(input, bytes);
    if (input.below(16) == 0) bytes.resize(input.take<std::uint16_t>() % (bytes.size() + 1));
    if (seal) bytes = wm::test::sealed(bytes, kMagic);
    load(stage, bytes);
}

void raw_bytes(Input& input, Stage& stage) {
    Bytes bytes(input.take<std::uint16_t>() % 1024U);
    for (std::uint8_t& byte : bytes) byte = input.take<std::uint8_t>();
    if (input.flip()) bytes = wm::test::sealed(bytes, kMagic);
    load(stage, bytes);
}

// The readings of the moment again: the same bits, without noise going on.
void look(Input& input, Stage& stage) {
    const std::size_t lane = static_cast<std::size_t>(input.below(2)) % stage.batch.size();
    BatchConfig config = stage.batch.config();
    driving_fixture::Arrays first(config, stage.batch.agents()), second(config, stage.batch.agents());
    stage.batch.observe(lane, first.readings());
    stage.batch.observe(lane, second.readings());
    expect(first.hash(0, 1) == second.hash(0, 1));
    const int height = 64 + input.below(60), width = 64 + input.below(90);
    Bytes picture(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3);
    stage.batch.render(lane, height, width, picture.data());
}

void act(Input& input, Stage& stage) {
    switch (input.below(16)) {
        case 0:
        case 1:
        case 2: return forge(input, stage);
        case 3: return raw_bytes(input, stage);
        case 4: return look(input, stage);
        case 5: return stage.batch.reset(Bytes(stage.batch.size(), static_cast<std::uint8_t>(input.below(2))), stage.obs.readings());
        case 6: return stage.batch.seed(0, std::vector<std::uint32_t>{input.take<std::uint32_t>()});
        case 7:
        case 8:
        case 9: return drive(input, stage);
        default: return step(input, stage);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input({data, size});
    const BatchConfig config = config_from(input);
    std::unique_ptr<Stage> stage;
    try {
        stage = std::make_unique<Stage>(config, input.take<std::uint32_t>());
    } catch (const std::invalid_argument&) {
        return 0;  // no room for so many agents
    }
    expect_sane(stage->batch, stage->obs);
    for (int budget = 40; budget > 0 && !input.empty(); --budget) act(input, *stage);
    return 0;
}
