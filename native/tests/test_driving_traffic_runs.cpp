// Ten minutes of traffic at a time on every scenario: nobody is hit, nobody is stuck for good, the same seed gives the
// same bits, a copied world goes on alike, and a step allocates nothing.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "traffic_fixture.h"

static std::atomic<long> allocations{0};

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace traffic;

struct Case {
    const char* name;
    Scenario scenario;
    bool signals;
    float density, aggressiveness;
    int broken_down;
    float least_speed;  // m/s, mean of all vehicles over the run
};

Sim start(const Case& test, std::uint32_t seed) {
    Sim sim(nullptr, seed);
    sim.config = {};
    sim.config.scenario = test.scenario;
    sim.config.signals = test.signals;
    sim.config.density = test.density;
    sim.config.aggressiveness = test.aggressiveness;
    sim.config.broken_down = test.broken_down;
    auto network = std::make_shared<Network>();
    build_scenario(sim.config, sim.world.rng, *network, sim.layout);
    sim.world.network = network;
    spawn_traffic(sim.config, sim.layout, sim.world);
    return sim;
}

void check_run(const Case& test, std::uint32_t seed) {
    Sim sim = start(test, seed);
    const std::size_t actors = sim.world.actors.size();
    CHECK(actors > 4 && collisions(sim.world).empty());
    double speeds = 0.0;
    long count = 0, hits = 0, latest = 0;
    std::vector<float> standing(actors, 0.0f);
    float longest = 0.0f;
    sim.step();
    for (int t = 1; t < 12000; ++t) {
        const long before = allocations;
        sim.step();
        latest += allocations - before;
        if (t % 4 != 0) continue;
        hits += static_cast<long>(collisions(sim.world).size());
        for (std::size_t i = 0; i < actors; ++i) {
            const Actor& actor = sim.world.actors[i];
            if (!actor.present || (actor.kind != ActorKind::car && actor.kind != ActorKind::truck)) continue;
            speeds += actor.speed;
            ++count;
            standing[i] = actor.speed < 0.1f ? standing[i] + 4.0f * kStep : 0.0f;
            longest = std::max(longest, standing[i]);
        }
    }
    const double mean = speeds / static_cast<double>(std::max(count, 1L));
    if (hits != 0 || latest != 0 || mean < static_cast<double>(test.least_speed) || longest > 300.0f) {
        std::fprintf(stderr, "%s seed %u: %ld hits, %ld allocations, %.2f m/s, longest stand %.0f s\n", test.name, seed, hits, latest, mean,
                     static_cast<double>(longest));
    }
    CHECK(hits == 0);
    CHECK(latest == 0);
    CHECK(mean >= static_cast<double>(test.least_speed));
    CHECK(longest <= 300.0f);
}

bool same(const World& a, const World& b) {
    if (a.actors.size() != b.actors.size() || a.walkers.size() != b.walkers.size()) return false;
    for (std::size_t i = 0; i < a.actors.size(); ++i) {
        const Actor &x = a.actors[i], &y = b.actors[i];
        const Driver &d = a.drivers[i], &e = b.drivers[i];
        const float mine[] = {x.position.x, x.position.y, x.forward.x, x.forward.y, x.heading, x.speed, x.acceleration, x.s, x.d, d.waiting, d.entered};
        const float theirs[] = {y.position.x, y.position.y, y.forward.x, y.forward.y, y.heading, y.speed, y.acceleration, y.s, y.d, e.waiting, e.entered};
        if (std::memcmp(mine, theirs, sizeof(mine)) != 0 || x.lane != y.lane || x.present != y.present || d.next_lane != e.next_lane) return false;
    }
    return true;
}

// The same from the same seed; and from a copy made half-way that has lost everything derived.
void check_bits(const Case& test) {
    Sim one = start(test, 7), two = start(test, 7);
    one.run(60.0f);
    two.run(60.0f);
    CHECK(same(one.world, two.world));
    Sim copy = one;
    copy.world.order = {};
    copy.world.facts = {};
    one.run(60.0f);
    copy.run(60.0f);
    CHECK(same(one.world, copy.world));
    Sim other = start(test, 8);
    other.run(120.0f);
    CHECK(!same(one.world, other.world));
}

// Agents that stand still where they start, or creep along their lane, are not driven into.
void check_agents(const Case& test, std::uint32_t seed, float speed) {
    Sim sim(nullptr, seed);
    sim.config = {};
    sim.config.scenario = test.scenario;
    sim.config.signals = test.signals;
    auto network = std::make_shared<Network>();
    build_scenario(sim.config, sim.world.rng, *network, sim.layout);
    sim.world.network = network;
    const std::size_t starts = std::min<std::size_t>(sim.layout.starts.size(), 3);
    for (std::size_t k = 0; k < starts; ++k) sim.add(sim.layout.starts[k].lane, sim.layout.starts[k].s, speed, ActorKind::agent);
    sim.world.num_agents = static_cast<int>(starts);
    spawn_traffic(sim.config, sim.layout, sim.world);
    long hits = 0;
    for (int t = 0; t < 2400; ++t) {
        for (std::size_t k = 0; k < starts; ++k) {
            Actor& agent = sim.world.actors[k];
            const Lane& lane = network->lane(agent.lane);
            if (speed == 0.0f || lane.next[0] == kNoLane) continue;
            agent.s += speed * kStep;
            if (agent.s > lane.length) {
                agent.s -= lane.length;
                agent.lane = lane.next[0];
            }
            const LanePoint at = network->point(agent.lane, agent.s);
            agent.position = at.position;
            agent.forward = at.forward;
            agent.heading = at.heading;
        }
        sim.step();
        if (t % 2 == 0) hits += static_cast<long>(collisions(sim.world).size());
    }
    if (hits != 0) std::fprintf(stderr, "%s seed %u: agents at %.1f m/s hit %ld times\n", test.name, seed, static_cast<double>(speed), hits);
    CHECK(hits == 0);
}

constexpr Case kCases[] = {
    {"highway", Scenario::highway, true, 1.0f, 0.5f, 0, 20.0f},
    {"highway with broken-down vehicles", Scenario::highway, true, 2.0f, 0.5f, 2, 10.0f},
    {"merge", Scenario::merge, true, 1.0f, 0.5f, 0, 15.0f},
    {"dense merge", Scenario::merge, true, 2.0f, 1.0f, 1, 8.0f},
    {"roundabout", Scenario::roundabout, true, 1.0f, 0.5f, 0, 4.0f},
    {"intersection with signals", Scenario::intersection, true, 1.0f, 0.5f, 0, 4.0f},
    {"intersection without signals", Scenario::intersection, false, 1.0f, 0.5f, 0, 3.0f},
    {"racetrack", Scenario::racetrack, true, 1.0f, 0.5f, 0, 10.0f},
    {"town", Scenario::town, true, 1.0f, 0.5f, 0, 3.0f},
    {"bold town", Scenario::town, true, 1.0f, 1.0f, 1, 3.0f},
    {"timid town", Scenario::town, false, 1.0f, 0.0f, 0, 2.0f},
};

}  // namespace

int main() {
    for (const Case& test : kCases) {
        for (std::uint32_t seed = 0; seed < 2; ++seed) check_run(test, seed);
        check_bits(test);
        const bool junctions = test.scenario == Scenario::intersection || test.scenario == Scenario::roundabout || test.scenario == Scenario::town;
        for (std::uint32_t seed = 0; seed < 4; ++seed) {
            check_agents(test, seed, 0.0f);
            if (!junctions) check_agents(test, seed, 4.0f);  // where they would not run lights or take somebody's right of way
        }
    }
    return wm::test::report();
}
