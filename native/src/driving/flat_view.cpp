#include "flat_view.h"

#include <algorithm>
#include <cmath>

#include "cells.h"
#include "colors.h"

namespace wm::driving {
namespace {

constexpr std::size_t kReserve = 8192;
constexpr float kHalfQuad = 0.5f * kMaxQuad;

Vec along(const Box& box, float length, float width) { return box.center + length * box.forward + width * left_of(box.forward); }

}  // namespace

Color plan_color(const Actor& actor, bool own) {
    if (actor.kind == ActorKind::agent) return own ? colors::kAgent : colors::kOtherAgent;
    if (actor.kind == ActorKind::pedestrian) return colors::coat(actor.look);
    if (actor.kind == ActorKind::cone) return colors::kCone;
    const Color color = actor.kind == ActorKind::truck ? mix(colors::kTruckBox, colors::body(actor), 0.3f) : colors::body(actor);
    return actor.kind == ActorKind::parked ? mix(color, colors::of(Paint::asphalt), 0.35f) : color;
}

FlatView::FlatView(int height, int width) : raster_(width, height) {
    for (auto& list : visible_) list.reserve(kReserve);
}

void FlatView::look(Vec center, Vec up, float scale, Corner at) {
    center_ = center;
    up_ = up;
    scale_ = scale;
    at_ = at;
    const auto width = static_cast<float>(raster_.width()), height = static_cast<float>(raster_.height());
    const float x = std::max(at.x, width - at.x), y = std::max(at.y, height - at.y);
    reach_ = std::sqrt(x * x + y * y) / scale;
}

bool FlatView::sees(Vec center, float radius) const {
    const Corner c = place(center);
    const float r = radius * scale_;
    return c.x > -r && c.y > -r && c.x < static_cast<float>(raster_.width()) + r && c.y < static_cast<float>(raster_.height()) + r;
}

void FlatView::polygon(std::span<const Vec> corners, Color color, float alpha) {
    std::array<Corner, kMaxCorners> placed;
    const std::size_t count = std::min(corners.size(), placed.size());
    for (std::size_t i = 0; i < count; ++i) placed[i] = place(corners[i]);
    if (alpha >= 1.0f) {
        raster_.fill({placed.data(), count}, color);
    } else {
        raster_.blend({placed.data(), count}, color, alpha);
    }
}

void FlatView::box(const Box& box, Color color, float alpha) {
    const float l = box.half_length, w = box.half_width;
    polygon(std::array<Vec, 4>{along(box, -l, -w), along(box, l, -w), along(box, l, w), along(box, -l, w)}, color, alpha);
}

void FlatView::band(Vec a, Vec b, float width, Color color, float alpha) {
    const Vec v = b - a;
    const float size = length(v);
    if (size <= 0.0f) return;
    const Vec side = (0.5f * std::max(width, 1.0f / scale_) / size) * left_of(v);
    polygon(std::array<Vec, 4>{a - side, b - side, b + side, a + side}, color, alpha);
}

void FlatView::disc(Vec center, float radius, Color color, float alpha) {
    std::array<Vec, 16> corners;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        const float angle = 2.0f * kPi * static_cast<float>(i) / static_cast<float>(corners.size());
        corners[i] = center + Vec{radius * std::cos(angle), radius * std::sin(angle)};
    }
    polygon(corners, color, alpha);
}

// Lines thinner than a sample become a sample wide, paler but never lost.
void FlatView::ground_quad(const GroundQuad& quad) {
    const auto& c = quad.corner;
    const bool first = squared_length(c[1] - c[0]) < squared_length(c[2] - c[1]);  // which edges are the ends
    const Vec across = first ? c[1] - c[0] : c[2] - c[1];
    const float thickness = length(across) * scale_;
    if (layer_of(quad.paint) < 3 || thickness >= 1.0f || thickness <= 0.0f) return polygon(c, colors::of(quad.paint));
    const Vec grown = (0.5f * (1.0f / thickness - 1.0f)) * across;
    std::array<Vec, 4> wide = c;
    const std::size_t start = first ? 0 : 1;
    for (std::size_t end = 0; end < 2; ++end) {
        const Vec sign = end == 0 ? grown : -1.0f * grown;
        wide[(start + 2 * end) & 3] = wide[(start + 2 * end) & 3] - sign;
        wide[(start + 2 * end + 1) & 3] = wide[(start + 2 * end + 1) & 3] + sign;
    }
    polygon(wide, mix(colors::of(Paint::asphalt), colors::of(quad.paint), std::max(thickness, 0.6f)));
}

void FlatView::ground(const Network& network) {
    raster_.clear(colors::kGrass);
    if (network.quad_grid.items.empty()) return;
    for (auto& list : visible_) list.clear();
    const float reach = reach_ + kHalfQuad;
    const CellBlock block = cells_of(network.quad_grid, {{center_.x - reach, center_.y - reach}, {center_.x + reach, center_.y + reach}});
    for (int row = block.row_low; row <= block.row_high; ++row) {
        for (int column = block.column_low; column <= block.column_high; ++column) {
            const CellRange& cell = cell_at(network.quad_grid, column, row);
            for (std::int32_t i = cell.first; i < cell.first + cell.count; ++i) {
                const std::int32_t item = network.quad_grid.items[static_cast<std::size_t>(i)];
                const GroundQuad& quad = network.quads[static_cast<std::size_t>(item)];
                if (sees(quad.corner[0], 1.5f * kMaxQuad)) visible_[static_cast<std::size_t>(layer_of(quad.paint))].push_back(item);
            }
        }
    }
    for (const auto& list : visible_) {
        for (const std::int32_t i : list) ground_quad(network.quads[static_cast<std::size_t>(i)]);
    }
}

void FlatView::lights(const Network& network, float time) {
    for (const Lane& lane : network.lanes) {
        if (lane.signal < 0 || lane.kind != LaneKind::connector) continue;
        const LanePoint start = network.points_of(lane).front();
        if (!sees(start.position, 4.0f)) continue;
        const Vec back = start.position - 0.6f * start.forward, side = (0.42f * lane.width) * left_of(start.forward);
        band(back - side, back + side, std::max(0.8f, 2.0f / scale_), colors::lamp(network.light(lane.signal, time), true));
    }
}

void FlatView::standing(const Network& network) {
    const Area area{{center_.x - reach_, center_.y - reach_}, {center_.x + reach_, center_.y + reach_}};
    walk_.near(network.obstacle_grid, network.obstacles.size(), area, [&](std::int32_t i) {
        const Obstacle& obstacle = network.obstacles[static_cast<std::size_t>(i)];
        Box shadow = obstacle.box;
        shadow.center = shadow.center + std::min(0.12f * obstacle.height, 2.0f) * Vec{1.0f, -0.8f};
        box(shadow, rgb(20, 24, 20), 0.3f);
        const Color roof = colors::building(obstacle.look);
        box(obstacle.box, shade(roof, 0.72f));
        Box inner = obstacle.box;
        const float eaves = std::min(0.7f, 0.25f * std::min(inner.half_length, inner.half_width));
        inner.half_length -= eaves;
        inner.half_width -= eaves;
        box(inner, roof);
    });
    walk_.near(network.wall_grid, network.walls.size(), area, [&](std::int32_t i) {
        const Wall& wall = network.walls[static_cast<std::size_t>(i)];
        band(wall.a, wall.b, 0.35f, colors::kRail);
    });
}

// Outline with cut corners, windows, lamps: as much as the scale shows.
void FlatView::vehicle(const Actor& actor, Color body) {
    const Box b = actor.box();
    const float l = b.half_length, w = b.half_width, cut = 0.3f * w;
    if (scale_ < 4.0f) {
        box(b, body);
    } else {
        Box shadow = b;
        shadow.center = shadow.center + Vec{0.25f, -0.2f};
        box(shadow, rgb(16, 16, 18), 0.35f);
        polygon(std::array<Vec, 8>{along(b, -l, -w + cut), along(b, -l + cut, -w), along(b, l - 1.5f * cut, -w), along(b, l, -w + 1.3f * cut),
                                   along(b, l, w - 1.3f * cut), along(b, l - 1.5f * cut, w), along(b, -l + cut, w), along(b, -l, w - cut)},
                body);
        if (actor.kind == ActorKind::truck) {
            band(along(b, 0.6f * l, -w), along(b, 0.6f * l, w), 0.3f, colors::kTyre);
        } else {
            const auto window = [&](float from, float to, float wide, float narrow) {
                polygon(std::array<Vec, 4>{along(b, from * l, -wide * w), along(b, to * l, -narrow * w), along(b, to * l, narrow * w), along(b, from * l, wide * w)},
                        colors::kWindow);
            };
            window(0.1f, 0.42f, 0.72f, 0.84f);
            window(-0.84f, -0.6f, 0.8f, 0.72f);
        }
    }
    if (actor.braking) {
        const float deep = std::max(0.35f, 1.0f / scale_);
        for (const float side : {-1.0f, 1.0f}) {
            box({along(b, -l + 0.5f * deep, 0.66f * side * w), b.forward, 0.5f * deep, std::max(0.26f * w, 0.5f / scale_)}, colors::kBrakeOn);
        }
    }
    if (scale_ >= 4.0f) {
        for (const float side : {-1.0f, 1.0f}) box({along(b, l - 0.15f, 0.62f * side * w), b.forward, 0.14f, 0.18f * w}, colors::kHeadlamp);
    }
}

void FlatView::actor(const Actor& actor, Color body) {
    if (!sees(actor.position, actor.half_length + actor.half_width)) return;
    if (actor.kind == ActorKind::pedestrian || actor.kind == ActorKind::cone) {
        disc(actor.position, std::max(0.45f, 0.8f / scale_), colors::kTyre);
        disc(actor.position, std::max(0.34f, 0.8f / scale_), body);
        return;
    }
    vehicle(actor, body);
}

}  // namespace wm::driving
