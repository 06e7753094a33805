// What a lidar may hit, four things side by side.
#pragma once

#include <array>
#include <cstddef>

#include "wm/core/float_pack.h"
#include "wm/driving/geometry.h"

namespace wm::driving {

using core::Four;
using core::FourBits;

constexpr int kTargetRoom = 64;
using TargetLane = std::array<float, kTargetRoom>;

struct FourVecs {
    Four x{}, y{};

    friend FourVecs operator+(const FourVecs& a, const FourVecs& b) { return {a.x + b.x, a.y + b.y}; }
    friend FourVecs operator-(const FourVecs& a, const FourVecs& b) { return {a.x - b.x, a.y - b.y}; }
    friend FourVecs operator*(Four k, const FourVecs& a) { return {k * a.x, k * a.y}; }
};
inline FourVecs choose(FourBits flag, const FourVecs& a, const FourVecs& b) { return {flag ? a.x : b.x, flag ? a.y : b.y}; }
inline Four dot(const FourVecs& a, const FourVecs& b) { return a.x * b.x + a.y * b.y; }
inline Four cross(const FourVecs& a, const FourVecs& b) { return a.x * b.y - a.y * b.x; }

struct Boxes {  // as wm::driving::Box, from the sensor but not turned
    alignas(16) TargetLane x{}, y{}, forward_x{}, forward_y{}, half_length{}, half_width{};
    int count = 0;

    // Writes the next one; whoever wants to keep it raises `count`.
    void put(Vec offset, Vec forward, float length, float width) {
        const auto n = static_cast<std::size_t>(count);
        x[n] = offset.x;
        y[n] = offset.y;
        forward_x[n] = forward.x;
        forward_y[n] = forward.y;
        half_length[n] = length;
        half_width[n] = width;
    }
};

// In the sensor's frame: x ahead, y to the left. The inverse range of a beam is the smaller of both faces'.
struct Targets {
    FourVecs right, left;    // silhouette corners: beams from right counter-clockwise to left may hit
    FourVecs first, second;  // faces: inverse range = x * cosine + y * sine of the beam
    FourBits around{};       // the sensor is inside of these; nothing else of them counts
};

Targets targets_of(const Boxes& boxes, int first, Vec sensor_forward);

struct Walls {
    alignas(16) TargetLane right_x{}, right_y{}, left_x{}, left_y{}, face_x{}, face_y{};
    int count = 0;

    void add(Vec a, Vec b);  // in the sensor's frame
};
Targets targets_of(const Walls& walls, int first);

}  // namespace wm::driving
