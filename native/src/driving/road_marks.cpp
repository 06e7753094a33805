// Lines along lanes, stop lines and the stripes of crossings.
#include <algorithm>

#include "ground_paint.h"

namespace wm::driving {
namespace {

constexpr float kLine = 0.15f;        // m wide
constexpr float kDash = 3.0f;         // m long
constexpr float kDashPeriod = 9.0f;   // m
constexpr float kDoubleGap = 0.14f;   // m from the middle of a double line to each of its lines
constexpr float kCurb = 0.6f;         // m of pavement beyond a curb
constexpr float kStripe = 0.6f, kStripePeriod = 1.2f;  // m, of crossings
constexpr float kStopLine = 0.4f;     // m along the lane

Edge edge_of(const Network& network, LaneId lane, int side) {
    return static_cast<Edge>(network.memory.edges[2 * static_cast<std::size_t>(lane) + static_cast<std::size_t>(side)]);
}

void paint_rectangle(Network& network, const LanePoint& middle, float half_length, float half_width, Paint paint) {
    const Vec along = half_length * middle.forward;
    const Vec aside = half_width * left_of(middle.forward);
    const Vec c = middle.position;
    network.quads.push_back({{c - along - aside, c + along - aside, c + along + aside, c - along + aside}, paint});
}

void paint_dashes(Network& network, LaneId id, float offset) {
    const float end = network.lane(id).length;
    for (float s = 0.5f * kDashPeriod; s + 0.5f * kDash <= end; s += kDashPeriod) {
        LanePoint at = network.point(id, s);
        at.position = at.position + offset * left_of(at.forward);
        paint_rectangle(network, at, 0.5f * kDash, 0.5f * kLine, Paint::white_line);
    }
}

void paint_edge(Network& network, LaneId id, Edge edge, float offset, float outwards) {
    const Lane& lane = network.lane(id);
    constexpr float kHalf = 0.5f * kLine;
    if (edge == Edge::dashed) paint_dashes(network, id, offset);
    if (edge == Edge::solid || edge == Edge::curb) {
        const float at = offset - outwards * kHalf;  // inside the lane
        paint_strip(network, lane, at + kHalf, at - kHalf, Paint::white_line);
    }
    if (edge == Edge::yellow_double) {
        for (const float at : {offset + kDoubleGap, offset - kDoubleGap}) paint_strip(network, lane, at + kHalf, at - kHalf, Paint::yellow_line);
    }
    if (edge == Edge::curb) {
        const float far = offset + outwards * kCurb;
        paint_strip(network, lane, std::max(offset, far), std::min(offset, far), Paint::pavement);
    }
}

// Must the lane's traffic give way or obey a signal at its end?
bool stops(const Network& network, const Lane& lane) {
    return std::any_of(lane.next.begin(), lane.next.end(), [&](LaneId next) {
        if (next == kNoLane || network.lane(next).junction < 0) return false;
        const Lane& connector = network.lane(next);
        const std::span<const Conflict> conflicts = network.conflicts_of(connector);
        return connector.signal >= 0 || std::any_of(conflicts.begin(), conflicts.end(), [&](const Conflict& conflict) {
                   return network.lane(conflict.other).priority > connector.priority;
               });
    });
}

// Where they stop: before the lane's end, or before a crossing near it.
float stop_at(const Network& network, const Lane& lane) {
    float s = lane.length;
    for (const LaneCrossing& crossing : network.crossings_of(lane)) {
        if (crossing.s > lane.length - 12.0f) {
            s = std::min(s, crossing.s - network.crossings[static_cast<std::size_t>(crossing.crossing)].half_width - 0.6f);
        }
    }
    return s - 0.5f;
}

// What part of each crossing lies on lanes: x from, y to, in m from its end a.
void measure_crossings(Network& network, std::vector<Vec>& parts) {
    parts.assign(network.crossings.size(), Vec{1e30f, -1e30f});
    for (const auto& [id, at] : network.memory.lane_crossings) {
        const Crossing& crossing = network.crossings[static_cast<std::size_t>(at.crossing)];
        const float along = length(network.point(id, at.s).position - crossing.a);
        Vec& part = parts[static_cast<std::size_t>(at.crossing)];
        const float half = 0.5f * network.lane(id).width;
        part = {std::min(part.x, along - half), std::max(part.y, along + half)};
    }
}

}  // namespace

void paint_lines(Network& network) {
    for (std::size_t i = 0; i < network.lanes.size(); ++i) {
        const auto id = static_cast<LaneId>(i);
        const Lane& lane = network.lane(id);
        const bool painted_by_left = lane.left != kNoLane && edge_of(network, lane.left, 1) != Edge::none;
        if (!painted_by_left) paint_edge(network, id, edge_of(network, id, 0), 0.5f * lane.width, 1.0f);
        paint_edge(network, id, edge_of(network, id, 1), -0.5f * lane.width, -1.0f);
    }
}

void paint_stop_lines(Network& network) {
    for (std::size_t i = 0; i < network.lanes.size(); ++i) {
        const Lane& lane = network.lanes[i];
        if (lane.kind != LaneKind::road || !stops(network, lane)) continue;
        const LanePoint at = network.point(static_cast<LaneId>(i), stop_at(network, lane));
        paint_rectangle(network, at, 0.5f * kStopLine, 0.5f * lane.width - kLine, Paint::stop_line);
    }
}

void paint_crossings(Network& network) {
    std::vector<Vec>& parts = network.memory.samples;
    measure_crossings(network, parts);
    for (std::size_t i = 0; i < network.crossings.size(); ++i) {
        const Crossing& crossing = network.crossings[i];
        const float whole = length(crossing.b - crossing.a);
        const Vec across = (1.0f / whole) * (crossing.b - crossing.a);
        const float from = std::max(0.0f, parts[i].x);
        const float to = std::min(whole, parts[i].y);
        const int stripes = static_cast<int>((to - from + kStripePeriod - kStripe) / kStripePeriod);
        const float first = 0.5f * (from + to - static_cast<float>(stripes - 1) * kStripePeriod);
        for (int k = 0; k < stripes; ++k) {
            const LanePoint at{crossing.a + (first + static_cast<float>(k) * kStripePeriod) * across, across, 0.0f, 0.0f};
            paint_rectangle(network, at, 0.5f * kStripe, crossing.half_width, Paint::crossing_stripe);
        }
    }
}

}  // namespace wm::driving
