// The asphalt of junctions: the hull of all that leads in and out, and strips for connectors that leave it.
#include <algorithm>

#include "ground_paint.h"

namespace wm::driving {
namespace {

constexpr float kMargin = 0.15f;  // m of asphalt beyond the lanes
constexpr float kWidest = 64.0f;  // m: in a larger junction each connector is painted for itself,
constexpr std::size_t kFewest = 5;  // as in one with fewer connectors: forks, merges, the arms of roundabouts

// To 4 mm: what should be one corner, or one line, then is.
Vec snapped(Vec at) { return {std::round(at.x * 256.0f) / 256.0f, std::round(at.y * 256.0f) / 256.0f}; }

void add_end(std::vector<Vec>& corners, const LanePoint& at, float width) {
    for (const float side : {1.0f, -1.0f}) corners.push_back(snapped(at.position + side * (0.5f * width + kMargin) * left_of(at.forward)));
}

// Andrew's monotone chain, counter-clockwise; sorts `points`.
void hull_of(std::vector<Vec>& points, std::vector<Vec>& hull) {
    std::sort(points.begin(), points.end(), [](Vec a, Vec b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
    points.erase(std::unique(points.begin(), points.end()), points.end());
    hull.clear();
    const auto extend = [&](Vec point, std::size_t least) {
        while (hull.size() > least && cross(hull[hull.size() - 1] - hull[hull.size() - 2], point - hull.back()) <= 0.0f) hull.pop_back();
        hull.push_back(point);
    };
    for (const Vec point : points) extend(point, 1);
    const std::size_t lower = hull.size();
    for (std::size_t i = points.size() - 1; i-- > 0;) extend(points[i], lower);
    hull.pop_back();
}

bool inside(std::span<const Vec> hull, Vec point) {
    for (std::size_t i = 0; i < hull.size(); ++i) {
        const Vec side = hull[(i + 1) % hull.size()] - hull[i];
        if (cross(side, point - hull[i]) < -0.05f * length(side)) return false;
    }
    return true;
}

bool covered(const Network& network, std::span<const Vec> hull, const Lane& lane) {
    const std::span<const LanePoint> line = network.points_of(lane);
    return std::all_of(line.begin(), line.end(), [&](const LanePoint& at) {
        const Vec aside = 0.5f * lane.width * left_of(at.forward);
        return inside(hull, at.position + aside) && inside(hull, at.position - aside);
    });
}

float extent(std::span<const Vec> hull) {
    float most = 0.0f;
    for (const Vec corner : hull) most = std::max(most, length(corner - hull[0]));
    return most;
}

}  // namespace

void paint_junction(Network& network, std::span<const std::int32_t> connectors) {
    BuilderMemory& memory = network.memory;
    memory.polygon.clear();
    for (const std::int32_t id : connectors) {
        const Lane& lane = network.lanes[static_cast<std::size_t>(id)];
        add_end(memory.polygon, network.points_of(lane).front(), lane.width);
        add_end(memory.polygon, network.points_of(lane).back(), lane.width);
    }
    hull_of(memory.polygon, memory.hull);
    const bool whole = connectors.size() >= kFewest && extent(memory.hull) <= kWidest;
    if (whole) paint_surface(network, memory.hull, Paint::asphalt);
    for (const std::int32_t id : connectors) {
        const Lane& lane = network.lanes[static_cast<std::size_t>(id)];
        if (whole && covered(network, memory.hull, lane)) continue;
        paint_strip(network, lane, 0.5f * lane.width + kMargin, -0.5f * lane.width - kMargin, Paint::asphalt);
    }
}

}  // namespace wm::driving
