// A box is, for every beam between its silhouette corners, the smaller of its (at most two) visible faces' inverse ranges,
// which are linear in the beam's direction; the nearest object has the largest. A beam costs one division, at the end.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "cells.h"
#include "lidar_targets.h"
#include "wm/driving/sensors.h"

namespace wm::driving {
namespace {

constexpr float kTouching = 1e9f;     // inverse range of something that the sensor is inside of
constexpr float kCrack = 1e-5f;       // m beyond a corner that still count: no beam slips between two walls
constexpr float kWide = 1e30f;
constexpr int kLanes = 4;
constexpr int kPad = 16;              // beams beyond the last one, for whole vectors
constexpr float kAngleError = 0.01f;  // rad; more than `rough_angles` is ever wrong by

void store(float* to, Four v) { std::memcpy(to, &v, sizeof v); }
Four smaller(Four a, Four b) { return a < b ? a : b; }

// atan2(y, x) within 0.005 rad; only chooses which beams are looked at.
Four rough_angles(const FourVecs& v) {
    const Four zero{}, ax = v.x < zero ? -v.x : v.x, ay = v.y < zero ? -v.y : v.y;
    const Four big = ax > ay ? ax : ay, small = ax > ay ? ay : ax;
    const Four r = small / (big + 1e-30f);
    Four angle = r * ((zero + (kPi / 4.0f + 0.273f)) - 0.273f * r);
    angle = ay > ax ? (zero + kPi / 2.0f) - angle : angle;
    angle = v.x < zero ? (zero + kPi) - angle : angle;
    return v.y < zero ? -angle : angle;
}

struct Beams {
    const float* cosine;  // [2 * count + kPad], going round twice
    const float* sine;
    float* inverse;       // [2 * count + kPad]
    int count;
};

struct BeamRanges {
    FourBits first, last;
};

BeamRanges beams_of(const Beams& beams, const Targets& t) {
    constexpr float kRound = 2.0f * kPi;
    const Four zero{}, per_radian = zero + static_cast<float>(beams.count) / kRound;
    Four from = rough_angles(t.right) - kAngleError, to = rough_angles(t.left) + kAngleError;
    to = to < from ? to + kRound : to;
    to = from < zero ? to + kRound : to;
    from = from < zero ? from + kRound : from;
    const FourBits first = __builtin_convertvector(from * per_radian, FourBits), last = __builtin_convertvector(to * per_radian, FourBits) + 1;
    const FourBits none{}, most = none + 2 * beams.count;
    return {first > none ? first : none, last < most ? last : most};
}

// Beams beyond the silhouette miss by the tests within.
void hit(const Beams& beams, const Targets& t, int lane, int first, int last) {
    const auto all = [lane](Four v) { return Four{} + v[lane]; };
    const Four first_x = all(t.first.x), first_y = all(t.first.y), second_x = all(t.second.x), second_y = all(t.second.y);
    const Four right_x = all(t.right.x), right_y = all(t.right.y), left_x = all(t.left.x), left_y = all(t.left.y);
    const auto hit_four = [&](int k) {
        const Four c = core::four_at(beams.cosine + k), s = core::four_at(beams.sine + k);
        const Four nearer = smaller(first_x * c + first_y * s, second_x * c + second_y * s);
        const Four inside = smaller(right_x * s - right_y * c, c * left_y - s * left_x);
        const Four gate = (inside + kCrack) * kWide;  // far above any inverse range, or below zero
        const Four found = smaller(nearer, gate), before = core::four_at(beams.inverse + k);
        store(beams.inverse + k, before > found ? before : found);
    };
    hit_four(first);  // most span no more than eight beams: no loop whose end can't be foretold
    hit_four(first + kLanes);
    for (int k = first + 2 * kLanes; k < last; k += kLanes) hit_four(k);
}

void hit_first(const Beams& beams, const Targets& t, int count) {
    const BeamRanges ranges = beams_of(beams, t);
    for (int lane = 0; lane < count; ++lane) {
        if (t.around[lane] != 0) std::fill_n(beams.inverse, beams.count, kTouching);
        else hit(beams, t, lane, ranges.first[lane], ranges.last[lane]);
    }
}

struct Frame {  // of the sensor
    Vec origin, forward;
    [[nodiscard]] Vec turn(Vec v) const { return {dot(v, forward), cross(forward, v)}; }
    [[nodiscard]] Vec place(Vec p) const { return turn(p - origin); }
};

}  // namespace

struct Lidar::Scratch {
    Walk walk;
    Boxes boxes;
    Walls walls;
};

Lidar::Lidar(const SensorConfig& config) : config_(config), scratch_(std::make_unique<Scratch>()) {
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

    Boxes& boxes = scratch_->boxes;
    const auto hit_boxes = [&] {
        for (int k = 0; k < boxes.count; k += kLanes) hit_first(beams, targets_of(boxes, k, frame.forward), std::min(boxes.count - k, kLanes));
        boxes.count = 0;
    };
    const auto add_box = [&](Vec center, Vec forward, float half_length, float half_width, bool counts) {
        if (boxes.count == kTargetRoom) hit_boxes();
        const Vec offset = center - own.position;
        const float reach = range + half_length + half_width;
        boxes.put(offset, forward, half_length, half_width);
        boxes.count += static_cast<int>(counts) & static_cast<int>(squared_length(offset) <= reach * reach);
    };
    for (const Actor& actor : world.actors) {
        add_box(actor.position, actor.forward, actor.half_length, actor.half_width, actor.present & (&actor != &own));
    }
    const Network& network = *world.network;
    const Area area{{own.position.x - range, own.position.y - range}, {own.position.x + range, own.position.y + range}};
    scratch_->walk.near(network.obstacle_grid, network.obstacles.size(), area, [&](std::int32_t i) {
        const Box& box = network.obstacles[static_cast<std::size_t>(i)].box;
        add_box(box.center, box.forward, box.half_length, box.half_width, true);
    });
    hit_boxes();

    Walls& walls = scratch_->walls;
    const auto hit_walls = [&] {
        for (int k = 0; k < walls.count; k += kLanes) hit_first(beams, targets_of(walls, k), std::min(walls.count - k, kLanes));
        walls.count = 0;
    };
    scratch_->walk.near(network.wall_grid, network.walls.size(), area, [&](std::int32_t i) {
        if (walls.count == kTargetRoom) hit_walls();
        const Wall& wall = network.walls[static_cast<std::size_t>(i)];
        walls.add(frame.place(wall.a), frame.place(wall.b));
    });
    hit_walls();

    const float inverse_range = 1.0f / range;
    for (int k = 0; k < count; ++k) {
        const auto i = static_cast<std::size_t>(k);
        const float once = inverse_[i], again = inverse_[i + static_cast<std::size_t>(count)];
        const float found = once > again ? once : again;
        out[k] = inverse_range / (found > inverse_range ? found : inverse_range);  // 1 where nothing was found
    }
}

}  // namespace wm::driving
