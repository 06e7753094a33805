// The plan of a town before there are lanes: nodes, streets, who has the right of way. Fixed size: planning allocates nothing.
#pragma once

#include <array>
#include <cstdint>

#include "wm/core/rng.h"
#include "wm/driving/network_builder.h"
#include "wm/driving/scenarios.h"

namespace wm::driving {

constexpr int kMaxNodes = 16;
constexpr int kMaxStreets = 24;
constexpr int kMaxStreetLanes = 3;  // per direction
constexpr int kNone = -1;

enum class Crossroads : std::uint8_t { bend, signals, priority, right_first };

struct TownNode {
    Vec at;
    std::array<int, 4> street{kNone, kNone, kNone, kNone};  // leaving to the east, north, west, south
    int degree = 0;
    float radius = 0.0f;  // m from the node to where its streets begin
    Crossroads kind = Crossroads::bend;
    int main_axis = 0;    // of priority where no street is a main street: 0 east-west, 1 north-south
};

struct Street {
    int from = 0, to = 0;     // nodes
    int direction = 0;        // 0 east, 1 north: out of `from`; it comes into `to` by direction + 2
    bool main = false;
    int lanes = 1;            // per direction
    float lane_width = 3.25f;
    float limit = 8.3f;       // m/s
    float leave = 0.0f, arrive = 0.0f;  // rad, headings of the centre line at both ends
    bool straight = true;
    Pose start, end;          // of the centre line between the junctions, along from -> to
    // [0] is the outermost (rightmost) of its direction.
    std::array<LaneId, kMaxStreetLanes> forward{}, backward{};

    [[nodiscard]] float half_width() const { return static_cast<float>(lanes) * lane_width; }
};

struct TownPlan {
    int columns = 4, rows = 4;
    int node_count = 0, street_count = 0;
    std::array<TownNode, kMaxNodes> nodes;
    std::array<Street, kMaxStreets> streets;

    // Heading of a street as it leaves a node.
    [[nodiscard]] float leaving(int node, int direction) const;
};

struct TownRandom {  // small draws
    core::Pcg64& rng;
    [[nodiscard]] float within(float low, float high) { return low + (high - low) * static_cast<float>(rng.next_double()); }
    [[nodiscard]] bool chance(float probability) { return static_cast<float>(rng.next_double()) < probability; }
    [[nodiscard]] int below(int n) { return static_cast<int>(rng.integers(static_cast<std::uint32_t>(n))); }
};

void plan_town(const ScenarioConfig& config, TownRandom& random, TownPlan& plan);
void build_streets(NetworkBuilder& builder, TownPlan& plan);
void build_junctions(TownRandom& random, NetworkBuilder& builder, Network& network, const TownPlan& plan);
void build_blocks(TownRandom& random, NetworkBuilder& builder, const Network& network, const TownPlan& plan, Layout& layout);

}  // namespace wm::driving
