#include "wm/driving/network_builder.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "builder_parts.h"

namespace wm::driving {
namespace {

Vec direction(float heading) { return {std::cos(heading), std::sin(heading)}; }

void add_link(std::array<LaneId, 4>& links, LaneId lane, const char* what, LaneId owner) {
    if (std::find(links.begin(), links.end(), lane) != links.end()) return;
    const auto free = std::find(links.begin(), links.end(), kNoLane);
    if (free == links.end()) throw std::invalid_argument("lane " + std::to_string(owner) + " has more than four " + what);
    *free = lane;
}

bool finite(const LanePoint& at) { return std::isfinite(at.position.x + at.position.y + at.heading + at.curvature); }

void check_lane(const Network& network, std::size_t id) {
    const Lane& lane = network.lanes[id];
    const std::span<const LanePoint> points = network.points_of(lane);
    const bool good = lane.length > 0.0f && std::isfinite(lane.length) && lane.width > 0.0f && lane.speed_limit > 0.0f &&
                      points.size() >= 2 && std::all_of(points.begin(), points.end(), finite);
    if (!good) {
        throw std::invalid_argument("lane " + std::to_string(id) + " has no length, no width, no speed limit or a number that is not finite");
    }
}

}  // namespace

NetworkBuilder::NetworkBuilder(Network& network) : network_(network) {
    network.lanes.clear();
    network.points.clear();
    network.conflicts.clear();
    network.signals.clear();
    network.crossings.clear();
    network.lane_crossings.clear();
    network.quads.clear();
    network.obstacles.clear();
    network.walls.clear();
    network.memory.edges.clear();
}

Lane& NetworkBuilder::new_lane(const LaneSpec& spec) {
    if (network_.lanes.size() >= 32767) throw std::invalid_argument("a network has at most 32767 lanes");
    Lane& lane = network_.lanes.emplace_back();
    lane.first_point = static_cast<std::int32_t>(network_.points.size());
    lane.width = spec.width;
    lane.speed_limit = spec.speed_limit;
    lane.kind = spec.kind;
    lane.turn = spec.turn;
    lane.priority = spec.priority;
    lane.junction = spec.junction;
    lane.signal = spec.signal;
    network_.memory.edges.resize(2 * network_.lanes.size(), static_cast<std::uint8_t>(Edge::none));
    return lane;
}

LaneId NetworkBuilder::close_lane(float length) {
    Lane& lane = network_.lanes.back();
    lane.point_count = static_cast<std::int32_t>(network_.points.size()) - lane.first_point;
    lane.length = length;
    lane.step = length / static_cast<float>(lane.point_count - 1);
    lane.per_step = 1.0f / lane.step;
    return static_cast<LaneId>(network_.lanes.size() - 1);
}

LaneId NetworkBuilder::add_straight(Vec from, Vec to, const LaneSpec& spec) {
    const Vec by = to - from;
    const float metres = length(by);
    const Vec forward = (1.0f / metres) * by;
    const float heading = std::atan2(by.y, by.x);
    new_lane(spec);
    network_.points.push_back({from, forward, heading, 0.0f});
    network_.points.push_back({to, forward, heading, 0.0f});
    return close_lane(metres);
}

LaneId NetworkBuilder::add_arc(const Pose& from, float metres, float curvature, const LaneSpec& spec) {
    if (curvature == 0.0f) return add_straight(from.position, from.position + metres * direction(from.heading), spec);
    const float step = std::clamp(0.15f / std::abs(curvature), 0.5f, 8.0f);
    const int pieces = std::max(2, static_cast<int>(std::ceil(metres / step)));
    new_lane(spec);
    for (int i = 0; i <= pieces; ++i) {
        const float turned = curvature * metres * static_cast<float>(i) / static_cast<float>(pieces);
        const float chord = 2.0f * std::sin(0.5f * turned) / curvature;
        const Vec position = from.position + chord * direction(from.heading + 0.5f * turned);
        const float heading = from.heading + turned;
        network_.points.push_back({position, direction(heading), heading, curvature});
    }
    return close_lane(metres);
}

LaneId NetworkBuilder::add_parallel(LaneId of, float offset, bool reversed, const LaneSpec& spec) {
    const Lane base = network_.lane(of);
    std::vector<Pose>& knots = network_.memory.knots;
    knots.clear();
    for (int i = 0; i < base.point_count; ++i) {
        const LanePoint& at = network_.points[static_cast<std::size_t>(base.first_point + (reversed ? base.point_count - 1 - i : i))];
        knots.push_back({at.position + offset * left_of(at.forward), at.heading + (reversed ? kPi : 0.0f)});
    }
    if (base.point_count == 2) return add_straight(knots.front().position, knots.back().position, spec);
    return add_poses(knots, spec, 8.0f);
}

void NetworkBuilder::connect(LaneId from, LaneId to) {
    add_link(network_.lanes[static_cast<std::size_t>(from)].next, to, "successors", from);
    add_link(network_.lanes[static_cast<std::size_t>(to)].previous, from, "predecessors", to);
}

void NetworkBuilder::neighbours(LaneId left, LaneId right) {
    network_.lanes[static_cast<std::size_t>(left)].right = right;
    network_.lanes[static_cast<std::size_t>(right)].left = left;
}

void NetworkBuilder::set_edges(LaneId lane, Edge left, Edge right) {
    network_.memory.edges[2 * static_cast<std::size_t>(lane)] = static_cast<std::uint8_t>(left);
    network_.memory.edges[2 * static_cast<std::size_t>(lane) + 1] = static_cast<std::uint8_t>(right);
}

void NetworkBuilder::set_ends(LaneId lane) { network_.lanes[static_cast<std::size_t>(lane)].ends = true; }

int NetworkBuilder::add_signal(const Signal& signal) {
    network_.signals.push_back(signal);
    return static_cast<int>(network_.signals.size()) - 1;
}

int NetworkBuilder::add_crossing(const Crossing& crossing) {
    network_.crossings.push_back(crossing);
    return static_cast<int>(network_.crossings.size()) - 1;
}

void NetworkBuilder::add_surface(std::span<const Vec> convex, Paint paint) { paint_surface(network_, convex, paint); }
void NetworkBuilder::add_obstacle(const Obstacle& obstacle) { network_.obstacles.push_back(obstacle); }
void NetworkBuilder::add_wall(Vec a, Vec b, float height) { network_.walls.push_back({a, b, height}); }

Pose NetworkBuilder::start_of(LaneId lane) const { return network_.pose(lane, 0.0f); }
Pose NetworkBuilder::end_of(LaneId lane) const { return network_.pose(lane, network_.lane(lane).length); }

void NetworkBuilder::finish() {
    if (network_.lanes.empty()) throw std::invalid_argument("a network needs at least one lane");
    for (std::size_t i = 0; i < network_.lanes.size(); ++i) check_lane(network_, i);
    find_conflicts(network_);
    index_lanes(network_);
    attach_crossings(network_);
    paint_ground(network_);
    index_quads(network_);
    network_.hash = content_hash(network_);
}

}  // namespace wm::driving
