// Many dreams stepped together, each the same to the bit whatever else is in the batch and however many threads there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "wm/core/thread_pool.h"
#include "wm/dream/lane_noise.h"
#include "wm/dream/mixture.h"
#include "wm/dream/step_program.h"

namespace wm::dream {

struct StepOptions {
    std::vector<float> action_low, action_high;  // action vectors are clipped to these
    float temperature = 1.0f;
    bool sample_latent = true;  // else the most likely one, and no noise is drawn
    bool sample_end = false;                     // draw the end, else it comes where its probability exceeds `threshold`
    double threshold = 0.5;
    double pessimism = 0.0;  // k in reward - k * uncertainty
    double max_reward = std::numeric_limits<double>::infinity();       // no step pays more
    double max_uncertainty = std::numeric_limits<double>::infinity();  // truncates beyond it
    std::int64_t horizon = std::numeric_limits<std::int64_t>::max();   // truncates at this many steps
    std::vector<int> observed;                                         // state entries side by side, may be empty
    float observed_limit = 0.0f;                                       // observations are clipped to it
};

// Lanes of a call: `count` ascending indices, or, where null, all `count` lanes.
struct Lanes {
    const std::int64_t* index;
    std::size_t count;
    std::size_t operator[](std::size_t i) const { return index == nullptr ? i : static_cast<std::size_t>(index[i]); }
};

// What a step brought, one element for each lane of the call.
struct StepOutcome {
    double* reward;
    bool *terminated, *truncated;
    double* uncertainty;
    bool* invalid;  // the world gave NaN: the lane kept its state, reward 0, uncertainty infinite, truncated
};

class DreamBatch {
public:
    // threads counts the caller's; 0: one for each core. Throws std::invalid_argument where the program does not fit.
    DreamBatch(StepProgram program, StepOptions options, std::size_t lanes, int threads = 1);
    ~DreamBatch();
    DreamBatch(const DreamBatch&) = delete;
    DreamBatch& operator=(const DreamBatch&) = delete;

    std::size_t lanes() const { return steps_.size(); }
    std::size_t action_size() const { return options_.action_low.size(); }
    std::size_t observation_size() const { return observed_; }
    int threads() const { return pool_.size(); }
    const StepProgram& program() const { return program_; }

    // Everything that decides how the lanes go on, for the owner to set: starts, seeds, snapshots.
    std::span<float> state(std::size_t entry) { return states_[entry]; }  // [lanes, width]
    std::span<std::uint64_t> noise_keys() { return keys_; }
    std::span<std::uint64_t> noise_counts() { return counts_; }
    std::span<std::int64_t> steps() { return steps_; }

    // Position in `lanes` of the first action vector [count, action_size] with a number that is not finite, or -1.
    std::ptrdiff_t first_bad_action(std::size_t count, const float* actions) const;
    // One step of `lanes` with finite action vectors; obs [all lanes, observation_size]: rows of `lanes` are written.
    void step(const Lanes& lanes, const float* actions, const StepOutcome& outcome, float* obs);
    // One step of every lane, but where `ended` [all lanes] is set, a new episode instead (reward 0 and so on); arrays of
    // all lanes. False, and nothing has changed, where an action of the others is not finite.
    bool step_or_begin(const bool* ended, const float* actions, const StepOutcome& outcome, float* obs);
    void look(const Lanes& lanes, float* obs) const;
    // Where episodes may begin: arrays [count, width] of every state entry, of the caller, who keeps them.
    void set_starts(std::vector<const float*> entries, std::size_t count);
    // Begins an episode in `lanes`, each at a start that its own noise draws; obs as in `step`, or null.
    void begin(const Lanes& lanes, float* obs);

private:
    struct Desk;  // scratch of one worker
    struct Call {
        const Lanes& lanes;
        const float* actions;
        const StepOutcome& outcome;
        float* obs;
        bool by_lane;  // actions and outcome have a row for every lane, not for each of `lanes`
        std::size_t row(std::size_t at) const { return by_lane ? lanes[at] : at; }
    };

    void check() const;
    void run(const Call& call);
    void step_rows(const Call& call, std::size_t first, std::size_t count, Desk& desk);
    void take_rows(const Lanes& lanes, std::size_t first, std::size_t count, Desk& desk) const;
    void clip_actions(const Call& call, std::size_t first, std::size_t count, float* out) const;
    void begin_lane(std::size_t lane, float* obs);
    void sample_rows(const LaneDraw& draw, std::size_t count, Desk& desk);
    void finish_row(const Call& call, std::size_t at, std::size_t row, Desk& desk);
    bool keep_row(std::size_t lane, std::size_t row, float reward, float end, Desk& desk);
    void look_at(std::size_t lane, float* to) const;

    StepProgram program_;
    StepOptions options_;
    Mixture mixture_;
    std::size_t network_inputs_, network_outputs_, network_scratch_;  // a network that grew later is refused
    std::size_t observed_ = 0;
    std::vector<const float*> starts_;
    std::size_t start_count_ = 0;
    std::vector<std::vector<float>> states_;
    std::vector<std::uint64_t> keys_, counts_;
    std::vector<std::int64_t> steps_, going_;  // going_: scratch of step_or_begin
    core::ThreadPool pool_;
    std::vector<std::unique_ptr<Desk>> desks_;
};

}  // namespace wm::dream
