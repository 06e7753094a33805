// A roundabout with four arms. Traffic in the ring goes first; entering traffic gives way.
#include <array>

#include "scenario_parts.h"

namespace wm::driving {
namespace {

constexpr float kWidth = 3.75f;
constexpr float kRadius = 22.0f;             // m, of the ring's centre line
constexpr float kArmStart = 42.0f;           // m from the middle
constexpr float kArmLength = 150.0f;
constexpr float kApart = 3.25f;              // m between the arm's axis and its lanes: room for an island
constexpr float kHalfJunction = 0.56f;       // rad of the ring at each side of an arm that belong to its junction
constexpr float kQuarter = 0.5f * kPi;
constexpr std::int8_t kRing = 1, kEntry = 0;  // priorities

struct Arm {
    LaneId in = kNoLane, out = kNoLane, ring = kNoLane;  // the ring towards the next arm
};

LaneId add_ring_arc(NetworkBuilder& builder, float from, float to, const LaneSpec& spec) {
    const Pose start{kRadius * unit(from), from + kQuarter};
    return builder.add_arc(start, kRadius * (to - from), 1.0f / kRadius, spec);
}

Arm add_arm(NetworkBuilder& builder, float angle) {
    const LaneSpec road{.width = kWidth, .speed_limit = 13.9f};
    const LaneSpec slow{.width = kWidth, .speed_limit = 8.3f};
    const Vec away = unit(angle);
    const Vec side = kApart * left_of(away);
    Arm arm;
    arm.in = builder.add_straight((kArmStart + kArmLength) * away + side, kArmStart * away + side, road);
    arm.out = builder.add_straight(kArmStart * away - side, (kArmStart + kArmLength) * away - side, road);
    arm.ring = add_ring_arc(builder, angle + kHalfJunction, angle + kQuarter - kHalfJunction, slow);
    builder.set_edges(arm.in, Edge::solid, Edge::curb);
    builder.set_edges(arm.out, Edge::solid, Edge::curb);
    builder.set_edges(arm.ring, Edge::curb, Edge::curb);
    return arm;
}

void join(NetworkBuilder& builder, LaneId from, LaneId connector, LaneId to) {
    builder.connect(from, connector);
    builder.connect(connector, to);
}

void add_junction(NetworkBuilder& builder, float angle, const Arm& before, const Arm& arm, int index) {
    LaneSpec spec{.width = kWidth, .speed_limit = 8.3f, .kind = LaneKind::connector, .junction = static_cast<std::int16_t>(index)};
    spec.priority = kRing;
    const LaneId through = add_ring_arc(builder, angle - kHalfJunction, angle + kHalfJunction, spec);
    builder.set_edges(through, Edge::curb, Edge::none);
    join(builder, before.ring, through, arm.ring);
    spec.turn = Turn::right;
    join(builder, before.ring, builder.add_curve(builder.end_of(before.ring), builder.start_of(arm.out), spec), arm.out);
    spec.priority = kEntry;
    const LaneId entry = builder.add_curve(builder.end_of(arm.in), builder.start_of(arm.ring), spec);
    join(builder, arm.in, entry, arm.ring);
}

// Pavement between the arm's lanes and a crossing over both of them.
void add_island(NetworkBuilder& builder, float angle) {
    constexpr float kCrossingAt = kArmStart + 6.0f;
    const Vec away = unit(angle);
    const Vec half = (kApart - 0.5f * kWidth - 0.1f) * left_of(away);
    const Vec tip = (kRadius + 0.5f * kWidth + 3.0f) * away;
    for (const auto& [from, to] : {std::pair{kArmStart, kCrossingAt - 1.5f}, std::pair{kCrossingAt + 1.5f, kArmStart + 24.0f}}) {
        builder.add_surface(std::array<Vec, 4>{from * away - half, to * away - half, to * away + half, from * away + half}, Paint::pavement);
    }
    builder.add_surface(std::array<Vec, 3>{kArmStart * away - half, kArmStart * away + half, tip}, Paint::pavement);
    const Vec wide = (kApart - 0.5f * kWidth) * left_of(away);
    const Vec before = (kCrossingAt - 1.5f) * away;
    const Vec after = (kCrossingAt + 1.5f) * away;
    builder.add_surface(std::array<Vec, 4>{before - wide, after - wide, after + wide, before + wide}, Paint::asphalt);
    const Vec reach = (kApart + 0.5f * kWidth + 1.5f) * left_of(away);
    builder.add_crossing({kCrossingAt * away + reach, kCrossingAt * away - reach, 1.5f});
}

// A monument on the middle of the green, and houses around.
void add_surroundings(NetworkBuilder& builder) {
    builder.add_obstacle({{{0.0f, 0.0f}, {1.0f, 0.0f}, 2.5f, 2.5f}, 4.0f, 4});
    for (int i = 0; i < 4; ++i) {
        const Vec diagonal = unit(kQuarter * (static_cast<float>(i) + 0.5f));
        const auto look = static_cast<std::uint8_t>(i);
        builder.add_obstacle({{46.0f * diagonal, diagonal, 7.0f, 11.0f}, 7.0f + 2.0f * static_cast<float>(i), look});
        for (const float turn : {-0.45f, 0.45f}) {
            const Vec place = 84.0f * unit(kQuarter * (static_cast<float>(i) + 0.5f) + turn);
            builder.add_obstacle({{place, unit(kQuarter * static_cast<float>(i)), 9.0f, 6.0f}, 6.0f, static_cast<std::uint8_t>(look + 1)});
        }
    }
}

// Agents drive in by each arm, to all four exits in turn.
void add_agents(const Network& network, Layout& layout, const std::array<Arm, 4>& arms) {
    for (int row = 0; row < 10; ++row) {
        for (std::size_t i = 0; i < 4; ++i) {
            const float s = kArmLength - 20.0f - 12.0f * static_cast<float>(row);
            const LaneId goal = arms[(i + 1 + static_cast<std::size_t>(row)) % 4].out;
            layout.starts.push_back({arms[i].in, s, 8.0f, goal, network.lane(goal).length - 20.0f});
        }
    }
}

}  // namespace

void build_roundabout(const ScenarioConfig& config, Network& network, Layout& layout) {
    lanes_of(config, "roundabout", 1, 1);
    NetworkBuilder builder(network);
    std::array<Arm, 4> arms;
    for (std::size_t i = 0; i < 4; ++i) arms[i] = add_arm(builder, kQuarter * static_cast<float>(i));
    for (std::size_t i = 0; i < 4; ++i) add_junction(builder, kQuarter * static_cast<float>(i), arms[(i + 3) % 4], arms[i], static_cast<int>(i));
    for (std::size_t i = 0; i < 4; ++i) add_island(builder, kQuarter * static_cast<float>(i));
    add_surroundings(builder);
    builder.finish();
    add_agents(network, layout, arms);
    for (const Arm& arm : arms) add_traffic(network, layout, {arm.in, arm.out, arm.ring});
    layout.default_vehicles = 16;
    layout.default_pedestrians = 4;
}

}  // namespace wm::driving
