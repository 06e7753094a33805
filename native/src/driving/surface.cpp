// Convex surfaces cut into quads small enough for the grid.
#include <algorithm>
#include <array>

#include "builder_parts.h"

namespace wm::driving {
namespace {

constexpr std::size_t kMostCorners = 24;  // of what is cut at a time; larger polygons are cut into fans first

struct Polygon {
    std::array<Vec, kMostCorners + 8> corner;
    std::size_t count = 0;
    void add(Vec at) { corner[count++] = at; }
};

float coordinate(Vec at, int axis) { return axis == 0 ? at.x : at.y; }

// The part of a convex polygon on one side of the line x = at or y = at.
Polygon half(const Polygon& polygon, int axis, float at, float side) {
    Polygon out;
    for (std::size_t i = 0; i < polygon.count; ++i) {
        const Vec a = polygon.corner[i];
        const Vec b = polygon.corner[(i + 1) % polygon.count];
        const float from = side * (coordinate(a, axis) - at);
        const float to = side * (coordinate(b, axis) - at);
        if (from >= 0.0f) out.add(a);
        if ((from > 0.0f && to < 0.0f) || (from < 0.0f && to > 0.0f)) out.add(a + (from / (from - to)) * (b - a));
    }
    return out;
}

void emit(Network& network, const Polygon& polygon, Paint paint) {
    for (std::size_t i = 1; i + 1 < polygon.count; i += 2) {
        const std::size_t last = std::min(i + 2, polygon.count - 1);
        network.quads.push_back({{polygon.corner[0], polygon.corner[i], polygon.corner[i + 1], polygon.corner[last]}, paint});
    }
}

void cut(Network& network, const Polygon& polygon, Paint paint) {
    if (polygon.count < 3) return;
    Vec low = polygon.corner[0];
    Vec high = low;
    for (std::size_t i = 1; i < polygon.count; ++i) {
        low = {std::min(low.x, polygon.corner[i].x), std::min(low.y, polygon.corner[i].y)};
        high = {std::max(high.x, polygon.corner[i].x), std::max(high.y, polygon.corner[i].y)};
    }
    const Vec size = high - low;
    if (std::max(size.x, size.y) <= kMaxQuad) return emit(network, polygon, paint);
    const int axis = size.x >= size.y ? 0 : 1;
    const float middle = 0.5f * (coordinate(low, axis) + coordinate(high, axis));
    cut(network, half(polygon, axis, middle, -1.0f), paint);
    cut(network, half(polygon, axis, middle, 1.0f), paint);
}

float doubled_area(std::span<const Vec> polygon) {
    float area = 0.0f;
    for (std::size_t i = 1; i + 1 < polygon.size(); ++i) area += cross(polygon[i] - polygon[0], polygon[i + 1] - polygon[0]);
    return area;
}

}  // namespace

void paint_surface(Network& network, std::span<const Vec> convex, Paint paint) {
    if (convex.size() < 3) return;
    const float area = doubled_area(convex);
    if (!(std::abs(area) > 1e-4f)) return;
    const auto corner = [&](std::size_t i) { return area > 0.0f ? convex[i] : convex[convex.size() - 1 - i]; };
    for (std::size_t from = 1; from + 1 < convex.size(); from += kMostCorners - 2) {
        Polygon part;
        part.add(corner(0));
        for (std::size_t i = from; i < convex.size() && part.count < kMostCorners; ++i) part.add(corner(i));
        cut(network, part, paint);
    }
}

}  // namespace wm::driving
