#include "wm/racing/polygon.h"

#include <algorithm>

namespace wm::racing {
namespace {

// The point that has every other one on its left, seen from `corner`; of collinear ones the farthest.
int wrap_next(std::span<const Vec2> points, int corner) {
    const Vec2 origin = points[static_cast<std::size_t>(corner)];
    int best = 0;
    for (int j = 1; j < static_cast<int>(points.size()); ++j) {
        if (best == corner) {
            best = j;
            continue;
        }
        const Vec2 r = points[static_cast<std::size_t>(best)] - origin;
        const Vec2 v = points[static_cast<std::size_t>(j)] - origin;
        const float turn = cross(r, v);
        if (turn < 0.0f || (turn == 0.0f && length_squared(v) > length_squared(r))) best = j;
    }
    return best;
}

}  // namespace

std::size_t rightmost(std::span<const Vec2> points) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < points.size(); ++i) {
        const bool tie = points[i].x == points[best].x && points[i].y < points[best].y;
        if (points[i].x > points[best].x || tie) best = i;
    }
    return best;
}

Polygon convex_hull(std::span<const Vec2> points) {
    Polygon hull;
    const auto start = static_cast<int>(rightmost(points));
    int corner = start;
    do {
        hull.vertices[static_cast<std::size_t>(hull.count++)] = points[static_cast<std::size_t>(corner)];
        corner = wrap_next(points, corner);
    } while (corner != start && hull.count < 8);
    return hull;
}

MassData polygon_mass(const Polygon& polygon, float density) {
    const int n = polygon.count;
    Vec2 reference;
    for (int i = 0; i < n; ++i) reference = reference + polygon[i];
    reference = (1.0f / static_cast<float>(n)) * reference;

    constexpr float third = 1.0f / 3.0f;
    Vec2 center;
    float area = 0.0f;
    float inertia = 0.0f;
    for (int i = 0; i < n; ++i) {
        const Vec2 e1 = polygon[i] - reference;
        const Vec2 e2 = polygon[i + 1 < n ? i + 1 : 0] - reference;
        const float d = cross(e1, e2);
        const float triangle = 0.5f * d;
        area += triangle;
        center = center + (triangle * third) * (e1 + e2);
        const float xx = e1.x * e1.x + e2.x * e1.x + e2.x * e2.x;
        const float yy = e1.y * e1.y + e2.y * e1.y + e2.y * e2.y;
        inertia += (0.25f * third * d) * (xx + yy);
    }
    center = (1.0f / area) * center;

    MassData data;
    data.mass = density * area;
    data.center = center + reference;
    data.inertia = density * inertia;
    data.inertia += data.mass * (dot(data.center, data.center) - dot(center, center));
    return data;
}

Bounds bounds_of(const Polygon& polygon, const Pose& pose) {
    const Vec2 first = apply(pose, polygon[0]);
    Bounds box{first, first};
    for (int i = 1; i < polygon.count; ++i) {
        const Vec2 v = apply(pose, polygon[i]);
        box.low = {std::min(box.low.x, v.x), std::min(box.low.y, v.y)};
        box.high = {std::max(box.high.x, v.x), std::max(box.high.y, v.y)};
    }
    return box;
}

}  // namespace wm::racing
