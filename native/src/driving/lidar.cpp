// Along the line n.p = d seen from the origin, the inverse of a beam's range is linear in its direction: (n.beam) / d.
// A box is then, for every beam between its silhouette corners, the smaller of its (at most two) visible faces'
// inverse ranges; the nearest object has the largest. No division but one a beam at the end.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "cells.h"
#include "wm/core/float_pack.h"
#include "wm/driving/sensors.h"

namespace wm::driving {
namespace {

constexpr float kTouching = 1e9f;     // inverse range of something that the sensor is inside of
constexpr float kCrack = 1e-5f;       // m beyond a corner that still count: no beam slips between two walls
constexpr float kWide = 1e30f;
constexpr int kPad = 16;              // beams beyond the last one, for whole vectors
constexpr float kAngleError = 0.01f;  // rad; more than `rough_angles` is ever wrong by

using Vector = core::Four;
constexpr int kLanes = 4;
inline Vector all(float value) { return Vector{value, value, value, value}; }
inline Vector load(const float* from) {
    Vector v;
    std::memcpy(&v, from, sizeof v);
    return v;
}
inline void store(float* to, Vector v) { std::memcpy(to, &v, sizeof v); }
inline Vector smaller(Vector a, Vector b) { return a < b ? a : b; }

// atan2(y, x) within 0.005 rad; only chooses which beams are looked at.
Vector rough_angles(Vector x, Vector y) {
    const Vector zero{}, ax = x < zero ? -x : x, ay = y < zero ? -y : y;
    const Vector big = ax > ay ? ax : ay, small = ax > ay ? ay : ax;
    const Vector r = small / (big + all(1e-30f));
    Vector angle = r * (all(kPi / 4.0f + 0.273f) - 0.273f * r);
    angle = ay > ax ? all(kPi / 2.0f) - angle : angle;
    angle = x < zero ? all(kPi) - angle : angle;
    return y < zero ? -angle : angle;
}

struct Face {  // inverse range = a * cosine + b * sine of the beam
    float a = 0.0f, b = 0.0f;
};

// All in the sensor's frame: x ahead, y to the left.
struct Target {
    Vec right, left;   // silhouette corners: beams from right counter-clockwise to left may hit
    Face first, second;
};

// The sensor sees only faces that it is outside of: the region of the plane around the box that it is in says which.
bool target_of(Vec center, Vec axis, float half_length, float half_width, Target& out) {
    const Vec side = left_of(axis);
    const float along = -dot(center, axis), across = -dot(center, side);
    const int u = along > half_length ? 1 : along < -half_length ? -1 : 0;
    const int v = across > half_width ? 1 : across < -half_width ? -1 : 0;
    if (u == 0 && v == 0) return false;
    const auto fu = static_cast<float>(u), fv = static_cast<float>(v);
    const Vec lengthways = half_length * axis, sideways = half_width * side;
    if (u != 0) {
        const float d = half_length - fu * along;  // negative: distance of the line, along the outward normal
        out.first = {fu * axis.x / d, fu * axis.y / d};
        out.second = out.first;
    }
    if (v != 0) {
        const float d = half_width - fv * across;
        out.second = {fv * side.x / d, fv * side.y / d};
        if (u == 0) out.first = out.second;
    }
    Vec p, q;
    if (u != 0 && v != 0) {
        p = center - fu * lengthways + fv * sideways;
        q = center + fu * lengthways - fv * sideways;
    } else if (u != 0) {
        p = center + fu * lengthways - sideways;
        q = center + fu * lengthways + sideways;
    } else {
        p = center + fv * sideways - lengthways;
        q = center + fv * sideways + lengthways;
    }
    const bool ordered = cross(p, q) >= 0.0f;
    out.right = ordered ? p : q;
    out.left = ordered ? q : p;
    return true;
}

struct Beams {
    const float* cosine;  // [2 * count + kPad], going round twice
    const float* sine;
    float* inverse;       // [2 * count + kPad]
    int count;
};

void hit(const Beams& beams, const Target& t) {
    const float per_radian = static_cast<float>(beams.count) / (2.0f * kPi);
    const Vector angles = rough_angles(Vector{t.right.x, t.left.x}, Vector{t.right.y, t.left.y});
    float from = angles[0] - kAngleError, to = angles[1] + kAngleError;
    if (to < from) to += 2.0f * kPi;
    if (from < 0.0f) {
        from += 2.0f * kPi;
        to += 2.0f * kPi;
    }
    const int first = std::max(static_cast<int>(from * per_radian), 0);
    const int last = std::min(static_cast<int>(to * per_radian) + 1, 2 * beams.count);
    const Vector first_a = all(t.first.a), first_b = all(t.first.b), second_a = all(t.second.a), second_b = all(t.second.b);
    const Vector right_x = all(t.right.x), right_y = all(t.right.y), left_x = all(t.left.x), left_y = all(t.left.y);
    for (int k = first; k < last; k += kLanes) {  // beams beyond the silhouette miss by the tests below
        const Vector c = load(beams.cosine + k), s = load(beams.sine + k);
        const Vector nearer = smaller(first_a * c + first_b * s, second_a * c + second_b * s);
        const Vector inside = smaller(right_x * s - right_y * c, c * left_y - s * left_x);
        const Vector gate = (inside + all(kCrack)) * all(kWide);  // far above any inverse range, or below zero
        const Vector found = smaller(nearer, gate), before = load(beams.inverse + k);
        store(beams.inverse + k, before > found ? before : found);
    }
}

void hit_box(const Beams& beams, Vec center, Vec axis, float half_length, float half_width) {
    Target target;
    if (target_of(center, axis, half_length, half_width, target)) {
        hit(beams, target);
    } else {
        std::fill_n(beams.inverse, beams.count, kTouching);
    }
}

void hit_wall(const Beams& beams, Vec a, Vec b) {
    const float area = cross(a, b);  // twice that of the triangle with the sensor
    if (area == 0.0f) return;        // seen along its line
    const Vec right = area > 0.0f ? a : b, left = area > 0.0f ? b : a;
    const float span = std::abs(area);
    const Face face{(left.y - right.y) / span, (right.x - left.x) / span};
    hit(beams, {right, left, face, face});
}

struct Frame {  // of the sensor
    Vec origin, forward;
    [[nodiscard]] Vec turn(Vec v) const { return {dot(v, forward), cross(forward, v)}; }
    [[nodiscard]] Vec place(Vec p) const { return turn(p - origin); }
};

}  // namespace

Lidar::Lidar(const SensorConfig& config) : config_(config), walk_(std::make_unique<Walk>()) {
    const auto count = static_cast<std::size_t>(std::max(config.lidar_beams, 0));
    const std::size_t padded = 2 * count + kPad;
    for (std::size_t k = 0; k < padded && count > 0; ++k) {
        const double angle = 2.0 * std::numbers::pi * static_cast<double>(k % count) / static_cast<double>(count);
        cos_.push_back(static_cast<float>(std::cos(angle)));
        sin_.push_back(static_cast<float>(std::sin(angle)));
    }
    inverse_.resize(padded);
}

Lidar::~Lidar() = default;
Lidar::Lidar(Lidar&&) noexcept = default;

void Lidar::scan(const World& world, int agent, float* out) {
    const int count = config_.lidar_beams;
    if (count <= 0) return;
    const float range = config_.lidar_range;
    const Actor& own = world.actors[static_cast<std::size_t>(agent)];
    const Frame frame{own.position, own.forward};
    const Beams beams{cos_.data(), sin_.data(), inverse_.data(), count};
    std::fill(inverse_.begin(), inverse_.end(), 0.0f);

    for (const Actor& actor : world.actors) {
        const Vec offset = actor.position - own.position;
        const float reach = range + actor.half_length + actor.half_width;
        if (!actor.present || &actor == &own || squared_length(offset) > reach * reach) continue;
        hit_box(beams, frame.turn(offset), frame.turn(actor.forward), actor.half_length, actor.half_width);
    }
    const Network& network = *world.network;
    const Area area{{own.position.x - range, own.position.y - range}, {own.position.x + range, own.position.y + range}};
    walk_->near(network.obstacle_grid, network.obstacles.size(), area, [&](std::int32_t i) {
        const Box& box = network.obstacles[static_cast<std::size_t>(i)].box;
        const float reach = range + box.half_length + box.half_width;
        if (squared_length(box.center - own.position) > reach * reach) return;
        hit_box(beams, frame.place(box.center), frame.turn(box.forward), box.half_length, box.half_width);
    });
    walk_->near(network.wall_grid, network.walls.size(), area, [&](std::int32_t i) {
        const Wall& wall = network.walls[static_cast<std::size_t>(i)];
        hit_wall(beams, frame.place(wall.a), frame.place(wall.b));
    });

    const float inverse_range = 1.0f / range;
    for (int k = 0; k < count; ++k) {
        const auto i = static_cast<std::size_t>(k);
        const float once = inverse_[i], again = inverse_[i + static_cast<std::size_t>(count)];
        const float found = once > again ? once : again;
        out[k] = inverse_range / (found > inverse_range ? found : inverse_range);  // 1 where nothing was found
    }
}

}  // namespace wm::driving
