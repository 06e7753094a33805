// The road network: lanes as reference lines with width, speed limit and connectivity, junctions with their conflicts
// and signals, crossings, obstacles, and the painted ground that cameras see. Immutable once built; lanes of a batch
// share it where the scenario allows. Built by NetworkBuilder (network_builder.h) only.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "wm/driving/geometry.h"

namespace wm::driving {

using LaneId = std::int16_t;
constexpr LaneId kNoLane = -1;

enum class LaneKind : std::uint8_t { road, connector, shoulder, parking };  // connector: inside a junction
enum class Turn : std::uint8_t { straight, left, right };

// Lines are sampled at one step per lane, so that a look-up by arc length costs no search. Straight lanes may have two points.
struct LanePoint {
    Vec position;      // on the centre line
    Vec forward;       // unit tangent
    float heading = 0.0f;    // rad, continuous along the lane (not wrapped)
    float curvature = 0.0f;  // 1/m, positive to the left
};

struct Conflict {            // two connectors of a junction whose swept areas overlap
    LaneId other = kNoLane;
    float enter = 0.0f, leave = 0.0f;              // arc lengths on the own lane, m
    float other_enter = 0.0f, other_leave = 0.0f;  // on the other lane, m
    bool merge = false;                            // both end in the same lane
};

struct Lane {
    std::int32_t first_point = 0;
    std::int32_t point_count = 0;
    float length = 0.0f;        // m
    float step = 0.0f;          // m between points
    float per_step = 0.0f;      // 1 / step
    float width = 3.5f;         // m
    float speed_limit = 13.9f;  // m/s
    LaneId left = kNoLane, right = kNoLane;  // neighbours of the same direction, for lane changes
    std::array<LaneId, 4> next{kNoLane, kNoLane, kNoLane, kNoLane};      // first ones filled
    std::array<LaneId, 4> previous{kNoLane, kNoLane, kNoLane, kNoLane};
    LaneKind kind = LaneKind::road;
    Turn turn = Turn::straight;     // of connectors
    std::int8_t priority = 0;       // of connectors: the greater goes first at a conflict; equal: who comes from the right
    std::int16_t junction = -1;
    std::int16_t signal = -1;       // of connectors: index of the signal that gates them, -1 without
    std::int32_t first_conflict = 0, conflict_count = 0;
    std::int32_t first_crossing = 0, crossing_count = 0;  // into lane_crossings
    bool ends = false;              // merge lanes: must be left before the end
};

struct Signal {             // fixed cycle, a function of time alone
    float cycle = 60.0f;    // s
    float green_from = 0.0f, green_to = 27.0f;  // s within the cycle; then yellow for kYellow, then red
    Vec position;           // of the head, for pictures
    float heading = 0.0f;   // the direction of the traffic that it faces
};
enum class Light : std::uint8_t { green, yellow, red };
constexpr float kYellow = 3.0f;  // s

struct Crossing {           // pedestrians walk from a to b or back
    Vec a, b;
    float half_width = 1.5f;  // m, along the road
    std::int16_t signal = -1; // of the signal that halts the road's traffic here: people walk while it is red; -1 without
};
struct LaneCrossing {
    std::int16_t crossing = 0;
    float s = 0.0f;           // where the lane's centre line meets it, m
};

// What is painted on the ground, in painter's order within a cell: surfaces first, then marks.
enum class Paint : std::uint8_t { asphalt, pavement, parking_bay, white_line, yellow_line, crossing_stripe, stop_line, water, count };
// Which paint covers which: quads are sorted by layer, so index order is painter's order. A point is drivable where a
// quad of layer 1 or 2 lies.
constexpr int layer_of(Paint paint) {
    if (paint == Paint::pavement || paint == Paint::water) return 0;
    if (paint == Paint::asphalt) return 1;
    return paint == Paint::parking_bay ? 2 : 3;
}
struct GroundQuad {
    std::array<Vec, 4> corner;  // convex, counter-clockwise; a triangle repeats its last corner
    Paint paint = Paint::asphalt;
};
struct Obstacle {
    Box box;
    float height = 3.0f;  // m
    std::uint8_t look = 0;  // chooses one of a few colours
};
struct Wall {  // barriers and guard rails
    Vec a, b;
    float height = 0.8f;  // m
};

// Square cells over everything; the grids of a network share origin, columns and rows. Lanes, obstacles, walls and
// drivable quads lie in every cell that they touch (some in a few more); quads in the cell of the centre of their bounding
// box (which is at most kMaxQuad wide and high). Items of a cell are in ascending order.
constexpr float kCell = 32.0f;     // m
constexpr float kMaxQuad = 24.0f;  // m

struct CellRange { std::int32_t first = 0, count = 0; };

struct Grid {
    Vec origin;
    int columns = 0, rows = 0;
    std::vector<CellRange> cells;          // [rows * columns]
    std::vector<std::int32_t> items;
    // The cell of a point, clamped to the grid.
    [[nodiscard]] int column(float x) const;
    [[nodiscard]] int row(float y) const;
    [[nodiscard]] std::span<const std::int32_t> at(int column, int row) const;
};

struct LanePosition {
    LaneId lane = kNoLane;
    float s = 0.0f;         // m along
    float d = 0.0f;         // m to the left of the centre line
    float heading = 0.0f;   // of the lane there, rad
    float curvature = 0.0f; // 1/m
};

// Working memory of NetworkBuilder, kept with the network so that rebuilding it allocates nothing. Of no use to readers.
struct BuilderMemory {
    std::vector<std::uint8_t> edges;             // [2 * lanes]: Edge at the left, at the right
    std::vector<Pose> knots;
    std::vector<Vec> polygon, clipped, hull, samples;
    std::vector<std::int32_t> first, cells, order;
    std::vector<std::pair<std::int32_t, std::int32_t>> marks;  // cell, item
    std::vector<Conflict> conflicts;
    std::vector<LaneId> owners;
    std::vector<std::pair<LaneId, LaneCrossing>> lane_crossings;
    std::vector<GroundQuad> quads;
};

class Network {
public:
    std::vector<Lane> lanes;
    std::vector<LanePoint> points;
    std::vector<Conflict> conflicts;
    std::vector<Signal> signals;
    std::vector<Crossing> crossings;
    std::vector<LaneCrossing> lane_crossings;
    std::vector<GroundQuad> quads;
    std::vector<Obstacle> obstacles;
    std::vector<Wall> walls;
    Grid lane_grid, quad_grid, obstacle_grid, wall_grid;
    Grid drivable_grid;      // indices of the quads that one may drive on
    Vec low, high;           // bounding box of the roads, m
    std::uint64_t hash = 0;  // of the content; a snapshot refuses another network
    BuilderMemory memory;

    [[nodiscard]] const Lane& lane(LaneId id) const { return lanes[static_cast<std::size_t>(id)]; }
    [[nodiscard]] std::span<const LanePoint> points_of(const Lane& lane) const;
    [[nodiscard]] std::span<const Conflict> conflicts_of(const Lane& lane) const;
    [[nodiscard]] std::span<const LaneCrossing> crossings_of(const Lane& lane) const;

    // Pose at arc length s (clamped to the lane; beyond its ends: straight on) and offset d to the left. O(1).
    [[nodiscard]] Pose pose(LaneId lane, float s, float d = 0.0f) const;
    [[nodiscard]] LanePoint point(LaneId lane, float s) const;  // interpolated
    // Nearest point of one lane, searched locally from arc length `hint`; s is not clamped beyond the ends by more than d needs.
    [[nodiscard]] LanePosition project(LaneId lane, Vec point, float hint) const;
    // The lane under a point (heading decides between overlapping ones); lane == kNoLane off the road. Uses the grid.
    [[nodiscard]] LanePosition locate(Vec point, float heading) const;
    // Is the point on asphalt: a lane or a junction's surface? Uses the grid.
    [[nodiscard]] bool drivable(Vec point) const;
    [[nodiscard]] Light light(int signal, float time) const;
    // Seconds until the light changes.
    [[nodiscard]] float light_remaining(int signal, float time) const;
};

}  // namespace wm::driving
