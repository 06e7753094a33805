#include "paint_car.h"

#include <cmath>

namespace wm::racing::detail {

CarPolygon place(const Transform& at, std::span<const CarVertex> shape) {
    CarPolygon out;
    for (const CarVertex& v : shape) {  // float32, in Box2D's order of operations
        const float x = (at.cos * v.x - at.sin * v.y) + at.x;
        const float y = (at.sin * v.x + at.cos * v.y) + at.y;
        out.points[static_cast<std::size_t>(out.count++)] = {static_cast<double>(x), static_cast<double>(y)};
    }
    return out;
}

bool wheel_stripe(double phase, std::array<CarVertex, 4>& shape) {
    constexpr double kSize = 0.02;
    constexpr double kHalfWidth = 14.0;
    constexpr double kRadius = 27.0;
    constexpr double kArc = 1.2;  // rad of the tyre that the stripe covers
    const double s1 = std::sin(phase);
    const double s2 = std::sin(phase + kArc);
    if (s1 > 0.0 && s2 > 0.0) return false;
    double c1 = std::cos(phase);
    double c2 = std::cos(phase + kArc);
    if (s1 > 0.0) c1 = static_cast<double>((c1 > 0.0) - (c1 < 0.0));
    if (s2 > 0.0) c2 = static_cast<double>((c2 > 0.0) - (c2 < 0.0));
    const float x = static_cast<float>(kHalfWidth * kSize);
    const float y1 = static_cast<float>(kRadius * c1 * kSize);
    const float y2 = static_cast<float>(kRadius * c2 * kSize);
    shape = {{{-x, y1}, {x, y1}, {x, y2}, {-x, y2}}};
    return true;
}

}  // namespace wm::racing::detail
