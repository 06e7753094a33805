// A batch of dreams: lanes keep their bits in any batch, order of calls and number of threads.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "dream_fixture.h"

namespace {

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

void check_starts() {  // a lane's own noise chooses, in any batch
    const StepProgram p = program(1);
    const auto z = numbers(10 * kLatent), h = numbers(10 * kUnits);
    std::vector<std::size_t> who(40);
    for (std::size_t i = 0; i < who.size(); ++i) who[i] = i;
    Dreams all(p, options(), who, 2);
    all.batch.set_starts({z.data(), h.data()}, 10);
    all.step({nullptr, 40}, 0);
    std::vector<std::int64_t> some{1, 5, 39};
    all.batch.begin({some.data(), 3}, all.obs.data());
    std::vector<int> seen(10);
    for (const std::int64_t lane : some) {
        Dreams one(p, options(), {static_cast<std::size_t>(lane)}, 1);
        one.batch.set_starts({z.data(), h.data()}, 10);
        one.step({nullptr, 1}, 0);
        one.batch.begin({nullptr, 1}, one.obs.data());
        CHECK(one.lane(0) == all.lane(static_cast<std::size_t>(lane)) && one.batch.steps()[0] == 0);
    }
    CHECK(all.batch.steps()[0] == 1 && all.batch.steps()[1] == 0);
    for (int round = 0; round < 20; ++round) {
        all.batch.begin({nullptr, 40}, nullptr);
        for (std::size_t i = 0; i < 40; ++i) {
            for (std::size_t row = 0; row < 10; ++row) seen[row] += all.batch.state(0)[i * kLatent] == z[row * kLatent];
        }
    }
    CHECK(*std::min_element(seen.begin(), seen.end()) > 40);  // of 800
    Dreams apart(p, options(), who, 1), together(p, options(), who, 2);
    std::vector<std::int64_t> over, going;
    bool ended[40];
    for (std::int64_t i = 0; i < 40; ++i) {
        ended[i] = i % 3 == 0;
        (ended[i] ? over : going).push_back(i);
    }
    for (Dreams* dreams : {&apart, &together}) {
        dreams->batch.set_starts({z.data(), h.data()}, 10);
        dreams->step({nullptr, 40}, 0);
    }
    together.actions.assign(40 * kActions, 0.2f);
    together.actions[0] = NAN;  // of a lane that begins: nobody looks
    apart.actions.assign(40 * kActions, 0.2f);
    CHECK(together.batch.step_or_begin(ended, together.actions.data(), together.outcome(), together.obs.data()));
    apart.batch.step({going.data(), going.size()}, apart.actions.data(), apart.outcome(), apart.obs.data());
    for (std::size_t m = 0; m < going.size(); ++m) {
        const auto lane = static_cast<std::size_t>(going[m]);
        CHECK(apart.reward[m] == together.reward[lane] && apart.uncertainty[m] == together.uncertainty[lane]);
        CHECK(apart.flags[m] == together.flags[lane] && apart.flags[40 + m] == together.flags[40 + lane]);
    }
    apart.batch.begin({over.data(), over.size()}, apart.obs.data());
    for (std::size_t lane = 0; lane < 40; ++lane) CHECK(apart.lane(lane) == together.lane(lane));
    CHECK(together.reward[3] == 0.0 && together.uncertainty[3] == 0.0 && !together.flags[3] && !together.flags[43]);
    together.actions[4 * kActions] = NAN;  // of one that goes on
    CHECK(!together.batch.step_or_begin(ended, together.actions.data(), together.outcome(), together.obs.data()));
    bool thrown = false;
    try {
        Dreams(p, options(), {0}, 1).batch.begin({nullptr, 1}, nullptr);
    } catch (const std::logic_error&) {
        thrown = true;
    }
    CHECK(thrown);
}

void check_actions() {
    Dreams dreams(program(1), options(), {0, 1, 2}, 1);
    CHECK(dreams.batch.first_bad_action(3, dreams.actions.data()) == -1);
    dreams.actions[5] = INFINITY;
    dreams.actions[8] = NAN;
    CHECK(dreams.batch.first_bad_action(3, dreams.actions.data()) == 1);
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
    check_starts();
    check_actions();
    check_refusals();
    return wm::test::report();
}
