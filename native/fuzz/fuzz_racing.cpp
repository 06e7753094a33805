// Fuzz target of CarRacing: one input is a batch, its actions, and bytes for set_state, as they are or with a valid header.
//
// With clang: libFuzzer. With any other compiler fuzz_main.cpp drives the same function with random inputs.
#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "fuzz_input.h"
#include "sealed_snapshot.h"
#include "wm/racing/batch.h"
#include "wm/core/snapshot.h"

namespace {

using namespace wm::racing;
using fuzz::expect;
using fuzz::Input;
using Bytes = std::vector<std::uint8_t>;

BatchConfig config_from(Input& input) {
    BatchConfig config;
    config.num_envs = 1 + input.below(3);
    config.num_threads = 1 + input.below(2);
    config.env.frame_skip = 1 + input.below(4);
    config.env.domain_randomize = input.below(2) == 1;
    config.actions = static_cast<ActionMode>(input.below(3));
    config.obs_size = input.below(2) == 1 ? 64 : 96;
    config.grayscale = input.below(2) == 1;
    config.max_episode_steps = input.below(8);
    config.autoreset = static_cast<wm::core::Autoreset>(input.below(3));
    if (input.below(4) == 0) config.scores = std::make_shared<ScoreTable>(0);  // the exact painter, without any text
    return config;
}

double action_from(Input& input) {
    switch (input.below(8)) {
        case 0: return input.take<double>();  // any bits: infinite, NaN, denormal, huge
        case 1: return static_cast<double>(input.take<float>());
        case 2: return static_cast<double>(input.below(5));
        default: return input.take<std::int8_t>() / 127.0;
    }
}

void expect_sane(const RacingBatch& batch) {
    for (std::size_t lane = 0; lane < batch.size(); ++lane) {
        const Car& car = batch.env(lane).car();
        expect(std::isfinite(car.hull.pose.p.x) && std::isfinite(car.hull.pose.p.y) && std::isfinite(car.hull.angle));
        expect(std::isfinite(batch.rewards[lane]) && batch.env(lane).tiles_visited() <= batch.env(lane).track().size());
    }
}

void step(Input& input, RacingBatch& batch, Bytes& obs, Bytes& final_obs) {
    std::vector<double> actions(batch.size() * batch.action_size());
    for (double& action : actions) action = action_from(input);
    Bytes before = batch.save(0);
    try {
        batch.step(actions.data(), obs.data(), final_obs.data());
    } catch (const std::invalid_argument&) {
        expect(batch.save(0) == before);  // refused before anything moved
    }
    expect_sane(batch);
}

// A snapshot with some bytes overwritten, its header made to fit or not.
void forge(Input& input, RacingBatch& batch) {
    Bytes bytes = batch.save(0);
    const Bytes before = bytes;
    const bool seal = input.below(4) != 0;
    if (seal) bytes = wm::test::payload_of(bytes);
    for (int edits = input.below(6); edits >= 0 && !bytes.empty(); --edits) {
        const std::size_t at = input.take<std::uint16_t>() % bytes.size();
        for (std::size_t i = at; i < std::min(at + 1 + static_cast<std::size_t>(input.below(9)), bytes.size()); ++i) bytes[i] = input.take<std::uint8_t>();
    }
    if (input.below(8) == 0) bytes.resize(input.take<std::uint16_t>() % (bytes.size() + 1));
    if (seal) bytes = wm::test::sealed(bytes);
    try {
        batch.load(0, bytes);
        expect(batch.save(0) == bytes);  // what is taken comes back
    } catch (const wm::core::SnapshotError&) {
        expect(batch.save(0) == before);
    }
}

void raw_bytes(Input& input, RacingBatch& batch) {
    Bytes bytes(input.take<std::uint16_t>() % 4096U);
    for (std::uint8_t& byte : bytes) byte = input.take<std::uint8_t>();
    if (input.below(2) == 1) bytes = wm::test::sealed(bytes);
    try {
        batch.load(0, bytes);
    } catch (const wm::core::SnapshotError&) {
        return;
    }
}

void render(Input& input, RacingBatch& batch) {
    static Bytes frame(std::size_t{FramePainter::kWindowWidth} * FramePainter::kWindowHeight * 3);
    const Bytes text(60 * 30, 255);
    if (input.below(2) == 1) return batch.render_window(0, {text, 60, 30}, frame.data());
    batch.render_video(0, {text, 60, 30}, frame.data());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input({data, size});
    RacingBatch batch(config_from(input), std::vector<std::uint32_t>{input.take<std::uint32_t>()});
    Bytes obs(batch.size() * batch.obs_bytes());
    Bytes final_obs(obs.size());
    batch.reset(Bytes(batch.size(), 1), true, obs.data());
    for (int budget = 60; budget > 0 && !input.empty(); --budget) {
        switch (input.below(16)) {
            case 0: forge(input, batch); break;
            case 1: raw_bytes(input, batch); break;
            case 2: render(input, batch); break;
            case 3: batch.reset(Bytes(batch.size(), static_cast<std::uint8_t>(input.below(2))), input.below(2) == 1, obs.data()); break;
            default: step(input, batch, obs, final_obs); break;
        }
    }
    return 0;
}
