// A batch of dreams: lanes keep their bits in any batch, order of calls and number of threads; a step allocates nothing.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "counting_new.h"
#include "wm/dream/batch.h"

namespace {

using namespace wm::dream;

constexpr int kLatent = 7, kUnits = 37, kActions = 3, kEntries = 2;  // nothing falls on whole vectors
constexpr std::size_t kObserved = kLatent + kUnits;

std::uint64_t state = 1;

float number() {  // in [-1, 1)
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<float>(static_cast<double>(state >> 11) * 0x1p-52 - 1.0);
}

std::vector<float> numbers(std::size_t count, float scale = 1.0f) {
    std::vector<float> values(count);
    for (float& value : values) value = scale * number();
    return values;
}

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

constexpr int kSteps = 12;

std::vector<Lane> alone(const StepProgram& p, const StepOptions& o, std::size_t count) {
    std::vector<Lane> found;
    for (std::size_t i = 0; i < count; ++i) {
        Dreams one(p, o, {i}, 1);
        for (int t = 0; t < kSteps; ++t) one.step({nullptr, 1}, t);
        found.push_back(one.lane(0));
    }
    return found;
}

void check_lanes(int components) {  // in batches of every size, permuted, on threads, in two calls instead of one
    const StepProgram p = program(components);
    const StepOptions o = options();
    constexpr std::size_t kMost = 150;
    const std::vector<Lane> single = alone(p, o, kMost);
    for (const std::size_t n : {2U, 5U, 47U, 48U, 49U, 150U}) {
        for (const int threads : {1, 2, 3}) {
            std::vector<std::size_t> who(n);
            for (std::size_t i = 0; i < n; ++i) who[i] = (i * 7 + 3) % n;
            Dreams whole(p, o, who, threads), halves(p, o, who, threads);
            std::vector<std::int64_t> odd, even;
            for (std::size_t i = 0; i < n; ++i) (i % 2 == 1 ? odd : even).push_back(static_cast<std::int64_t>(i));
            for (int t = 0; t < kSteps; ++t) {
                whole.step({nullptr, n}, t);
                halves.step({odd.data(), odd.size()}, t);
                halves.step({even.data(), even.size()}, t);
            }
            int wrong = 0;
            for (std::size_t i = 0; i < n; ++i) {
                wrong += !(whole.lane(i) == single[who[i]]);
                wrong += !(halves.lane(i) == single[who[i]]);
            }
            CHECK(wrong == 0);
        }
    }
}

void check_ends() {
    StepOptions o = options();
    o.sample_end = false;
    o.threshold = 0.999;
    o.max_uncertainty = std::numeric_limits<double>::infinity();
    Dreams dreams(program(1), o, {0, 1, 2}, 1);
    for (int t = 0; t < 9; ++t) {
        dreams.step({nullptr, 3}, t);
        for (std::size_t i = 0; i < 3; ++i) CHECK(dreams.flags[3 + i] == (t == 8));  // the horizon
    }
    o.max_uncertainty = 1e-6;
    Dreams unsure(program(1), o, {0}, 1);
    unsure.step({nullptr, 1}, 0);
    CHECK(unsure.flags[1]);
    o.threshold = -1.0;
    Dreams over(program(1), o, {0}, 1);
    over.step({nullptr, 1}, 0);
    CHECK(over.flags[0]);
}

void check_nan(int threads) {  // its lane keeps its state; its neighbours notice nothing
    const StepProgram p = program(5);
    std::vector<std::size_t> who(60);
    for (std::size_t i = 0; i < who.size(); ++i) who[i] = i;
    Dreams sane(p, options(), who, threads), sick(p, options(), who, threads);
    sane.step({nullptr, 60}, 0);
    sick.step({nullptr, 60}, 0);
    const Lane before = sick.lane(50);
    const float healthy = sick.batch.state(1)[50 * kUnits];
    sick.batch.state(1)[50 * kUnits] = NAN;
    sane.step({nullptr, 60}, 1);
    sick.step({nullptr, 60}, 1);
    CHECK(sick.flags[120 + 50] && sick.flags[60 + 50] && !sick.flags[50]);
    CHECK(sick.reward[50] == 0.0 && std::isinf(sick.uncertainty[50]));
    CHECK(std::isnan(sick.batch.state(1)[50 * kUnits]) && sick.lane(50).z == before.z);
    sick.batch.state(1)[50 * kUnits] = healthy;
    CHECK(sick.lane(50).h == before.h);
    CHECK(sick.batch.steps()[50] == 2 && sick.batch.noise_counts()[50] == sane.batch.noise_counts()[50]);
    int wrong = 0;
    for (std::size_t i = 0; i < 60; ++i) wrong += i != 50 && !(sick.lane(i) == sane.lane(i));
    CHECK(wrong == 0);
}

void check_actions() {
    Dreams dreams(program(1), options(), {0, 1, 2}, 1);
    CHECK(dreams.batch.first_bad_action(3, dreams.actions.data()) == -1);
    dreams.actions[5] = INFINITY;
    dreams.actions[8] = NAN;
    CHECK(dreams.batch.first_bad_action(3, dreams.actions.data()) == 1);
}

void check_allocations() {
    for (const int threads : {1, 2}) {
        for (const int components : {1, 5}) {
            std::vector<std::size_t> who(100);
            Dreams dreams(program(components), options(), who, threads);
            const std::int64_t some[] = {0, 3, 99};
            dreams.batch.step({nullptr, 100}, dreams.actions.data(), dreams.outcome(), dreams.obs.data());
            const long before = allocations;
            for (int t = 0; t < 50; ++t) {
                dreams.batch.step({nullptr, 100}, dreams.actions.data(), dreams.outcome(), dreams.obs.data());
                dreams.batch.step({some, 3}, dreams.actions.data(), dreams.outcome(), nullptr);
                dreams.batch.look({nullptr, 100}, dreams.obs.data());
            }
            CHECK(allocations == before);
        }
    }
}

template <class Change>
bool refused(Change change) {
    StepProgram p = program(1);
    StepOptions o = options();
    change(p, o);
    try {
        const DreamBatch batch(p, o, 2);
    } catch (const std::invalid_argument&) {
        return true;
    }
    return false;
}

void check_refusals() {
    CHECK(!refused([](StepProgram&, StepOptions&) {}));
    CHECK(refused([](StepProgram& p, StepOptions&) { p.network = nullptr; }));
    CHECK(refused([](StepProgram& p, StepOptions&) { p.widths[1] = kUnits + 1; }));
    CHECK(refused([](StepProgram& p, StepOptions&) { p.widths[0] = 0; }));
    CHECK(refused([](StepProgram& p, StepOptions&) { p.inputs[0] = kEntries; }));
    CHECK(refused([](StepProgram& p, StepOptions&) { p.inputs.pop_back(); }));
    CHECK(refused([](StepProgram& p, StepOptions&) { p.memory = {0}; }));
    CHECK(refused([](StepProgram& p, StepOptions&) { p.memory = {}; }));
    CHECK(refused([](StepProgram& p, StepOptions&) { p.latent = -1; }));
    CHECK(refused([](StepProgram& p, StepOptions&) { p.components = 2; }));
    CHECK(refused([](StepProgram& p, StepOptions&) { p.components = 0; }));
    CHECK(refused([](StepProgram&, StepOptions& o) { o.action_low.pop_back(); }));
    CHECK(refused([](StepProgram&, StepOptions& o) { o.observed = {kEntries}; }));
    auto net = std::make_shared<RowNetwork>();
    StepProgram p = program(1);
    DreamBatch batch(p, options(), 1);
    const_cast<RowNetwork&>(*p.network).input(3);  // grows: what the batch set aside no longer fits
    bool thrown = false;
    try {
        batch.step({nullptr, 1}, nullptr, {}, nullptr);
    } catch (const std::logic_error&) {
        thrown = true;
    }
    CHECK(thrown);
}

}  // namespace

int main() {
    check_lanes(1);
    check_lanes(5);
    check_ends();
    for (const int threads : {1, 2}) check_nan(threads);
    check_actions();
    check_allocations();
    check_refusals();
    return wm::test::report();
}
