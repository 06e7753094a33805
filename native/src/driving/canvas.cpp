#include "canvas.h"

#include <algorithm>
#include <cmath>

namespace wm::driving {

Canvas::Canvas(int height, int width, float fov_degrees) : raster_(width, height) {
    const auto samples = static_cast<float>(raster_.width());
    center_x_ = 0.5f * samples;
    slope_ = std::tan(0.5f * fov_degrees * kPi / 180.0f);
    focal_ = center_x_ / slope_;
    horizon_ = kHorizon * static_cast<float>(raster_.height());
    side_norm_ = std::sqrt(1.0f + slope_ * slope_);
}

void Canvas::look(Vec eye, Vec forward) {
    eye_ = eye;
    forward_ = forward;
}

bool Canvas::sees(Plan center, float radius, float far) const {
    if (center.depth < kNear - radius || center.depth > far + radius) return false;
    return std::abs(center.left) - slope_ * center.depth < radius * side_norm_;
}

Area Canvas::seen_area(float far) const {
    const Vec ahead = eye_ + far * forward_, side = (slope_ * far) * left_of(forward_);
    const Vec a = ahead + side, b = ahead - side;
    return {{std::min({eye_.x, a.x, b.x}), std::min({eye_.y, a.y, b.y})}, {std::max({eye_.x, a.x, b.x}), std::max({eye_.y, a.y, b.y})}};
}

Corner Canvas::project(Plan p, float z) const {
    const float s = focal_ / p.depth;
    return {center_x_ - p.left * s, horizon_ + (kEyeHeight - z) * s};
}

std::size_t Canvas::project_level(std::span<const Plan> polygon, float z, std::array<Corner, 12>& corners) const {
    std::size_t count = 0;
    Plan before = polygon.back();
    for (const Plan p : polygon) {  // what is nearer than kNear is cut off
        if ((before.depth < kNear) != (p.depth < kNear)) {
            Plan cut = between(before, p, (kNear - before.depth) / (p.depth - before.depth));
            cut.depth = kNear;
            corners[count++] = project(cut, z);
        }
        if (p.depth >= kNear) corners[count++] = project(p, z);
        before = p;
    }
    return count;
}

void Canvas::level(std::span<const Plan> polygon, float z, Color color) {
    std::array<Corner, 12> corners;
    const std::size_t count = project_level(polygon, z, corners);
    if (count >= 3) raster_.fill({corners.data(), count}, color);
}

void Canvas::ground(const Plans& c, const Color* rows) {
    if (core::lanes_of(c.depth < kNear) == 0) {
        const Four s = focal_ / c.depth;
        return raster_.fill_rows(center_x_ - c.left * s, horizon_ + kEyeHeight * s, rows);
    }
    const std::array<Plan, 4> polygon{{{c.depth[0], c.left[0]}, {c.depth[1], c.left[1]}, {c.depth[2], c.left[2]}, {c.depth[3], c.left[3]}}};
    std::array<Corner, 12> corners;
    const std::size_t count = project_level(polygon, 0.0f, corners);
    if (count >= 3) raster_.fill_rows({corners.data(), count}, rows);
}

void Canvas::upright(Plan p, Plan q, float low, float high, Color color) {
    if (p.depth < kNear && q.depth < kNear) return;
    if (p.depth < kNear) {
        p = between(p, q, (kNear - p.depth) / (q.depth - p.depth));
        p.depth = kNear;
    } else if (q.depth < kNear) {
        q = between(q, p, (kNear - q.depth) / (p.depth - q.depth));
        q.depth = kNear;
    }
    const float ps = focal_ / p.depth, qs = focal_ / q.depth;
    const float px = center_x_ - p.left * ps, qx = center_x_ - q.left * qs;
    const float below = kEyeHeight - low, above = kEyeHeight - high;
    const std::array<Corner, 4> corners{{{px, horizon_ + below * ps}, {px, horizon_ + above * ps}, {qx, horizon_ + above * qs}, {qx, horizon_ + below * qs}}};
    raster_.fill(corners, color);
}

void Canvas::quad(const std::array<Plan, 4>& plan, const std::array<float, 4>& z, Color color) {
    std::array<Corner, 4> corners;
    for (std::size_t i = 0; i < 4; ++i) {
        if (plan[i].depth < kNear) return;
        corners[i] = project(plan[i], z[i]);
    }
    raster_.fill(corners, color);
}

void Canvas::board(Plan at, float width, float low, float high, float least, Color color) {
    if (at.depth < kNear) return;
    const float s = focal_ / at.depth, x = center_x_ - at.left * s, y = horizon_ + (kEyeHeight - 0.5f * (low + high)) * s;
    const float half_x = 0.5f * std::max(width * s, least), half_y = 0.5f * std::max((high - low) * s, least);
    const std::array<Corner, 4> corners{{{x - half_x, y - half_y}, {x + half_x, y - half_y}, {x + half_x, y + half_y}, {x - half_x, y + half_y}}};
    raster_.fill(corners, color);
}

}  // namespace wm::driving
