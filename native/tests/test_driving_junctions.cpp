// Lights, right of way, pedestrians: one rule at a time on a four-way junction (traffic_fixture.h).
#include <cmath>

#include "traffic_fixture.h"

namespace {

using namespace traffic;

constexpr LaneId kStraight = 1, kLeft = 2;  // of connectors; 0 turns right
LaneId connector(int from, LaneId turn) { return static_cast<LaneId>(8 + 3 * from + turn); }
bool inside_or_through(const Actor& actor) { return !actor.present || actor.lane >= 4; }

void check_red_light() {
    Sim sim(four_way(true));
    sim.layout.entries_refill = false;
    const int east = sim.add(0, 20.0f, 12.0f, ActorKind::car, connector(0, kStraight));   // green from 0 to 25 s
    const int north = sim.add(1, 20.0f, 12.0f, ActorKind::car, connector(1, kStraight));  // green from 30 s
    for (int t = 0; t < 29 * 20; ++t) {
        sim.step();
        CHECK(sim.actor(north).s + sim.actor(north).half_length <= 80.0f);
    }
    CHECK(sim.actor(north).lane == 1 && sim.actor(north).speed < 0.1f);
    CHECK(80.0f - sim.actor(north).s - sim.actor(north).half_length < 3.0f);
    CHECK(inside_or_through(sim.actor(east)));
    sim.run(12.0f);
    CHECK(inside_or_through(sim.actor(north)));
}

// Yellow at `seconds_away` from the line: who cannot stop comfortably drives on, others stop.
void check_yellow(float to_line, bool goes) {
    Sim sim(four_way(true));
    sim.layout.entries_refill = false;
    sim.world.time = 25.01f;
    const int car = sim.add(0, 80.0f - 2.25f - to_line, 13.0f, ActorKind::car, connector(0, kStraight));
    sim.run(6.0f);
    CHECK(inside_or_through(sim.actor(car)) == goes);
}

// Two cars that come at the same time: `first` goes before `second`.
void check_order_of(bool main_road, int first_from, LaneId first_turn, int second_from, LaneId second_turn) {
    Sim sim(four_way(false, main_road));
    sim.layout.entries_refill = false;
    const int second = sim.add(static_cast<LaneId>(second_from), 30.0f, 10.0f, ActorKind::car, connector(second_from, second_turn));
    const int first = sim.add(static_cast<LaneId>(first_from), 30.0f, 10.0f, ActorKind::car, connector(first_from, first_turn));
    float first_in = -1.0f, second_in = -1.0f;
    for (int t = 0; t < 30 * 20; ++t) {
        sim.step();
        CHECK(collisions(sim.world).empty());
        if (first_in < 0.0f && inside_or_through(sim.actor(first))) first_in = sim.world.time;
        if (second_in < 0.0f && inside_or_through(sim.actor(second))) second_in = sim.world.time;
    }
    CHECK(first_in > 0.0f && second_in > first_in);
    CHECK(first_in < 9.0f);  // it hardly slowed down
}

void check_four_at_once() {  // everybody has somebody at the right; patience breaks the tie
    Sim sim(four_way(false));
    sim.layout.entries_refill = false;
    for (int from = 0; from < 4; ++from) sim.add(static_cast<LaneId>(from), 40.0f, 10.0f, ActorKind::car, connector(from, kStraight));
    for (int t = 0; t < 60 * 20; ++t) {
        sim.step();
        CHECK(collisions(sim.world).empty());
    }
    for (int i = 0; i < 4; ++i) CHECK(inside_or_through(sim.actor(i)));
}

// A full exit: nobody waits in the box.
void check_box_stays_free() {
    Sim sim(four_way(false));
    sim.layout.entries_refill = false;
    for (float s = 6.0f; s < 80.0f; s += 7.0f) sim.add(6, s, 0.0f, ActorKind::broken_down);
    const int car = sim.add(0, 30.0f, 10.0f, ActorKind::car, connector(0, kStraight));
    sim.run(15.0f);
    CHECK(sim.actor(car).lane == 0 && sim.actor(car).speed < 0.1f);
}

// An agent that takes the right of way, or stands in the middle, is not driven into.
void check_agent_in_the_box() {
    Sim sim(four_way(false));
    const int agent = sim.add(connector(1, kStraight), 11.0f, 0.0f, ActorKind::agent);
    sim.world.num_agents = 1;
    sim.layout.entries_refill = false;
    const int car = sim.add(0, 30.0f, 12.0f, ActorKind::car, connector(0, kStraight));
    for (int t = 0; t < 20 * 20; ++t) {
        sim.step();
        CHECK(!overlap(sim.actor(agent).box(), sim.actor(car).box()));
    }
    CHECK(sim.actor(car).speed < 0.1f);
    sim.world.actors[static_cast<std::size_t>(agent)].present = false;
    sim.run(15.0f);
    CHECK(inside_or_through(sim.actor(car)));
}

// Both stand at green: an agent opposite goes straight on, however it accelerates, while a car turns left. Returns how
// often they meet.
int count_left_turns_into_an_agent(float behind_line, float acceleration) {
    int met = 0;
    for (int late = 0; late < 12; ++late) {
        Sim sim(four_way(true));
        sim.layout.entries_refill = false;
        const int agent = sim.add(2, 80.0f - 2.25f - behind_line, 0.0f, ActorKind::agent);
        sim.world.num_agents = 1;
        const int car = sim.add(0, 77.0f, 0.0f, ActorKind::car, connector(0, kLeft));
        sim.driver(car).waiting = 3.0f;  // impatient: it does not wait for somebody who stands
        bool overlapped = false;
        for (int t = 0; t < 12 * 20; ++t) {
            sim.step();
            Actor& self = sim.world.actors[static_cast<std::size_t>(agent)];
            const bool blocked = overlap({self.position + 6.0f * self.forward, self.forward, 5.0f, 1.2f}, sim.actor(car).box());
            if (static_cast<float>(t) * kStep >= 0.1f * static_cast<float>(late)) self.speed = std::min(self.speed + acceleration * kStep, 9.0f);
            if (blocked && self.speed < 4.0f) self.speed = 0.0f;  // it does not drive into what stands before it
            self.s += self.speed * kStep;
            if (self.lane == 2 && self.s > 80.0f) {
                self.lane = connector(2, kStraight);
                self.s -= 80.0f;
            }
            if (self.s > sim.world.network->lane(self.lane).length) break;
            self.position = sim.world.network->pose(self.lane, self.s).position;
            overlapped |= overlap(self.box(), sim.actor(car).box());
        }
        met += overlapped ? 1 : 0;
    }
    return met;
}

void check_agent_is_let_through() {
    for (const float behind_line : {0.5f, 3.0f, 8.0f}) {
        for (const float acceleration : {1.0f, 1.5f, 2.0f, 3.0f}) CHECK_EQUAL(count_left_turns_into_an_agent(behind_line, acceleration), 0);
    }
}

void check_pedestrian_is_waited_for() {
    Sim sim(four_way(false, false, 80.0f, true));
    sim.layout.entries_refill = false;
    sim.world.num_agents = 0;
    const int car = sim.add(0, 20.0f, 10.0f, ActorKind::car, connector(0, kStraight));
    const int walker = sim.add_walker(0, 0.0f);  // steps out at once: the car is 50 m away
    bool stopped = false;
    for (int t = 0; t < 40 * 20; ++t) {
        sim.step();
        CHECK(!overlap(sim.actor(car).box(), sim.actor(walker).box()));
        const bool on_road = sim.world.walkers[0].walking;
        if (on_road && sim.actor(car).speed < 0.5f) stopped = true;
        if (on_road && std::abs(sim.actor(walker).position.y - 1.75f) < 1.5f) {  // in the car's lane
            CHECK(sim.actor(car).lane == 0 ? sim.actor(car).s + sim.actor(car).half_length < 75.0f : true);
        }
    }
    CHECK(stopped || inside_or_through(sim.actor(car)));
    CHECK(inside_or_through(sim.actor(car)));
}

void check_pedestrian_waits_for_who_cannot_stop() {
    Sim sim(four_way(false, false, 80.0f, true));
    sim.layout.entries_refill = false;
    sim.add(0, 55.0f, 13.0f, ActorKind::car, connector(0, kStraight));
    sim.add_walker(0, 0.0f);
    sim.step();
    CHECK(!sim.world.walkers[0].walking);
}

void check_pedestrian_waits_for_the_light() {
    Sim sim(four_way(true, false, 80.0f, true));
    sim.layout.entries_refill = false;
    sim.add_walker(0, 0.0f);  // over the arm from the east, whose cars have green until 25 s, then yellow
    sim.run(27.0f);
    CHECK(!sim.world.walkers[0].walking);
    sim.run(3.0f);
    CHECK(sim.world.walkers[0].walking);
}

// On the roundabout, whoever drives in gives way to the ring, and gets in once the ring is free.
void check_roundabout_entry() {
    ScenarioConfig config;
    config.scenario = Scenario::roundabout;
    auto network = std::make_shared<Network>();
    Layout layout;
    wm::core::Pcg64 rng;
    build_scenario(config, rng, *network, layout);
    Sim sim(network);
    sim.layout.entries_refill = false;
    LaneId entry = kNoLane, ring = kNoLane;
    for (std::size_t k = 0; k < network->lanes.size() && entry == kNoLane; ++k) {
        for (const Conflict& conflict : network->conflicts_of(network->lanes[k])) {
            if (!conflict.merge || network->lanes[k].priority >= network->lane(conflict.other).priority) continue;
            entry = static_cast<LaneId>(k);
            ring = conflict.other;
        }
    }
    CHECK(entry != kNoLane && ring != kNoLane);
    const LaneId arm = network->lane(entry).previous[0], before = network->lane(ring).previous[0];
    const int waits = sim.add(arm, network->lane(arm).length - 18.0f, 7.0f, ActorKind::car, entry);
    const int circles = sim.add(before, 1.0f, 7.0f, ActorKind::car, ring);
    float in = -1.0f, past = -1.0f, slowest = 100.0f;
    for (int t = 0; t < 20 * 20; ++t) {
        sim.step();
        CHECK(collisions(sim.world).empty());
        if (in < 0.0f && sim.actor(waits).lane != arm) in = sim.world.time;
        if (past < 0.0f && sim.actor(circles).lane != before && sim.actor(circles).lane != ring) past = sim.world.time;
        if (past < 0.0f) slowest = std::min(slowest, sim.actor(circles).speed);
    }
    CHECK(in > 0.0f && past > 0.0f && in > past - 2.0f);
    CHECK(slowest > 4.0f);
}

}  // namespace

int main() {
    check_roundabout_entry();
    check_red_light();
    check_yellow(15.0f, true);
    check_yellow(45.0f, false);
    check_order_of(false, 1, kStraight, 0, kStraight);  // north comes from the right of east
    check_order_of(false, 2, kStraight, 0, kLeft);      // oncoming before turning left
    check_order_of(true, 0, kStraight, 1, kStraight);   // main road first, although ...
    check_order_of(true, 0, kLeft, 1, kStraight);       // ... also when it turns left
    check_four_at_once();
    check_box_stays_free();
    check_agent_in_the_box();
    check_agent_is_let_through();
    check_pedestrian_is_waited_for();
    check_pedestrian_waits_for_who_cannot_stop();
    check_pedestrian_waits_for_the_light();
    return wm::test::report();
}
