// Convex polygons as Box2D's b2PolygonShape makes them: hull order, mass and overlap in float32.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "wm/racing/math2d.h"

namespace wm::racing {

struct Polygon {
    std::array<Vec2, 8> vertices{};
    int count = 0;

    [[nodiscard]] Vec2 operator[](int i) const { return vertices[static_cast<std::size_t>(i)]; }
};

struct MassData {
    float mass = 0.0f;
    Vec2 center;
    float inertia = 0.0f;  // about the body's origin
};

struct Bounds {
    Vec2 low;
    Vec2 high;
};

std::size_t rightmost(std::span<const Vec2> points);  // of equal ones the lowest
// Gift wrapping from the right-most vertex; at most 8 points.
Polygon convex_hull(std::span<const Vec2> points);
MassData polygon_mass(const Polygon& polygon, float density);
Bounds bounds_of(const Polygon& polygon, const Pose& pose);

inline bool overlap(const Bounds& a, const Bounds& b) {
    return a.low.x <= b.high.x && b.low.x <= a.high.x && a.low.y <= b.high.y && b.low.y <= a.high.y;
}

// b2TestOverlap for a polygon already in world coordinates against one in its body's frame, both with the polygon radius.
bool touching(const Polygon& world_polygon, const Polygon& body_polygon, const Pose& pose);

}  // namespace wm::racing
