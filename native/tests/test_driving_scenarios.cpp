// Every fixed scenario, with every number of lanes: lanes join, can be driven and reached; starts, goals and paint are sound.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "wm/driving/network_builder.h"
#include "wm/driving/scenarios.h"

using namespace wm::driving;

namespace {

struct Built {
    Network network;
    Layout layout;
};

Built build(const ScenarioConfig& config) {
    Built built;
    wm::core::Pcg64 rng;
    build_scenario(config, rng, built.network, built.layout);
    return built;
}

void check_joints(const Network& network) {
    for (std::size_t i = 0; i < network.lanes.size(); ++i) {
        const auto id = static_cast<LaneId>(i);
        const Pose end = network.pose(id, network.lanes[i].length);
        for (const LaneId next : network.lanes[i].next) {
            if (next == kNoLane) continue;
            const Pose start = network.pose(next, 0.0f);
            CHECK(length(start.position - end.position) < 1e-3f);
            CHECK(std::abs(wrap_angle(start.heading - end.heading)) < 1e-3f);
        }
    }
}

void check_numbers(const Network& network) {
    for (const LanePoint& at : network.points) {
        CHECK(std::isfinite(at.position.x + at.position.y + at.heading + at.curvature));
        CHECK(std::abs(length(at.forward) - 1.0f) < 1e-4f);
        CHECK(std::abs(at.curvature) <= 1.0f / 5.9f);  // a car can drive it
    }
    for (const Lane& lane : network.lanes) CHECK(lane.speed_limit > 1.0f && lane.speed_limit < 40.0f && lane.length > 1.0f);
}

// From the starts, by successors and lane changes.
void check_reached(const Built& built) {
    const Network& network = built.network;
    std::vector<bool> seen(network.lanes.size());
    std::vector<LaneId> open;
    const auto visit = [&](LaneId id) {
        if (id == kNoLane || seen[static_cast<std::size_t>(id)]) return;
        seen[static_cast<std::size_t>(id)] = true;
        open.push_back(id);
    };
    for (const Start& start : built.layout.starts) visit(start.lane);
    while (!open.empty()) {
        const Lane& lane = network.lane(open.back());
        open.pop_back();
        for (const LaneId next : lane.next) visit(next);
        visit(lane.left);
        visit(lane.right);
    }
    for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] || network.lanes[i].kind == LaneKind::shoulder);
}

void check_layout(const Built& built) {
    const Network& network = built.network;
    const Layout& layout = built.layout;
    CHECK(layout.starts.size() >= 40);
    CHECK(!layout.traffic.empty());
    CHECK(layout.preferred_starts >= 0 && static_cast<std::size_t>(layout.preferred_starts) <= layout.starts.size());
    for (const Start& start : layout.starts) {
        const Lane& lane = network.lane(start.lane);
        CHECK(lane.kind == LaneKind::road && start.s >= 0.0f && start.s <= lane.length);
        CHECK(start.speed >= 0.0f && start.speed <= lane.speed_limit);
        const Pose pose = network.pose(start.lane, start.s);
        CHECK(network.drivable(pose.position) && network.locate(pose.position, pose.heading).lane == start.lane);
        if (start.goal_lane != kNoLane) CHECK(start.goal_s > 0.0f && start.goal_s < network.lane(start.goal_lane).length);
    }
    for (std::size_t i = 0; i < layout.starts.size(); ++i) {  // nobody starts within another
        const Vec at = network.pose(layout.starts[i].lane, layout.starts[i].s).position;
        for (std::size_t k = 0; k < i; ++k) CHECK(length(network.pose(layout.starts[k].lane, layout.starts[k].s).position - at) > 2.9f);
    }
    for (const SpawnStretch& part : layout.traffic) {
        CHECK(part.from >= 0.0f && part.to > part.from && part.to <= network.lane(part.lane).length && part.flow > 0.0f);
    }
    for (const ParkedPlace& place : layout.places) CHECK(network.drivable(place.pose.position));
    for (const ParkingGoal& goal : layout.goals) CHECK(network.drivable(goal.pose.position));
}

void check_paint(const Network& network) {
    int layer = 0;
    for (const GroundQuad& quad : network.quads) {
        CHECK(layer_of(quad.paint) >= layer);
        layer = layer_of(quad.paint);
        float area = 0.0f;
        Vec low = quad.corner[0], high = low;
        for (std::size_t i = 0; i < 4; ++i) {
            const Vec side = quad.corner[(i + 1) % 4] - quad.corner[i];
            const Vec next = quad.corner[(i + 2) % 4] - quad.corner[(i + 1) % 4];
            CHECK(cross(side, next) >= -1e-3f * (length(side) + length(next)));  // convex, counter-clockwise
            area += cross(quad.corner[i] - quad.corner[0], quad.corner[(i + 1) % 4] - quad.corner[0]);
            low = {std::min(low.x, quad.corner[i].x), std::min(low.y, quad.corner[i].y)};
            high = {std::max(high.x, quad.corner[i].x), std::max(high.y, quad.corner[i].y)};
        }
        CHECK(area > 0.0f);
        CHECK(high.x - low.x <= kMaxQuad + 0.01f && high.y - low.y <= kMaxQuad + 0.01f);
    }
}

// Lanes lie on asphalt over their whole width and length.
void check_asphalt(const Network& network) {
    for (std::size_t i = 0; i < network.lanes.size(); ++i) {
        const Lane& lane = network.lanes[i];
        for (float s = 0.05f; s < lane.length; s += 0.9f) {
            for (const float side : {-0.5f, 0.0f, 0.5f}) {
                const float d = side * (lane.width - 0.1f);
                CHECK(network.drivable(network.pose(static_cast<LaneId>(i), s, d).position));
            }
        }
    }
}

void check_conflicts(const Network& network) {
    for (std::size_t i = 0; i < network.lanes.size(); ++i) {
        const Lane& lane = network.lanes[i];
        for (const Conflict& conflict : network.conflicts_of(lane)) {
            const Lane& other = network.lane(conflict.other);
            CHECK(other.junction == lane.junction && lane.kind == LaneKind::connector);
            CHECK(conflict.enter >= 0.0f && conflict.enter < conflict.leave && conflict.leave <= lane.length);
            bool mutual = false;
            for (const Conflict& back : network.conflicts_of(other)) {
                mutual |= back.other == static_cast<LaneId>(i) && back.enter == conflict.other_enter && back.other_leave == conflict.leave;
            }
            CHECK(mutual);
        }
    }
}

void check_obstacles(const Network& network) {  // nothing stands in a lane
    for (std::size_t i = 0; i < network.lanes.size(); ++i) {
        const Lane& lane = network.lanes[i];
        for (float s = 0.0f; s < lane.length; s += 2.0f) {
            const LanePoint at = network.point(static_cast<LaneId>(i), s);
            const Box box{at.position, at.forward, 1.2f, 0.5f * lane.width};
            for (const Obstacle& obstacle : network.obstacles) CHECK(!overlap(box, obstacle.box));
            for (const Wall& wall : network.walls) CHECK(!crosses(box, wall.a, wall.b));
        }
    }
}

void check_scenario(const ScenarioConfig& config) {
    const int before = wm::test::failures;
    const Built built = build(config);
    check_joints(built.network);
    check_numbers(built.network);
    check_reached(built);
    check_layout(built);
    check_paint(built.network);
    check_asphalt(built.network);
    check_conflicts(built.network);
    check_obstacles(built.network);
    CHECK(fixed_network(config));
    CHECK(build(config).network.hash == built.network.hash);
    if (wm::test::failures == before) return;
    std::fprintf(stderr, "  in scenario %d with lanes = %d, signals = %d\n", static_cast<int>(config.scenario), config.lanes, config.signals);
}

void check_rules() {
    ScenarioConfig config;
    config.scenario = Scenario::roundabout;
    const Built roundabout = build(config);
    for (const Lane& lane : roundabout.network.lanes) {  // entries give way to the ring
        if (lane.kind != LaneKind::connector || lane.priority != 0) continue;
        bool gives_way = false;
        for (const Conflict& conflict : roundabout.network.conflicts_of(lane)) {
            gives_way |= conflict.merge && roundabout.network.lane(conflict.other).priority > 0;
        }
        CHECK(gives_way);
    }
    config.scenario = Scenario::intersection;
    const Built lights = build(config);
    CHECK(lights.network.signals.size() == 4);
    for (int tenth = 0; tenth < 1200; ++tenth) {  // never green for both roads; everybody gets it
        const float time = 0.1f * static_cast<float>(tenth);
        const auto runs = [&](int signal) { return lights.network.light(signal, time) != Light::red; };
        CHECK(!((runs(0) || runs(2)) && (runs(1) || runs(3))));
        CHECK(lights.network.light_remaining(0, time) > 0.0f);
    }
    for (int signal = 0; signal < 4; ++signal) CHECK(lights.network.light(signal, signal % 2 == 0 ? 10.0f : 40.0f) == Light::green);
    config.signals = false;
    const Built priority = build(config);
    CHECK(priority.network.signals.empty());
    CHECK(priority.network.hash != lights.network.hash);
    config = {};
    config.scenario = Scenario::merge;
    const Built merge = build(config);
    int ending = 0;
    for (const Lane& lane : merge.network.lanes) {
        if (!lane.ends) continue;
        ++ending;
        CHECK(lane.next[0] == kNoLane && lane.left != kNoLane && merge.network.lane(lane.left).next[0] != kNoLane);
    }
    CHECK(ending == 1);
}

bool refused(Scenario scenario, int lanes) {
    ScenarioConfig config;
    config.scenario = scenario;
    config.lanes = lanes;
    try {
        build(config);
    } catch (const std::invalid_argument&) {
        return true;
    }
    return false;
}

void check_map() {
    ScenarioConfig town;
    town.scenario = Scenario::intersection;
    ScenarioConfig config;
    config.scenario = Scenario::map;
    config.map = std::make_shared<const Network>(build(town).network);
    const Built built = build(config);
    CHECK(built.network.hash == config.map->hash);
    check_layout(built);
    CHECK(refused(Scenario::map, 0));  // without a network
    CHECK(refused(Scenario::highway, 7) && refused(Scenario::highway, -1) && refused(Scenario::roundabout, 2));
}

}  // namespace

int main() {
    constexpr std::array<std::pair<Scenario, int>, 6> kScenarios{{{Scenario::highway, 6}, {Scenario::merge, 4}, {Scenario::roundabout, 1},
                                                                  {Scenario::intersection, 3}, {Scenario::racetrack, 3}, {Scenario::parking, 1}}};
    for (const auto& [scenario, most] : kScenarios) {
        for (int lanes = 0; lanes <= most; ++lanes) {
            ScenarioConfig config;
            config.scenario = scenario;
            config.lanes = lanes;
            check_scenario(config);
            if (scenario != Scenario::intersection) continue;
            config.signals = false;
            check_scenario(config);
        }
    }
    check_rules();
    check_map();
    return wm::test::report();
}
