// Small roads and a world without agents (or with one) for the traffic tests, and what must never happen on them.
#pragma once

#include <memory>
#include <vector>

#include "check_equal.h"
#include "wm/driving/network_builder.h"
#include "wm/driving/traffic.h"

namespace traffic {

using namespace wm::driving;

constexpr float kStep = 0.05f;  // s

struct Sim {
    World world;
    Layout layout;
    ScenarioConfig config;

    explicit Sim(std::shared_ptr<const Network> network = nullptr, std::uint32_t seed = 1) {
        world.network = std::move(network);
        world.num_agents = 0;
        const std::uint32_t words[] = {seed};
        world.rng = wm::core::Pcg64(words);
        config.pedestrians = 0;
        config.vehicles = 0;
        config.parked = 0.0f;
    }

    int add(LaneId lane, float s, float speed, ActorKind kind = ActorKind::car, LaneId next = kNoLane) {
        Actor actor;
        actor.kind = kind;
        actor.lane = lane;
        actor.s = s;
        actor.speed = speed;
        const Pose pose = world.network->pose(lane, s);
        actor.position = pose.position;
        actor.heading = pose.heading;
        actor.forward = {std::cos(pose.heading), std::sin(pose.heading)};
        world.actors.push_back(actor);
        world.drivers.push_back(published_driver(DriverModel::kesting_2010));
        world.drivers.back().next_lane = next;
        world.drivers.back().until_decision = 0.5f;
        world.first_walker = static_cast<int>(world.actors.size());
        return world.first_walker - 1;
    }
    int add_walker(int crossing, float until_walk) {
        Walker walker;
        walker.crossing = static_cast<std::int16_t>(crossing);
        walker.until_walk = until_walk;
        Actor actor;
        actor.kind = ActorKind::pedestrian;
        actor.half_length = actor.half_width = 0.25f;
        actor.position = world.network->crossings[static_cast<std::size_t>(crossing)].a;
        world.actors.push_back(actor);
        world.drivers.push_back({});
        world.walkers.push_back(walker);
        return static_cast<int>(world.actors.size()) - 1;
    }
    void step() {
        update_order(world);
        step_traffic(config, layout, world, kStep);
        world.time += kStep;
    }
    void run(float seconds) {
        for (int i = 0; i < static_cast<int>(seconds / kStep + 0.5f); ++i) step();
    }
    [[nodiscard]] const Actor& actor(int i) const { return world.actors[static_cast<std::size_t>(i)]; }
    [[nodiscard]] Driver& driver(int i) { return world.drivers[static_cast<std::size_t>(i)]; }
};

// Pairs whose boxes overlap, at least one of them driving.
inline std::vector<std::pair<int, int>> collisions(const World& world) {
    std::vector<std::pair<int, int>> pairs;
    const auto drives = [](const Actor& a) { return a.kind == ActorKind::car || a.kind == ActorKind::truck; };
    for (std::size_t i = 0; i < world.actors.size(); ++i) {
        for (std::size_t k = i + 1; k < world.actors.size(); ++k) {
            const Actor &a = world.actors[i], &b = world.actors[k];
            if (!a.present || !b.present || !(drives(a) || drives(b))) continue;
            if (squared_length(a.position - b.position) > 200.0f) continue;
            if (overlap(a.box(), b.box())) pairs.emplace_back(static_cast<int>(i), static_cast<int>(k));
        }
    }
    return pairs;
}

inline std::shared_ptr<Network> straight_road(int lanes, float length, float limit = 33.3f) {
    auto network = std::make_shared<Network>();
    NetworkBuilder builder(*network);
    LaneSpec spec;
    spec.speed_limit = limit;
    for (int k = 0; k < lanes; ++k) {  // lane 0 is the leftmost
        const float y = -3.5f * static_cast<float>(k);
        builder.add_straight({0.0f, y}, {length, y}, spec);
        if (k > 0) builder.neighbours(static_cast<LaneId>(k - 1), static_cast<LaneId>(k));
    }
    builder.finish();
    return network;
}

// Four arms of `arm` m, one lane each way: lanes 0..3 lead in (from east, north, west, south), 4..7 lead out (to the same).
// Connectors: 8 + 3 * from + {0: right, 1: straight, 2: left}.
inline std::shared_ptr<Network> four_way(bool signals, bool main_road = false, float arm = 80.0f, bool crossings = false) {
    auto network = std::make_shared<Network>();
    NetworkBuilder builder(*network);
    constexpr float kBox = 11.0f;
    LaneSpec spec;
    const auto rotated = [](int quarter, Vec v) {
        for (int k = 0; k < quarter; ++k) v = left_of(v);
        return v;
    };
    for (int k = 0; k < 4; ++k) builder.add_straight(rotated(k, {kBox + arm, 1.75f}), rotated(k, {kBox, 1.75f}), spec);
    for (int k = 0; k < 4; ++k) builder.add_straight(rotated(k, {kBox, -1.75f}), rotated(k, {kBox + arm, -1.75f}), spec);
    for (int k = 0; signals && k < 2; ++k) {
        const float from = 30.0f * static_cast<float>(k);
        builder.add_signal({60.0f, from, from + 25.0f, {}, 0.0f});
    }
    for (int from = 0; from < 4; ++from) {
        for (int turn = 0; turn < 3; ++turn) {
            const int to = (from + 1 + turn) % 4;  // right turn of who comes from the east leads north
            spec.kind = LaneKind::connector;
            spec.junction = 0;
            spec.turn = turn == 0 ? Turn::right : turn == 1 ? Turn::straight : Turn::left;
            spec.signal = signals ? static_cast<std::int16_t>(from % 2) : std::int16_t{-1};
            spec.priority = static_cast<std::int8_t>((main_road && from % 2 == 0 ? 2 : 0) + (main_road && turn != 2 ? 1 : 0));
            const LaneId in = static_cast<LaneId>(from), out = static_cast<LaneId>(4 + to);
            const LaneId lane = turn == 1 ? builder.add_straight(builder.end_of(in).position, builder.start_of(out).position, spec)
                                          : builder.add_curve(builder.end_of(in), builder.start_of(out), spec);
            builder.connect(in, lane);
            builder.connect(lane, out);
        }
    }
    for (int k = 0; crossings && k < 4; ++k) builder.add_crossing({rotated(k, {kBox + 4.0f, 6.0f}), rotated(k, {kBox + 4.0f, -6.0f}), 1.5f});
    builder.finish();
    return network;
}

inline void add_layout(Sim& sim) {
    for (std::size_t k = 0; k < sim.world.network->lanes.size(); ++k) {
        const Lane& lane = sim.world.network->lanes[k];
        if (lane.kind == LaneKind::road && !lane.ends) sim.layout.traffic.push_back({static_cast<LaneId>(k), 5.0f, lane.length - 5.0f, 1.0f});
    }
}

}  // namespace traffic
