// Which lanes a pedestrian crossing cuts, and where.
#include <algorithm>

#include "builder_parts.h"

namespace wm::driving {
namespace {

// Arc length at which the lane's centre line meets the segment from a to b; negative when it does not.
float meeting(const Network& network, const Lane& lane, Vec a, Vec b) {
    const std::span<const LanePoint> line = network.points_of(lane);
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        const Vec p = line[i].position;
        const Vec along = line[i + 1].position - p;
        const Vec across = b - a;
        const float det = cross(along, across);
        if (det == 0.0f) continue;
        const float t = cross(a - p, across) / det;
        const float u = cross(a - p, along) / det;
        if (t >= 0.0f && t < 1.0f && u >= 0.0f && u <= 1.0f) return (static_cast<float>(i) + t) * lane.step;
    }
    return -1.0f;
}

void collect(Network& network, std::size_t index) {
    const Crossing& crossing = network.crossings[index];
    const Grid& grid = network.lane_grid;
    auto& found = network.memory.lane_crossings;
    const auto before = static_cast<std::ptrdiff_t>(found.size());
    const auto [left, right] = std::minmax({grid.column(crossing.a.x), grid.column(crossing.b.x)});
    const auto [low, high] = std::minmax({grid.row(crossing.a.y), grid.row(crossing.b.y)});
    for (int row = low; row <= high; ++row) {
        for (int column = left; column <= right; ++column) {
            for (const std::int32_t item : grid.at(column, row)) {
                const auto id = static_cast<LaneId>(item);
                const bool known = std::any_of(found.begin() + before, found.end(), [&](const auto& entry) { return entry.first == id; });
                const float s = known ? -1.0f : meeting(network, network.lane(id), crossing.a, crossing.b);
                if (s >= 0.0f) found.push_back({id, {static_cast<std::int16_t>(index), s}});
            }
        }
    }
}

}  // namespace

void attach_crossings(Network& network) {
    auto& found = network.memory.lane_crossings;
    found.clear();
    for (std::size_t i = 0; i < network.crossings.size(); ++i) collect(network, i);
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second.s != b.second.s ? a.second.s < b.second.s : a.second.crossing < b.second.crossing;
    });
    for (Lane& lane : network.lanes) lane.first_crossing = lane.crossing_count = 0;
    network.lane_crossings.clear();
    for (const auto& [id, crossing] : found) {
        Lane& lane = network.lanes[static_cast<std::size_t>(id)];
        if (lane.crossing_count++ == 0) lane.first_crossing = static_cast<std::int32_t>(network.lane_crossings.size());
        network.lane_crossings.push_back(crossing);
    }
}

}  // namespace wm::driving
