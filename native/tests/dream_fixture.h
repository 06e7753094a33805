// A small world to dream in, and lanes of it that can be compared bit by bit.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "numbers.h"
#include "wm/dream/batch.h"

namespace {

using namespace wm::dream;

constexpr int kLatent = 7, kUnits = 37, kActions = 3, kEntries = 2;  // nothing falls on whole vectors
constexpr std::size_t kObserved = kLatent + kUnits;

Matrix matrix(std::vector<std::vector<float>>& keep, int outputs, int inputs, float scale = 0.3f) {
    keep.push_back(numbers(static_cast<std::size_t>(outputs * inputs), scale));
    const float* weight = keep.back().data();
    keep.push_back(numbers(static_cast<std::size_t>(outputs)));
    return {weight, keep.back().data(), outputs, inputs};
}

StepProgram program(int components) {
    state = 1;
    std::vector<std::vector<float>> keep;
    keep.reserve(16);
    auto net = std::make_shared<RowNetwork>();
    const int z = net->input(kLatent), a = net->input(kActions), h = net->input(kUnits);
    const int fed[] = {z, a};
    const int unit = net->gru(fed, h, matrix(keep, 3 * kUnits, kLatent + kActions), matrix(keep, 3 * kUnits, kUnits));
    const int context[] = {unit, z, a};
    const int width = kUnits + kLatent + kActions;
    net->output(unit);
    net->output(net->dense(context, matrix(keep, (components > 1 ? 3 : 2) * kLatent * components, width), Activation::identity));
    net->output(net->dense(context, matrix(keep, 2, width), Activation::identity));
    net->output(net->dense(context, matrix(keep, 1, width), Activation::sigmoid));
    return {net, {kLatent, kUnits}, {0, StepProgram::kAction, 1}, {1}, 0, components, -4.0f, 1.5f, true, 6.0f, 0.3f, 10.0f, 0.02};
}

StepOptions options() {
    StepOptions o;
    o.action_low.assign(kActions, -0.5f), o.action_high.assign(kActions, 0.5f);
    o.sample_end = true;
    o.pessimism = 0.1;
    o.max_reward = 0.5;
    o.max_uncertainty = 3.0;
    o.horizon = 9;
    o.observed = {0, 1};
    o.observed_limit = 4.0f;
    return o;
}

// Everything that a lane is and was told.
struct Lane {
    std::vector<float> z, h, obs;
    std::vector<double> told;
    bool operator==(const Lane& other) const {
        const auto same = [](const auto& a, const auto& b) {
            return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0;
        };
        return same(z, other.z) && same(h, other.h) && same(obs, other.obs) && same(told, other.told);
    }
};

struct Dreams {
    DreamBatch batch;
    std::vector<std::size_t> who;  // identity of each lane: its start, noise and actions
    std::vector<float> obs, actions;
    std::vector<double> reward, uncertainty;
    std::unique_ptr<bool[]> flags;
    std::vector<Lane> lanes;

    Dreams(const StepProgram& p, const StepOptions& o, const std::vector<std::size_t>& identities, int threads)
        : batch(p, o, identities.size(), threads), who(identities), obs(who.size() * kObserved), actions(who.size() * kActions),
          reward(who.size()), uncertainty(who.size()), flags(new bool[3 * who.size()]), lanes(who.size()) {
        for (std::size_t i = 0; i < who.size(); ++i) {
            state = 1000 + who[i];
            for (int k = 0; k < 20; ++k) (void)number();
            batch.noise_keys()[i] = who[i] * 77 + 1;
            for (std::size_t k = 0; k < kLatent; ++k) batch.state(0)[i * kLatent + k] = 2.0f * number();
            for (std::size_t k = 0; k < kUnits; ++k) batch.state(1)[i * kUnits + k] = number();
        }
    }
    StepOutcome outcome() {
        return {reward.data(), flags.get(), flags.get() + who.size(), uncertainty.data(), flags.get() + 2 * who.size()};
    }
    void step(const Lanes& chosen, int t) {
        for (std::size_t m = 0; m < chosen.count; ++m) {
            for (std::size_t k = 0; k < kActions; ++k) {
                actions[m * kActions + k] = std::sin(static_cast<float>(who[chosen[m]] + k) + static_cast<float>(t));
            }
        }
        batch.step(chosen, actions.data(), outcome(), obs.data());
        for (std::size_t m = 0; m < chosen.count; ++m) {
            const bool* f = flags.get() + m;
            auto& told = lanes[chosen[m]].told;
            told.insert(told.end(), {reward[m], uncertainty[m], f[0] ? 1.0 : 0.0, f[who.size()] ? 1.0 : 0.0, f[2 * who.size()] ? 1.0 : 0.0});
        }
    }
    Lane lane(std::size_t i) {
        Lane found = lanes[i];
        const auto cut = [i](std::span<const float> from, std::size_t width) {
            return std::vector<float>(from.begin() + static_cast<std::ptrdiff_t>(i * width), from.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
        };
        found.z = cut(batch.state(0), kLatent), found.h = cut(batch.state(1), kUnits), found.obs = cut(obs, kObserved);
        return found;
    }
};

}  // namespace
