#include "wm/driving/network.h"

#include <algorithm>

namespace wm::driving {
namespace {

// Between two points of a lane, `along` m after the first: a parabola through both with their mean curvature.
LanePoint between(const LanePoint& a, const LanePoint& b, float along, const Lane& lane) {
    const float share = along * lane.per_step;
    const Vec chord = a.forward + share * (b.forward - a.forward);
    // One Newton step towards unit length: neighbouring tangents differ by little (close_lane sees to it).
    const Vec forward = (1.5f - 0.5f * squared_length(chord)) * chord;
    const float curvature = a.curvature + share * (b.curvature - a.curvature);
    const float bulge = 0.25f * (a.curvature + b.curvature) * along * (lane.step - along);
    const Vec position = a.position + share * (b.position - a.position) - bulge * left_of(forward);
    return {position, forward, a.heading + share * (b.heading - a.heading), curvature};
}

LanePoint beyond(const LanePoint& end, float by) {
    return {end.position + by * end.forward, end.forward, end.heading, 0.0f};
}

LanePoint sample(const LanePoint* points, const Lane& lane, float s) {
    if (s <= 0.0f) return beyond(points[0], s);
    if (s >= lane.length) return beyond(points[lane.point_count - 1], s - lane.length);
    const int i = std::min(static_cast<int>(s * lane.per_step), lane.point_count - 2);
    return between(points[i], points[i + 1], s - static_cast<float>(i) * lane.step, lane);
}

LanePosition on_straight(LaneId id, const LanePoint& start, Vec point) {
    const Vec from = point - start.position;
    return {id, dot(start.forward, from), cross(start.forward, from), start.heading, 0.0f};
}

// Seconds since the signal last turned green.
float phase_of(const Signal& signal, float time) {
    const float phase = std::fmod(time - signal.green_from, signal.cycle);
    return phase < 0.0f ? phase + signal.cycle : phase;
}

float green_time(const Signal& signal) {
    const float time = signal.green_to - signal.green_from;
    return time < 0.0f ? time + signal.cycle : time;
}

}  // namespace

std::span<const LanePoint> Network::points_of(const Lane& lane) const {
    return {points.data() + lane.first_point, static_cast<std::size_t>(lane.point_count)};
}

std::span<const Conflict> Network::conflicts_of(const Lane& lane) const {
    return {conflicts.data() + lane.first_conflict, static_cast<std::size_t>(lane.conflict_count)};
}

std::span<const LaneCrossing> Network::crossings_of(const Lane& lane) const {
    return {lane_crossings.data() + lane.first_crossing, static_cast<std::size_t>(lane.crossing_count)};
}

LanePoint Network::point(LaneId id, float s) const {
    const Lane& on = lane(id);
    return sample(points.data() + on.first_point, on, s);
}

Pose Network::pose(LaneId id, float s, float d) const {
    const LanePoint at = point(id, s);
    return {at.position + d * left_of(at.forward), at.heading};
}

LanePosition Network::project(LaneId id, Vec point, float hint) const {
    constexpr int kMostSteps = 12;
    constexpr float kLongestStep = 8.0f;  // m: stay near the hint where the lane bends back
    constexpr float kClose = 0.02f;       // m: one step from here is exact to micrometres
    const Lane& on = lane(id);
    const LanePoint* line = points.data() + on.first_point;
    if (on.point_count == 2) return on_straight(id, line[0], point);
    float s = hint;
    LanePosition found{id};
    for (int i = 0; i < kMostSteps; ++i) {
        const LanePoint at = sample(line, on, s);
        const Vec from = point - at.position;
        const float d = cross(at.forward, from);
        // Newton: along a curve the foot moves by less (outside) or more (inside) than the point does.
        const float step = dot(at.forward, from) / std::max(1.0f - at.curvature * d, 0.25f);
        found = {id, s + step, d, at.heading + step * at.curvature, at.curvature};
        if (std::abs(step) < kClose) break;
        s += std::clamp(step, -kLongestStep, kLongestStep);
    }
    return found;
}

Light Network::light(int signal, float time) const {
    const Signal& at = signals[static_cast<std::size_t>(signal)];
    const float phase = phase_of(at, time);
    const float green = green_time(at);
    if (phase < green) return Light::green;
    return phase < green + kYellow ? Light::yellow : Light::red;
}

float Network::light_remaining(int signal, float time) const {
    const Signal& at = signals[static_cast<std::size_t>(signal)];
    const float phase = phase_of(at, time);
    const float green = green_time(at);
    if (phase < green) return green - phase;
    return phase < green + kYellow ? green + kYellow - phase : at.cycle - phase;
}

}  // namespace wm::driving
