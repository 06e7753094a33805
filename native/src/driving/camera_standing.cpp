#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "camera_parts.h"
#include "cells.h"
#include "colors.h"

namespace wm::driving {
namespace {

constexpr std::size_t kReserve = 4096;
constexpr std::uint32_t kIndexBits = 24;
constexpr float kFloor = 3.2f;         // m, of a building
constexpr float kSignalRange = 120.0f; // m

// Nearly what it shows at this distance: long faces are sorted by pieces, longer ones far away.
float piece_length(float distance) { return std::max(8.0f, 0.4f * distance); }

}  // namespace

void paint_face(Canvas& canvas, const FacePiece& face) {
    const float depth = std::max(0.5f * (face.p.depth + face.q.depth), kNear);
    const Color plain = hazed(face.color, depth);
    const bool band = face.look == FacePiece::Look::rail && face.high * canvas.scale(depth) > 3.0f;
    canvas.upright(face.p, face.q, 0.0f, face.high, band ? shade(plain, 0.62f) : plain);
    if (band) return canvas.upright(face.p, face.q, 0.55f * face.high, face.high, plain);
    if (face.look != FacePiece::Look::house || kFloor * canvas.scale(depth) < 8.0f) return;
    const Plan across = face.q - face.p;
    const float width = std::sqrt(across.depth * across.depth + across.left * across.left);
    const bool single = 1.6f * canvas.scale(depth) > 14.0f;  // else a band of windows
    const int columns = single ? std::max(static_cast<int>(width / 3.0f), 1) : 1;
    const Color color = hazed(mix(face.color, colors::kWindow, single ? 0.85f : 0.5f), depth);
    for (float low = 1.0f; low + 1.6f < face.high; low += kFloor) {
        for (int i = 0; i < columns; ++i) {
            const float from = (static_cast<float>(i) + 0.24f) / static_cast<float>(columns), to = (static_cast<float>(i) + 0.76f) / static_cast<float>(columns);
            canvas.upright(between(face.p, face.q, single ? from : 0.0f), between(face.p, face.q, single ? to : 1.0f), low, low + 1.5f, color);
        }
    }
}

StandingPainter::StandingPainter(Canvas& canvas, float far) : canvas_(canvas), far_(far) {
    faces_.reserve(kReserve);
    order_.reserve(2 * kReserve);
}

void StandingPainter::remember(What what, std::size_t index, Plan at) {
    const float distance = at.depth * at.depth + at.left * at.left;
    const std::uint32_t name = static_cast<std::uint32_t>(what) << kIndexBits | static_cast<std::uint32_t>(index);
    order_.push_back(std::uint64_t{std::bit_cast<std::uint32_t>(distance)} << 32 | name);
}

void StandingPainter::collect_face(Plan p, Plan q, float high, Color color, FacePiece::Look look) {
    const Plan across = q - p, middle = between(p, q, 0.5f);
    if (p.depth < kNear && q.depth < kNear) return;
    const float width = std::sqrt(across.depth * across.depth + across.left * across.left);
    if (!canvas_.sees(middle, 0.5f * width, std::min(far_, 2.0f * high * canvas_.focal()))) return;  // or lower than half a sample
    // Distance of the nearest point: a wall beside the camera needs short pieces even when its middle is far.
    const float t = std::clamp(-(p.depth * across.depth + p.left * across.left) / std::max(width * width, 1e-6f), 0.0f, 1.0f);
    const Plan nearest = between(p, q, t);
    const float distance = std::sqrt(nearest.depth * nearest.depth + nearest.left * nearest.left);
    const int pieces = std::clamp(static_cast<int>(width / piece_length(distance)) + 1, 1, 64);
    for (int i = 0; i < pieces; ++i) {
        const float step = 1.0f / static_cast<float>(pieces), from = step * static_cast<float>(i);
        const FacePiece piece{between(p, q, from), between(p, q, from + step), high, color, look};
        const Plan at = between(piece.p, piece.q, 0.5f);
        if (faces_.size() >= kReserve || !canvas_.sees(at, 0.5f * step * width, far_)) continue;
        remember(What::face, faces_.size(), at);
        faces_.push_back(piece);
    }
}

void StandingPainter::collect_box(const Obstacle& obstacle) {
    const Box& box = obstacle.box;
    const Plan center = canvas_.place(box.center);
    if (!canvas_.sees(center, box.half_length + box.half_width, far_)) return;
    const Plan axis = canvas_.turn(box.half_length * box.forward), side = canvas_.turn(box.half_width * left_of(box.forward));
    const std::array<Plan, 4> corner{center - axis - side, center + axis - side, center + axis + side, center - axis + side};
    const Color color = colors::building(obstacle.look);
    const auto look = obstacle.height > 2.4f ? FacePiece::Look::house : FacePiece::Look::plain;
    for (std::size_t i = 0; i < 4; ++i) {  // counter-clockwise: the outside is on the right of each edge
        const Plan p = corner[i], q = corner[(i + 1) & 3];
        if (p.depth * q.left - p.left * q.depth >= 0.0f) continue;
        const Vec normal = i == 0 ? -1.0f * left_of(box.forward) : i == 1 ? box.forward : i == 2 ? left_of(box.forward) : -1.0f * box.forward;
        collect_face(p, q, obstacle.height, shade(color, sunlight(normal)), look);
    }
}

void StandingPainter::collect_wall(const Wall& wall) {
    const Plan p = canvas_.place(wall.a), q = canvas_.place(wall.b);
    collect_face(p, q, wall.height, wall.height > 1.5f ? colors::building(3) : colors::kRail,
                 wall.height > 1.5f ? FacePiece::Look::plain : FacePiece::Look::rail);
}

void StandingPainter::collect(const World& world, int agent) {
    const Network& network = *world.network;
    const Area area = canvas_.seen_area(far_);
    walk_.near(network.obstacle_grid, network.obstacles.size(), area,
               [&](std::int32_t i) { collect_box(network.obstacles[static_cast<std::size_t>(i)]); });
    walk_.near(network.wall_grid, network.walls.size(), area, [&](std::int32_t i) { collect_wall(network.walls[static_cast<std::size_t>(i)]); });
    for (std::size_t i = 0; i < world.actors.size(); ++i) {
        const Actor& actor = world.actors[i];
        if (!actor.present || static_cast<int>(i) == agent) continue;
        const Plan at = canvas_.place(actor.position);
        if (canvas_.sees(at, actor.half_length + actor.half_width, far_)) remember(What::actor, i, at);
    }
    for (std::size_t i = 0; i < network.signals.size(); ++i) {
        const Plan at = canvas_.place(network.signals[i].position);
        if (canvas_.sees(at, 1.0f, kSignalRange)) remember(What::signal, i, at);
    }
}

void StandingPainter::paint(const World& world, int agent) {
    faces_.clear();
    order_.clear();
    collect(world, agent);
    std::sort(order_.begin(), order_.end(), std::greater<>());  // far to near
    const Network& network = *world.network;
    for (const std::uint64_t entry : order_) {
        const auto index = static_cast<std::size_t>(entry & ((1u << kIndexBits) - 1u));
        switch (static_cast<What>((entry & 0xffffffffu) >> kIndexBits)) {
            case What::face: paint_face(canvas_, faces_[index]); break;
            case What::actor: paint_actor(canvas_, world.actors[index]); break;
            case What::signal: paint_signal(canvas_, network.signals[index], network.light(static_cast<int>(index), world.time)); break;
        }
    }
}

}  // namespace wm::driving
