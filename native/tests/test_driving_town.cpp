// The town: repeats for a seed, differs between seeds, leads everywhere, and rebuilds in its memory without allocating.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <set>

#include "check.h"
#include "wm/driving/town.h"

static std::atomic<long> allocations{0};

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace wm::driving;

struct Town {
    Network network;
    Layout layout;

    std::uint64_t build(std::uint32_t seed, const ScenarioConfig& config = {}) {
        const std::uint32_t words[1] = {seed};
        wm::core::Pcg64 rng(words);
        build_town(config, rng, network, layout);
        return network.hash;
    }
};

// Lanes that can be reached from one, changing lanes where there is a neighbour.
std::size_t reached_from(const Network& network, LaneId start) {
    std::vector<LaneId> waiting{start};
    std::set<LaneId> seen{start};
    const auto visit = [&](LaneId lane) {
        if (lane != kNoLane && seen.insert(lane).second) waiting.push_back(lane);
    };
    while (!waiting.empty()) {
        const Lane& lane = network.lane(waiting.back());
        waiting.pop_back();
        for (const LaneId next : lane.next) visit(next);
        if (lane.kind == LaneKind::road) {
            visit(lane.left);
            visit(lane.right);
        }
    }
    return seen.size();
}

void check_everywhere() {
    Town town;
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        for (const int lanes : {0, 1, 2, 3}) {
            ScenarioConfig config;
            config.lanes = lanes;
            town.build(seed, config);
            for (std::size_t i = 0; i < town.network.lanes.size(); i += 7) {
                CHECK(reached_from(town.network, static_cast<LaneId>(i)) == town.network.lanes.size());
            }
        }
    }
}

void check_seeds() {
    Town town;
    std::set<std::uint64_t> hashes;
    for (std::uint32_t seed = 0; seed < 300; ++seed) hashes.insert(town.build(seed));
    CHECK(hashes.size() == 300);
    Town fresh;  // what was built before in the same memory leaves no trace
    for (const std::uint32_t seed : {0U, 17U, 299U}) CHECK(fresh.build(seed) == town.build(seed));
}

void check_memory() {
    Town town;
    for (std::uint32_t seed = 0; seed < 300; ++seed) town.build(seed);
    const long before = allocations;
    for (std::uint32_t seed = 0; seed < 300; ++seed) town.build(seed);
    CHECK(allocations == before);
}

void check_signals_can_be_refused() {
    Town town;
    ScenarioConfig config;
    config.signals = false;
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        town.build(seed, config);
        CHECK(town.network.signals.empty());
    }
}

}  // namespace

int main() {
    check_everywhere();
    check_seeds();
    check_memory();
    check_signals_can_be_refused();
    return wm::test::report();
}
