// Perspective on a Raster. The camera looks level; its horizon is above the picture's middle, which shows as much road as
// a camera pitched down would and keeps verticals vertical. A point on the plan (`depth` m ahead, `left` m to the left) at
// height z lies at column center_x - left * scale, row horizon - (z - height) * scale, with scale = focal / depth samples per m.
#pragma once

#include <array>
#include <span>

#include "cells.h"
#include "raster.h"
#include "wm/driving/geometry.h"

namespace wm::driving {

constexpr float kEyeHeight = 1.4f;     // m above the ground
constexpr float kEyeForward = 0.15f;   // of the car's length, ahead of its middle
constexpr float kHorizon = 0.42f;      // of the picture's height, from the top
constexpr float kNear = 0.25f;         // m; nothing nearer is drawn

struct Plan {
    float depth, left;  // m
};
inline Plan operator+(Plan a, Plan b) { return {a.depth + b.depth, a.left + b.left}; }
inline Plan operator-(Plan a, Plan b) { return {a.depth - b.depth, a.left - b.left}; }
inline Plan operator*(float k, Plan a) { return {k * a.depth, k * a.left}; }
inline Plan between(Plan a, Plan b, float share) { return a + share * (b - a); }

using core::FourBits;
struct Plans {  // four corners side by side
    Four depth, left;  // m
};

class Canvas {
public:
    Canvas(int height, int width, float fov_degrees);

    void look(Vec eye, Vec forward);
    [[nodiscard]] Plan place(Vec point) const { return turn(point - eye_); }
    [[nodiscard]] Plans place(const std::array<Vec, 4>& points) const {
        const Four x = Four{points[0].x, points[1].x, points[2].x, points[3].x} - eye_.x;
        const Four y = Four{points[0].y, points[1].y, points[2].y, points[3].y} - eye_.y;
        return {x * forward_.x + y * forward_.y, forward_.x * y - forward_.y * x};
    }
    [[nodiscard]] Plan turn(Vec v) const { return {dot(v, forward_), cross(forward_, v)}; }

    [[nodiscard]] float focal() const { return focal_; }      // samples
    [[nodiscard]] float horizon() const { return horizon_; }  // samples
    [[nodiscard]] float slope() const { return slope_; }      // left / depth at the picture's edge
    [[nodiscard]] float scale(float depth) const { return focal_ / depth; }
    [[nodiscard]] Raster& raster() { return raster_; }
    // May a circle on the plan be in the picture?
    [[nodiscard]] bool sees(Plan center, float radius, float far) const;
    [[nodiscard]] Area seen_area(float far) const;  // around everything on the plan that may be in the picture

    // Level polygon at a height of z m; at most 8 corners.
    void level(std::span<const Plan> polygon, float z, Color color);
    void ground(const Plans& corners, const Color* rows);  // on the ground; rows: a colour for each row of samples
    // Upright quadrilateral from p to q.
    void upright(Plan p, Plan q, float low, float high, Color color);
    // Four corners of any height, in order; not drawn when one is too near.
    void quad(const std::array<Plan, 4>& plan, const std::array<float, 4>& z, Color color);
    // Faces the camera: `width` m at a place, at least `least` samples wide and high.
    void board(Plan at, float width, float low, float high, float least, Color color);

private:
    [[nodiscard]] Corner project(Plan p, float z) const;
    std::size_t project_level(std::span<const Plan> polygon, float z, std::array<Corner, 12>& corners) const;

    Raster raster_;
    Vec eye_, forward_{1.0f, 0.0f};
    float focal_, center_x_, horizon_, slope_, side_norm_;
};

}  // namespace wm::driving
