// A step of driving allocates nothing, whatever the sensors, agents and threads.

#include "check_equal.h"
#include "counting_new.h"
#include "driving_fixture.h"

namespace {

using namespace wm::driving;

long allocations_of(const BatchConfig& config, int steps) {
    std::vector<std::uint32_t> seeds;
    for (int lane = 0; lane < config.num_envs; ++lane) seeds.push_back(static_cast<std::uint32_t>(lane));
    driving_fixture::Run run(config, seeds);
    run.step(0);
    const long before = allocations;
    for (int t = 1; t < steps; ++t) run.step(t);
    return allocations - before;
}

}  // namespace

int main() {
    for (const auto scenario : {Scenario::highway, Scenario::merge, Scenario::roundabout, Scenario::intersection, Scenario::racetrack,
                                Scenario::parking, Scenario::town}) {
        for (const int threads : {1, 3}) {
            BatchConfig config = driving_fixture::config(scenario, 4, threads);
            config.env.task.end_on_collision = config.env.task.end_off_road = false;  // nobody is reset
            CHECK_EQUAL(allocations_of(config, 150), 0);
        }
    }
    BatchConfig many = driving_fixture::config(Scenario::intersection, 2, 1);
    many.env.num_agents = 4;
    CHECK_EQUAL(allocations_of(many, 100), 0);
    return wm::test::report();
}
