#include "wm/driving/geometry.h"

#include <algorithm>

namespace wm::driving {
namespace {

// Half the extent of a box along a unit direction.
float reach(const Box& box, Vec axis) {
    return box.half_length * std::abs(dot(box.forward, axis)) + box.half_width * std::abs(cross(box.forward, axis));
}

bool separated(const Box& a, const Box& b, Vec axis) {
    return std::abs(dot(b.center - a.center, axis)) >= reach(a, axis) + reach(b, axis);
}

// Narrows [enter, leave] to where |from + t * by| < half; false when nothing is left.
bool clip(float from, float by, float half, float& enter, float& leave) {
    if (by == 0.0f) return std::abs(from) < half;
    const float one = (-half - from) / by;
    const float other = (half - from) / by;
    enter = std::max(enter, std::min(one, other));
    leave = std::min(leave, std::max(one, other));
    return enter < leave;
}

}  // namespace

bool overlap(const Box& a, const Box& b) {
    const float far = a.half_length + a.half_width + b.half_length + b.half_width;
    if (squared_length(b.center - a.center) >= far * far) return false;
    return !separated(a, b, a.forward) && !separated(a, b, b.forward) && !separated(a, b, left_of(a.forward)) &&
           !separated(a, b, left_of(b.forward));
}

bool crosses(const Box& box, Vec a, Vec b) {
    const Vec from = a - box.center;
    const Vec by = b - a;
    float enter = 0.0f;
    float leave = 1.0f;
    return clip(dot(box.forward, from), dot(box.forward, by), box.half_length, enter, leave) &&
           clip(cross(box.forward, from), cross(box.forward, by), box.half_width, enter, leave);
}

float distance(const Box& box, Vec point) {
    const Vec from = point - box.center;
    const float along = std::max(std::abs(dot(box.forward, from)) - box.half_length, 0.0f);
    const float aside = std::max(std::abs(cross(box.forward, from)) - box.half_width, 0.0f);
    return length({along, aside});
}

}  // namespace wm::driving
