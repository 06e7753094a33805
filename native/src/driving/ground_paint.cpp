#include "ground_paint.h"

#include <algorithm>
#include <array>

namespace wm::driving {
namespace {

constexpr float kMargin = 0.15f;     // m of asphalt beyond the lanes
constexpr float kSag = 0.06f;        // m that a curve may stand out from its quads
constexpr float kWidest = 16.0f;     // m of a strip

bool grouped(const Lane& lane) { return lane.kind == LaneKind::road || lane.kind == LaneKind::shoulder; }

// Do two neighbours lie side by side from their starts to their ends?
bool side_by_side(const Network& network, const Lane& left, const Lane& right) {
    const float apart = 0.5f * (left.width + right.width);
    const auto beside = [&](const LanePoint& a, const LanePoint& b) {
        return length(a.position - apart * left_of(a.forward) - b.position) < 0.3f;
    };
    return grouped(right) && beside(network.points_of(left).front(), network.points_of(right).front()) &&
           beside(network.points_of(left).back(), network.points_of(right).back());
}

bool leads_group(const Network& network, const Lane& lane) {
    return lane.left == kNoLane || !grouped(network.lane(lane.left)) || !side_by_side(network, network.lane(lane.left), lane);
}

// Asphalt under a lane and its neighbours to the right, one band as far as one may be wide.
void paint_group(Network& network, const Lane& leader) {
    const Lane* first = &leader;
    const Lane* last = first;
    float width = first->width;
    while (true) {
        const Lane* next = last->right == kNoLane ? nullptr : &network.lane(last->right);
        const bool joins = next != nullptr && side_by_side(network, *last, *next);
        if (joins && width + next->width <= kWidest) {
            width += next->width;
            last = next;
            continue;
        }
        paint_strip(network, *first, 0.5f * first->width + kMargin, 0.5f * first->width - width - kMargin, Paint::asphalt);
        if (!joins) return;
        first = last = next;
        width = next->width;
    }
}

void paint_lanes(Network& network) {
    for (const Lane& lane : network.lanes) {
        const float half = 0.5f * lane.width + kMargin;
        if (lane.kind == LaneKind::parking) paint_strip(network, lane, half, -half, Paint::parking_bay);
        if (lane.kind == LaneKind::connector && lane.junction < 0) paint_strip(network, lane, half, -half, Paint::asphalt);
        if (grouped(lane) && leads_group(network, lane)) paint_group(network, lane);
    }
}

// find_conflicts() has left the connectors sorted by junction.
void paint_junctions(Network& network) {
    const std::span<const std::int32_t> order = network.memory.order;
    const auto junction = [&](std::size_t i) { return network.lanes[static_cast<std::size_t>(order[i])].junction; };
    for (std::size_t from = 0, to = 0; from < order.size(); from = to) {
        while (to < order.size() && junction(to) == junction(from)) ++to;
        paint_junction(network, order.subspan(from, to - from));
    }
}

void sort_by_layer(Network& network) {
    std::vector<GroundQuad>& sorted = network.memory.quads;
    sorted.clear();
    for (int layer = 0; layer < 4; ++layer) {
        for (const GroundQuad& quad : network.quads) {
            if (layer_of(quad.paint) == layer) sorted.push_back(quad);
        }
    }
    std::swap(sorted, network.quads);
}

void paint_piece(Network& network, const LanePoint& from, const LanePoint& to, float left, float right, Paint paint) {
    const Vec a = left_of(from.forward);
    const Vec b = left_of(to.forward);
    network.quads.push_back({{from.position + right * a, to.position + right * b, to.position + left * b, from.position + left * a}, paint});
}

}  // namespace

void paint_strip(Network& network, const Lane& lane, float left, float right, Paint paint) {
    const std::span<const LanePoint> line = network.points_of(lane);
    const float width = left - right;
    const float longest = std::sqrt(std::max(kMaxQuad * kMaxQuad - width * width, 16.0f)) - 0.01f;
    if (line.size() == 2) {
        const int pieces = static_cast<int>(std::ceil(lane.length / longest));
        LanePoint from = line[0];
        for (int i = 1; i <= pieces; ++i) {
            LanePoint to = line[0];
            to.position = line[0].position + (static_cast<float>(i) / static_cast<float>(pieces)) * (line[1].position - line[0].position);
            paint_piece(network, from, to, left, right, paint);
            from = to;
        }
        return;
    }
    for (std::size_t from = 0, to = 0; from + 1 < line.size(); from = to) {
        float turned = 0.0f;
        float reach = 0.0f;
        for (to = from; to + 1 < line.size(); ++to) {
            turned += std::abs(line[to + 1].heading - line[to].heading);
            reach += lane.step;
            const float outer = reach + turned * std::max(left, -right);  // the length of the outer edge
            if (to > from && (outer * turned > 8.0f * kSag || outer > longest)) break;
        }
        paint_piece(network, line[from], line[to], left, right, paint);
    }
}

void paint_ground(Network& network) {
    paint_lanes(network);
    paint_junctions(network);
    paint_lines(network);
    paint_stop_lines(network);
    paint_crossings(network);
    sort_by_layer(network);
}

}  // namespace wm::driving
