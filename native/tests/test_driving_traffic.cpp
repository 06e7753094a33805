// Car following, lane changes and the order of lanes; HighwayEnv's behavioural tests adapted.
#include <cmath>

#include "traffic_fixture.h"

namespace {

using namespace traffic;

bool near(float a, float b, float tolerance) { return std::abs(a - b) <= tolerance; }

void check_published_values() {
    const Driver treiber = published_driver(DriverModel::treiber_2000);
    CHECK(near(idm_acceleration(treiber, 0.0f, 40.0f, INFINITY, 0.0f), 0.73f, 1e-6f));
    CHECK(near(idm_acceleration(treiber, 33.3f, 40.0f, INFINITY, 0.0f), 0.0f, 1e-5f));
    // s* = 2 + 20 * 1.6 + 20 * 5 / (2 sqrt(0.73 * 1.67)) at a gap of 50 m.
    const float wanted = 2.0f + 32.0f + 100.0f / (2.0f * std::sqrt(0.73f * 1.67f));
    const float expected = 0.73f * (1.0f - std::pow(20.0f / 33.3f, 4.0f) - std::pow(wanted / 50.0f, 2.0f));
    CHECK(near(idm_acceleration(treiber, 20.0f, 40.0f, 50.0f, 5.0f), expected, 1e-4f));
    CHECK(idm_acceleration(treiber, 30.0f, 40.0f, 0.5f, 30.0f) == -9.0f);          // bounded
    CHECK(idm_acceleration(treiber, 30.0f, 10.0f, INFINITY, 0.0f) >= -1.67f - 1e-5f);  // too fast: comfortable braking
    // In equilibrium behind a leader the gap is (s0 + T v) / sqrt(1 - (v / v0)^4).
    const float gap = (2.0f + 1.6f * 20.0f) / std::sqrt(1.0f - std::pow(20.0f / 33.3f, 4.0f));
    CHECK(near(idm_acceleration(treiber, 20.0f, 40.0f, gap, 0.0f), 0.0f, 1e-5f));
}

void check_free_road() {  // 20 m/s for 2 s: 40 m
    Sim sim(straight_road(1, 500.0f, 20.0f));
    const int car = sim.add(0, 10.0f, 20.0f);
    sim.run(2.0f);
    CHECK(near(sim.actor(car).s, 50.0f, 0.01f));
    CHECK(near(sim.actor(car).position.x, 50.0f, 0.01f));
    CHECK(sim.actor(car).speed == 20.0f);
}

void check_speed_step() {  // +5 m/s; HighwayEnv: within 0.5 m/s after 3 of its 0.6 s time constants, here of v0 / a
    Sim sim(straight_road(1, 2000.0f, 25.0f));
    const int car = sim.add(0, 10.0f, 20.0f);
    sim.driver(car) = published_driver(DriverModel::highway_env);
    sim.run(3.0f * 25.0f / (4.0f * 3.0f));
    CHECK(near(sim.actor(car).speed, 25.0f, 0.5f));
    CHECK(sim.actor(car).speed <= 25.001f);
}

void check_stop_before_obstacle() {  // HighwayEnv: at its desired gap +- 1 m after 10 s
    Sim sim(straight_road(1, 500.0f, 20.0f));
    const int obstacle = sim.add(0, 90.0f, 0.0f, ActorKind::parked);
    const int car = sim.add(0, 10.0f, 20.0f);
    sim.driver(car) = published_driver(DriverModel::highway_env);
    sim.run(10.0f);
    const float gap = sim.actor(obstacle).s - sim.actor(car).s - 4.5f;
    CHECK(near(gap, sim.driver(car).min_gap, 1.0f));
    CHECK(sim.actor(car).speed < 0.2f);
    CHECK(collisions(sim.world).empty());
}

void check_behind_slow_leader() {  // both settle: gap = (s0 + T v) / sqrt(1 - (v / v0)^4)
    Sim sim(straight_road(1, 4000.0f, 30.0f));
    const int leader = sim.add(0, 80.0f, 15.0f);
    const int car = sim.add(0, 10.0f, 15.0f);
    sim.driver(leader).desired_speed = 15.0f;
    sim.run(60.0f);
    const Driver& driver = sim.driver(car);
    const float speed = sim.actor(leader).speed;
    const float expected = (driver.min_gap + driver.time_gap * speed) / std::sqrt(1.0f - std::pow(speed / 30.0f, 4.0f));
    CHECK(near(sim.actor(leader).s - sim.actor(car).s - 4.5f, expected, 1.0f));
    CHECK(near(sim.actor(car).speed, 15.0f, 0.2f));
}

void check_emergency() {  // from 30 m/s, a standing car 70 m ahead: braking is bounded and enough, speed never negative
    Sim sim(straight_road(1, 500.0f, 33.0f));
    sim.add(0, 84.5f, 0.0f, ActorKind::parked);
    const int car = sim.add(0, 10.0f, 30.0f);
    for (int t = 0; t < 400; ++t) {
        sim.step();
        CHECK(sim.actor(car).speed >= 0.0f && sim.actor(car).acceleration >= -9.0f);
        CHECK(collisions(sim.world).empty());
    }
    CHECK(sim.actor(car).speed < 0.3f);
}

void check_lane_change() {  // done within 3 s, to a quarter of the width, moving smoothly; in both lanes meanwhile
    Sim sim(straight_road(2, 1000.0f, 25.0f));
    const int slow = sim.add(1, 70.0f, 8.0f, ActorKind::truck);
    const int car = sim.add(1, 10.0f, 20.0f);
    sim.driver(slow).desired_speed = 8.0f;
    float began = -1.0f, done = -1.0f, before = sim.actor(car).position.y;
    bool in_both = false;
    for (int t = 0; t < 200; ++t) {
        sim.step();
        const float y = sim.actor(car).position.y;
        CHECK(std::abs(y - before) < 0.15f);  // 3 m/s
        before = y;
        if (began < 0.0f && sim.driver(car).target_lane != kNoLane) began = sim.world.time;
        if (began >= 0.0f && done < 0.0f && std::abs(y) < 3.5f / 4.0f) done = sim.world.time;
        update_order(sim.world);
        int entries = 0;
        for (const LaneEntry& entry : sim.world.order.all()) entries += entry.actor == car;
        in_both = in_both || entries == 2;
    }
    CHECK(began >= 0.0f);
    CHECK(done >= 0.0f && done - began <= 3.0f);
    CHECK(in_both);
    CHECK(sim.actor(car).lane == 0 || sim.actor(car).s > sim.actor(slow).s);
}

// MOBIL does not cut in on somebody fast and near, and does when that one is not there.
void check_mobil_safety(bool with_follower) {
    Sim sim(straight_road(2, 1000.0f, 33.0f));
    const int slow = sim.add(1, 140.0f, 8.0f, ActorKind::truck);
    sim.driver(slow).desired_speed = 8.0f;
    const int car = sim.add(1, 100.0f, 12.0f);
    sim.driver(car).until_decision = 0.01f;
    if (with_follower) {
        const int fast = sim.add(0, 85.0f, 30.0f);
        sim.driver(fast).until_decision = 100.0f;
    }
    sim.run(0.5f);
    CHECK(sim.actor(car).lane == (with_follower ? 1 : 0));
}

void check_passes_broken_down() {
    Sim sim(straight_road(2, 600.0f, 20.0f));
    sim.layout.entries_refill = false;
    const int obstacle = sim.add(1, 200.0f, 0.0f, ActorKind::broken_down);
    std::vector<int> cars;
    for (int k = 0; k < 5; ++k) cars.push_back(sim.add(1, 20.0f + 25.0f * static_cast<float>(k), 12.0f));
    for (int t = 0; t < 1200; ++t) {
        sim.step();
        CHECK(collisions(sim.world).empty());
    }
    for (const int car : cars) CHECK(!sim.actor(car).present || sim.actor(car).s > sim.actor(obstacle).s);
}

void check_order() {  // neighbours found by the order are those found by looking at everybody
    Sim sim(straight_road(3, 500.0f));
    for (int k = 0; k < 30; ++k) sim.add(static_cast<LaneId>(sim.world.rng.integers(3)), static_cast<float>(sim.world.rng.uniform(0.0, 500.0)), 5.0f);
    update_order(sim.world);
    for (LaneId lane = 0; lane < 3; ++lane) {
        for (float s = -5.0f; s < 510.0f; s += 3.7f) {
            float ahead = 1e9f, behind = -1e9f;
            for (int i = 1; i < 30; ++i) {
                if (sim.actor(i).lane != lane) continue;
                if (sim.actor(i).s > s) ahead = std::min(ahead, sim.actor(i).s);
                else behind = std::max(behind, sim.actor(i).s);
            }
            const LaneEntry* a = sim.world.order.ahead(lane, s, 0);
            const LaneEntry* b = sim.world.order.behind(lane, s, 0);
            CHECK((a ? a->s : 1e9f) == ahead && (b ? b->s : -1e9f) == behind);
        }
    }
}

// An order kept from before, and one made from nothing, are the same.
void check_order_is_a_function_of_the_actors() {
    Sim sim(straight_road(4, 800.0f), 5);
    sim.config.vehicles = 40;
    sim.config.scenario = Scenario::highway;
    add_layout(sim);
    spawn_traffic(sim.config, sim.layout, sim.world);
    for (int t = 0; t < 400; ++t) sim.step();
    update_order(sim.world);
    World fresh = sim.world;
    fresh.order = {};
    update_order(fresh);
    CHECK(fresh.order.all().size() == sim.world.order.all().size());
    for (std::size_t i = 0; i < fresh.order.all().size(); ++i) {
        const LaneEntry &a = fresh.order.all()[i], &b = sim.world.order.all()[i];
        CHECK(a.lane == b.lane && a.actor == b.actor && a.s == b.s);
    }
}

void check_spawn() {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        Sim sim(straight_road(3, 600.0f, 30.0f), seed);
        const int agent = sim.add(1, 200.0f, 20.0f, ActorKind::agent);
        sim.world.num_agents = 1;
        sim.config.vehicles = 30;
        sim.config.broken_down = 1;
        add_layout(sim);
        spawn_traffic(sim.config, sim.layout, sim.world);
        CHECK(sim.world.actors.size() > 25 && sim.world.first_walker == static_cast<int>(sim.world.actors.size()));
        int standing = 0;
        for (const Actor& actor : sim.world.actors) {
            standing += actor.kind == ActorKind::broken_down;
            if (actor.kind == ActorKind::agent || actor.lane != 1) continue;
            CHECK(std::abs(actor.s - sim.actor(agent).s) > 12.0f + 20.0f);
        }
        CHECK(standing == 1);
        CHECK(collisions(sim.world).empty());
    }
}

}  // namespace

int main() {
    check_published_values();
    check_free_road();
    check_speed_step();
    check_stop_before_obstacle();
    check_behind_slow_leader();
    check_emergency();
    check_lane_change();
    check_mobil_safety(false);
    check_mobil_safety(true);
    check_passes_broken_down();
    check_order();
    check_order_is_a_function_of_the_actors();
    check_spawn();
    return wm::test::report();
}
