// A step of dreams, and the beginning of episodes, allocate nothing: everything was set aside when they were made.
#include "check.h"
#include "counting_new.h"
#include "dream_fixture.h"

namespace {

void check_allocations() {
    for (const int threads : {1, 2}) {
        for (const int components : {1, 5}) {
            std::vector<std::size_t> who(100);
            Dreams dreams(program(components), options(), who, threads);
            const std::int64_t some[] = {0, 3, 99};
            const std::vector<float> start(100);
            dreams.batch.set_starts({start.data(), start.data()}, 1);
            dreams.batch.step({nullptr, 100}, dreams.actions.data(), dreams.outcome(), dreams.obs.data());
            bool ended[100] = {true};
            const long before = allocations;
            for (int t = 0; t < 50; ++t) {
                dreams.batch.step({nullptr, 100}, dreams.actions.data(), dreams.outcome(), dreams.obs.data());
                dreams.batch.step({some, 3}, dreams.actions.data(), dreams.outcome(), nullptr);
                dreams.batch.step_or_begin(ended, dreams.actions.data(), dreams.outcome(), dreams.obs.data());
                dreams.batch.begin({some, 3}, dreams.obs.data());
                dreams.batch.look({nullptr, 100}, dreams.obs.data());
            }
            CHECK(allocations == before);
        }
    }
}

}  // namespace

int main() {
    check_allocations();
    return wm::test::report();
}
