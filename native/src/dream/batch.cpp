#include "wm/dream/batch.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "row_kernels.h"
#include "wm/core/cache_lines.h"

namespace wm::dream {
namespace {

constexpr std::size_t kRows = 48;        // lanes that go through a step together: their values stay in the cache
constexpr std::size_t kSharedRows = 24;  // and where threads share them: small, for one may wake up late

std::size_t size(int value) { return static_cast<std::size_t>(value); }

void require(bool fits, const char* what) {
    if (!fits) throw std::invalid_argument(std::string("dream program: ") + what);
}

// NaN stays NaN.
float clamped(float x, float low, float high) {
    const float raised = x < low ? low : x;
    return raised > high ? high : raised;
}

// Whether a number is infinite or NaN, for many: all bits of the exponent are set.
bool all_finite(const float* values, std::size_t count) {
    std::uint32_t bad = 0;
    for (std::size_t i = 0; i < count; ++i) {
        std::uint32_t bits;
        std::memcpy(&bits, values + i, sizeof bits);
        bad |= (bits & 0x7f800000U) == 0x7f800000U ? 1U : 0U;
    }
    return bad == 0;
}

}  // namespace

struct DreamBatch::Desk {
    core::AlignedVector<float> network, mixture, actions, noise, uniform, chance, latent, spread;
    std::vector<core::AlignedVector<float>> gathered, results;  // of the state entries, of the network's outputs
    std::vector<const float*> now, in;             // the state entries' rows, the network's inputs
    std::vector<float*> out;

    Desk(const StepProgram& program, const Mixture& mix, std::size_t action_size) {
        const RowNetwork& net = *program.network;
        const std::size_t dims = size(mix.dims), count = dims * size(mix.components);
        network.resize(net.scratch_floats());
        mixture.resize(mixture_scratch(mix));
        actions.resize(kRows * action_size);
        noise.resize(kRows * dims);
        latent.resize(kRows * dims);
        if (mix.components > 1) uniform.resize(kRows * count);
        chance.resize(kRows);
        spread.resize(kRows);
        for (const int width : program.widths) gathered.emplace_back(kRows * size(width));
        for (std::size_t i = 0; i < net.outputs(); ++i) {
            results.emplace_back(kRows * size(net.output_width(i)));
            out.push_back(results.back().data());
        }
        now.resize(program.widths.size());
        in.resize(net.inputs());
    }
};

DreamBatch::DreamBatch(StepProgram program, StepOptions options, std::size_t lanes, int threads)
    : program_(std::move(program)), options_(std::move(options)), keys_(lanes), counts_(lanes), steps_(lanes), pool_(threads) {
    check();
    mixture_ = {program_.widths[size(program_.latent)], program_.components, program_.log_std_min, program_.log_std_max,
                options_.temperature};
    network_inputs_ = program_.network->inputs();
    network_outputs_ = program_.network->outputs();
    network_scratch_ = program_.network->scratch_floats();
    for (const int width : program_.widths) states_.emplace_back(lanes * size(width));
    for (const int entry : options_.observed) observed_ += size(program_.widths[size(entry)]);
    going_.reserve(lanes);
    for (int i = 0; i < pool_.size(); ++i) desks_.push_back(std::make_unique<Desk>(program_, mixture_, action_size()));
}

DreamBatch::~DreamBatch() = default;

void DreamBatch::check() const {
    require(program_.network != nullptr, "it has no network");
    const RowNetwork& net = *program_.network;
    const auto entries = static_cast<int>(program_.widths.size());
    const auto known = [&](int entry) { return entry >= 0 && entry < entries; };
    const auto width = [&](int entry) { return program_.widths[size(entry)]; };
    require(std::all_of(program_.widths.begin(), program_.widths.end(), [](int w) { return w >= 1; }), "a state entry is empty");
    require(known(program_.latent), "the latent is no state entry");
    require(options_.action_low.size() == options_.action_high.size(), "the action's bounds differ in length");
    require(program_.inputs.size() == net.inputs(), "the network has another number of inputs");
    for (std::size_t i = 0; i < net.inputs(); ++i) {
        const int entry = program_.inputs[i];
        require(entry == StepProgram::kAction || known(entry), "an input is no state entry");
        const int given = entry == StepProgram::kAction ? static_cast<int>(action_size()) : width(entry);
        require(given == net.input_width(i), "an input of the network has another width");
    }
    const std::size_t memory = program_.memory.size();
    require(net.outputs() == memory + 3, "the network's outputs must be the memory, mixtures, two rewards and the end");
    for (std::size_t i = 0; i < memory; ++i) {
        require(known(program_.memory[i]) && program_.memory[i] != program_.latent, "a memory is no state entry, or the latent");
        require(net.output_width(i) == width(program_.memory[i]), "a memory has another width than the network's output");
    }
    require(program_.components >= 1, "it needs at least one component");
    const int parts = program_.components > 1 ? 3 : 2;
    require(net.output_width(memory) == parts * width(program_.latent) * program_.components, "the mixtures have another width");
    require(net.output_width(memory + 1) == 2, "the rewards must be two");
    require(net.output_width(memory + 2) == 1, "the probability of the end must be one");
    for (const int entry : options_.observed) require(known(entry), "what is observed is no state entry");
}

std::ptrdiff_t DreamBatch::first_bad_action(std::size_t count, const float* actions) const {
    const std::size_t width = action_size();
    if (all_finite(actions, count * width)) return -1;
    std::size_t row = 0;
    while (all_finite(actions + row * width, width)) ++row;
    return static_cast<std::ptrdiff_t>(row);
}

void DreamBatch::step(const Lanes& lanes, const float* actions, const StepOutcome& outcome, float* obs) {
    run({lanes, actions, outcome, obs, false});
}

bool DreamBatch::step_or_begin(const bool* ended, const float* actions, const StepOutcome& outcome, float* obs) {
    const std::size_t width = action_size();
    going_.clear();
    for (std::size_t lane = 0; lane < lanes(); ++lane) {
        if (ended[lane]) continue;
        if (!all_finite(actions + lane * width, width)) return false;
        going_.push_back(static_cast<std::int64_t>(lane));
    }
    run({{going_.data(), going_.size()}, actions, outcome, obs, true});
    for (std::size_t lane = 0; lane < lanes(); ++lane) {
        if (!ended[lane]) continue;
        begin_lane(lane, obs);
        outcome.reward[lane] = outcome.uncertainty[lane] = 0.0;
        outcome.terminated[lane] = outcome.truncated[lane] = outcome.invalid[lane] = false;
    }
    return true;
}

void DreamBatch::run(const Call& call) {
    const RowNetwork& net = *program_.network;
    if (net.inputs() != network_inputs_ || net.outputs() != network_outputs_ || net.scratch_floats() != network_scratch_) {
        throw std::logic_error("the network has changed since the dreams were made");
    }
    const std::size_t count = call.lanes.count;
    const std::size_t rows = pool_.size() == 1 ? kRows : kSharedRows, items = (count + rows - 1) / rows;
    pool_.run(static_cast<int>(items), [&](int worker, int item) {
        const std::size_t first = size(item) * rows;
        step_rows(call, first, std::min(rows, count - first), *desks_[size(worker)]);
    });
}

void DreamBatch::step_rows(const Call& call, std::size_t first, std::size_t count, Desk& desk) {
    take_rows(call.lanes, first, count, desk);
    clip_actions(call, first, count, desk.actions.data());
    for (std::size_t i = 0; i < network_inputs_; ++i) {
        const int entry = program_.inputs[i];
        desk.in[i] = entry == StepProgram::kAction ? desk.actions.data() : desk.now[size(entry)];
    }
    program_.network->run(count, desk.in, desk.out, desk.network.data());
    const bool all = call.lanes.index == nullptr;
    const std::size_t from = all ? first : 0, span = all ? count : keys_.size();
    const LaneDraw draw{std::span<const std::uint64_t>(keys_).subspan(from, span), std::span(counts_).subspan(from, span),
                        all ? nullptr : call.lanes.index + first, count};
    sample_rows(draw, count, desk);
    for (std::size_t row = 0; row < count; ++row) finish_row(call, first + row, row, desk);
}

void DreamBatch::take_rows(const Lanes& lanes, std::size_t first, std::size_t count, Desk& desk) const {
    for (std::size_t entry = 0; entry < states_.size(); ++entry) {
        const std::size_t width = size(program_.widths[entry]);
        if (lanes.index == nullptr) {
            desk.now[entry] = states_[entry].data() + first * width;
            continue;
        }
        float* to = desk.gathered[entry].data();
        for (std::size_t row = 0; row < count; ++row) {
            std::memcpy(to + row * width, states_[entry].data() + lanes[first + row] * width, width * sizeof(float));
        }
        desk.now[entry] = to;
    }
}

void DreamBatch::clip_actions(const Call& call, std::size_t first, std::size_t count, float* out) const {
    const std::size_t width = action_size();
    for (std::size_t row = 0; row < count; ++row) {
        const float* action = call.actions + call.row(first + row) * width;
        for (std::size_t i = 0; i < width; ++i) {
            out[row * width + i] = clamped(action[i], options_.action_low[i], options_.action_high[i]);
        }
    }
}

// In the order in which a model draws: its noise, its choice of a component, then the end.
void DreamBatch::sample_rows(const LaneDraw& draw, std::size_t count, Desk& desk) {
    const std::size_t dims = size(mixture_.dims), memory = program_.memory.size();
    MixtureRows rows{count, desk.out[memory], nullptr, nullptr, nullptr};
    if (program_.residual) rows.base = desk.now[size(program_.latent)];
    if (options_.sample_latent) {
        draw_normal(draw, count, dims, desk.noise.data());
        rows.noise = desk.noise.data();
        if (mixture_.components > 1) {
            draw_uniform(draw, count, dims * size(mixture_.components), desk.uniform.data());
            rows.uniform = desk.uniform.data();
        }
    }
    sample(mixture_, rows, desk.latent.data(), desk.spread.data(), desk.mixture.data());
    for (std::size_t i = 0; i < count * dims; ++i) {
        desk.latent[i] = clamped(desk.latent[i], -program_.latent_limit, program_.latent_limit);
    }
    if (options_.sample_end) draw_uniform(draw, count, 1, desk.chance.data());
}

void DreamBatch::finish_row(const Call& call, std::size_t at, std::size_t row, Desk& desk) {
    const std::size_t memory = program_.memory.size(), lane = call.lanes[at];
    const float *rewards = desk.out[memory + 1] + 2 * row, probability = desk.out[memory + 2][row];
    const float scale = program_.reward_scale;
    const float above = probability - static_cast<float>(program_.end_deadband);
    const float end = (above < 0.0f ? 0.0f : above) / static_cast<float>(1.0 - program_.end_deadband);
    const float ordinary = clamped(rewards[0] / scale, -program_.reward_limit, program_.reward_limit);
    const float expected = (1.0f - end) * ordinary + end * rewards[1] / scale;
    const bool kept = keep_row(lane, row, expected, end, desk);
    const auto chance = static_cast<double>(end);
    const bool ended = options_.sample_end ? static_cast<double>(desk.chance[row]) < chance : chance > options_.threshold;
    const double uncertainty = kept ? static_cast<double>(desk.spread[row]) : std::numeric_limits<double>::infinity();
    double reward = kept ? static_cast<double>(expected) : 0.0;
    if (options_.pessimism != 0.0 && kept) reward -= options_.pessimism * uncertainty;
    const std::size_t to = call.row(at);
    call.outcome.reward[to] = std::min(reward, options_.max_reward);
    call.outcome.terminated[to] = kept && ended;
    call.outcome.truncated[to] = ++steps_[lane] >= options_.horizon || !kept || uncertainty > options_.max_uncertainty;
    call.outcome.uncertainty[to] = uncertainty;
    call.outcome.invalid[to] = !kept;
    if (call.obs != nullptr) look_at(lane, call.obs + lane * observed_);
}

// The new state of a lane, unless something is not finite.
bool DreamBatch::keep_row(std::size_t lane, std::size_t row, float reward, float end, Desk& desk) {
    const float heads[] = {reward, end, desk.spread[row]};
    const std::size_t dims = size(mixture_.dims);
    const float* latent = desk.latent.data() + row * dims;
    bool finite = all_finite(heads, 3) && all_finite(latent, dims);
    for (std::size_t i = 0; i < program_.memory.size(); ++i) {
        const std::size_t width = size(program_.widths[size(program_.memory[i])]);
        finite = finite && all_finite(desk.out[i] + row * width, width);
    }
    if (!finite) return false;
    std::memcpy(states_[size(program_.latent)].data() + lane * dims, latent, dims * sizeof(float));
    for (std::size_t i = 0; i < program_.memory.size(); ++i) {
        const std::size_t entry = size(program_.memory[i]), width = size(program_.widths[entry]);
        std::memcpy(states_[entry].data() + lane * width, desk.out[i] + row * width, width * sizeof(float));
    }
    return true;
}

void DreamBatch::set_starts(std::vector<const float*> entries, std::size_t count) {
    require(entries.size() == states_.size() && count >= 1, "starts must have every state entry, and at least one row");
    starts_ = std::move(entries);
    start_count_ = count;
}

void DreamBatch::begin(const Lanes& lanes, float* obs) {
    for (std::size_t i = 0; i < lanes.count; ++i) begin_lane(lanes[i], obs);
}

void DreamBatch::begin_lane(std::size_t lane, float* obs) {
    if (start_count_ == 0) throw std::logic_error("these dreams have no starts");
    const auto index = static_cast<std::int64_t>(lane);
    float chance = 0.0f;
    draw_uniform({keys_, counts_, &index, 1}, 1, 1, &chance);
    const auto row = static_cast<std::size_t>(static_cast<double>(chance) * static_cast<double>(start_count_));
    for (std::size_t entry = 0; entry < states_.size(); ++entry) {
        const std::size_t width = size(program_.widths[entry]);
        std::memcpy(states_[entry].data() + lane * width, starts_[entry] + row * width, width * sizeof(float));
    }
    steps_[lane] = 0;
    if (obs != nullptr) look_at(lane, obs + lane * observed_);
}

void DreamBatch::look(const Lanes& lanes, float* obs) const {
    for (std::size_t i = 0; i < lanes.count; ++i) look_at(lanes[i], obs + lanes[i] * observed_);
}

void DreamBatch::look_at(std::size_t lane, float* to) const {
    const float limit = options_.observed_limit;
    for (const int entry : options_.observed) {
        const std::size_t width = size(program_.widths[size(entry)]);
        const float* from = states_[size(entry)].data() + lane * width;
        for (std::size_t i = 0; i < width; ++i) to[i] = clamped(from[i], -limit, limit);
        to += width;
    }
}

}  // namespace wm::dream
