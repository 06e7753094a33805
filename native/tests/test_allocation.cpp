// A step allocates nothing: the pictures go into the caller's arrays, the physics lives where it was made.
#include <memory>

#include "check_equal.h"
#include "counting_new.h"
#include "racing_fixture.h"

namespace {

long allocations_of(const fixture::BatchConfig& config, int steps) {
    fixture::Run run(config);
    run.step(0);
    const long before = allocations;
    for (int t = 1; t < steps; ++t) run.step(t);
    return allocations - before;
}

void check_painters() {
    for (const int threads : {1, 3}) {
        for (const int obs_size : {96, 64}) {
            fixture::BatchConfig config = fixture::config(8, threads);
            config.obs_size = obs_size;
            config.grayscale = obs_size == 64;
            CHECK_EQUAL(allocations_of(config, 100), 0);
            config.scores = std::make_shared<wm::racing::ScoreTable>(0);  // the exact painter
            CHECK_EQUAL(allocations_of(config, 20), 0);
        }
    }
}

// A step that resets lanes makes new tracks: in memory that was set aside for them.
void check_resets() {
    for (const auto mode : {wm::core::Autoreset::next_step, wm::core::Autoreset::same_step}) {
        fixture::BatchConfig config = fixture::config(8, 1);
        config.max_episode_steps = 2;
        config.autoreset = mode;
        config.env.domain_randomize = true;
        CHECK_EQUAL(allocations_of(config, 60), 0);
    }
}

}  // namespace

int main() {
    check_painters();
    check_resets();
    return wm::test::report();
}
