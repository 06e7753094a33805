// A car park: two aisles joined at both ends, driven in both directions, with 96 bays at right angles to them.
#include <array>

#include "scenario_parts.h"

namespace wm::driving {
namespace {

constexpr float kLane = 3.0f;                          // m, each direction of an aisle
constexpr float kBayWidth = 2.6f, kBayDepth = 5.2f;    // m
constexpr int kColumns = 24, kRows = 4;
constexpr float kHalfRow = 0.5f * kBayWidth * static_cast<float>(kColumns);
constexpr float kAisleApart = 2.0f * kLane + 2.0f * kBayDepth;  // m between the middles of the aisles
constexpr float kBend = 7.5f;                          // m, radius at the middle of an aisle's bends
constexpr float kHalfAisle = kHalfRow + 1.5f;          // m from the middle to where the bends begin
constexpr float kLine = 0.12f;
constexpr float kQuarter = 0.5f * kPi;

// Counter-clockwise round both aisles, `inwards` m from their middles; the other way round when reversed.
Band add_loop(NetworkBuilder& builder, float inwards, bool reversed) {
    const LaneSpec spec{.width = kLane, .speed_limit = 5.6f};
    const float radius = kBend - inwards;
    const float side = kAisleApart - 2.0f * kBend;
    const std::array<Vec, 4> centers{Vec{kHalfAisle, kBend}, Vec{kHalfAisle, kBend + side}, Vec{-kHalfAisle, kBend + side}, Vec{-kHalfAisle, kBend}};
    Band loop;
    for (std::size_t k = 0; k < 4; ++k) {
        const std::size_t i = reversed ? 3 - k : k;
        const float heading = kQuarter * static_cast<float>(i);
        const Vec out = radius * unit(heading - kQuarter);        // from the bend's centre to where it begins
        const Vec next = radius * unit(heading);                  // and ends
        const Vec after = centers[(i + 1) % 4];
        if (reversed) {
            loop.push_back(builder.add_straight(after + next, centers[i] + next, spec));
            loop.push_back(builder.add_arc({centers[i] + next, heading - kQuarter}, radius * kQuarter, -1.0f / radius, spec));
            continue;
        }
        loop.push_back(builder.add_arc({centers[i] + out, heading}, radius * kQuarter, 1.0f / radius, spec));
        loop.push_back(builder.add_straight(centers[i] + next, after + next, spec));
    }
    for (std::size_t i = 0; i < loop.size(); ++i) builder.connect(loop[i], loop[(i + 1) % loop.size()]);
    return loop;
}

// Of a car that stands in the bay, nose in.
Pose bay_at(int row, int column) {
    const float aisle = row < 2 ? 0.0f : kAisleApart;
    const float side = row % 2 == 0 ? -1.0f : 1.0f;
    const float x = -kHalfRow + kBayWidth * (static_cast<float>(column) + 0.5f);
    return {{x, aisle + side * (kLane + 0.5f * kBayDepth)}, side * kQuarter};
}

void paint_bays(NetworkBuilder& builder) {
    const Vec half{0.5f * kBayWidth - 0.5f * kLine, 0.5f * kBayDepth};
    for (int row = 0; row < kRows; ++row) {
        for (int column = 0; column < kColumns; ++column) {
            const Vec middle = bay_at(row, column).position;
            add_rectangle(builder, middle - half, middle + half, Paint::parking_bay);
            if (column == 0) continue;
            const Vec line = middle - Vec{0.5f * kBayWidth, 0.0f};
            add_rectangle(builder, line - Vec{0.5f * kLine, half.y}, line + Vec{0.5f * kLine, half.y}, Paint::white_line);
        }
    }
}

void add_surroundings(NetworkBuilder& builder) {
    const Vec low{-kHalfAisle - kBend - kLane - 1.0f, -kLane - kBayDepth - 0.8f};
    const Vec high{-low.x, kAisleApart - low.y};
    add_rectangle(builder, low, high, Paint::asphalt);
    builder.add_wall(low, {high.x, low.y}, 0.9f);
    builder.add_wall({high.x, low.y}, high, 0.9f);
    builder.add_wall(high, {low.x, high.y}, 0.9f);
    builder.add_wall({low.x, high.y}, low, 0.9f);
    for (const float x : {-0.5f, 0.0f, 0.5f}) {  // lamp posts between the noses of the inner rows
        builder.add_obstacle({{{2.0f * x * kBayWidth * 9.0f, 0.5f * kAisleApart}, {1.0f, 0.0f}, 0.12f, 0.12f}, 6.0f, 3});
    }
    builder.add_obstacle({{{0.0f, high.y + 12.0f}, {1.0f, 0.0f}, 30.0f, 9.0f}, 8.0f, 2});
}

// Two in five bays are kept free as goals, spread over the rows; cars stand in the others.
void fill_bays(Layout& layout) {
    for (int row = 0; row < kRows; ++row) {
        for (int column = 0; column < kColumns; ++column) {
            const Pose bay = bay_at(row, column);
            if ((7 * column + 5 * row) % 12 < 5) layout.goals.push_back({bay});
            else layout.places.push_back({bay, kNoLane});
        }
    }
}

}  // namespace

void build_parking(const ScenarioConfig& config, Network& network, Layout& layout) {
    lanes_of(config, "parking", 1, 1);
    NetworkBuilder builder(network);
    const Band outer = add_loop(builder, -0.5f * kLane, false);
    const Band inner = add_loop(builder, 0.5f * kLane, true);
    for (const LaneId aisle : {outer[3], outer[7]}) builder.set_edges(aisle, Edge::dashed, Edge::none);
    add_surroundings(builder);
    paint_bays(builder);
    builder.finish();
    for (const Band* loop : {&outer, &inner}) {
        for (const LaneId lane : *loop) {
            const float length = network.lane(lane).length;
            for (float s = 5.0f; s + 5.0f < length; s += 6.5f) layout.starts.push_back({lane, s, 0.0f});
            if (length > 20.0f) layout.traffic.push_back({lane, 0.0f, length, 1.0f});
        }
    }
    fill_bays(layout);
    layout.entries_refill = false;
    layout.default_vehicles = 2;
    layout.default_pedestrians = 0;
}

}  // namespace wm::driving
