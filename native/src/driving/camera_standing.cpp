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

// Descending, all different. A few are counted to their places: comparing and swapping them would be one surprise after another.
void sort_down(std::vector<std::uint64_t>& numbers) {
    constexpr std::size_t kFew = 48;
    const std::size_t count = numbers.size();
    if (count > kFew) return std::sort(numbers.begin(), numbers.end(), std::greater<>());
    std::array<std::uint64_t, kFew> before;
    std::ranges::copy(numbers, before.begin());
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t greater = 0;
        for (std::size_t j = 0; j < count; ++j) greater += before[j] > before[i] ? 1 : 0;
        numbers[greater] = before[i];
    }
}

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

void StandingPainter::collect_face(const FacePiece& face) {
    const Plan p = face.p, across = face.q - face.p;
    if (p.depth < kNear && face.q.depth < kNear) return;
    const float width = std::sqrt(across.depth * across.depth + across.left * across.left);
    if (!canvas_.sees(between(p, face.q, 0.5f), 0.5f * width, std::min(far_, 2.0f * face.high * canvas_.focal()))) return;  // or lower than half a sample
    // The nearest point: a wall beside the camera needs short pieces even when its middle is far.
    const float t = std::clamp(-(p.depth * across.depth + p.left * across.left) / std::max(width * width, 1e-6f), 0.0f, 1.0f);
    const Plan nearest = between(p, face.q, t);
    const float distance = std::sqrt(nearest.depth * nearest.depth + nearest.left * nearest.left);
    if (face.look == FacePiece::Look::house) return collect_even(face, width, distance);
    collect_graded(face, nearest, width * t, distance, -1.0f);
    collect_graded(face, nearest, width * (1.0f - t), distance, 1.0f);
}

void StandingPainter::collect_piece(const FacePiece& face, Plan p, Plan q, float width) {
    const Plan middle = between(p, q, 0.5f);
    if (faces_.size() >= kReserve || !canvas_.sees(middle, 0.5f * width, far_)) return;
    remember(What::face, faces_.size(), middle);
    faces_.push_back({p, q, face.high, face.color, face.look});
}

// Windows must not move as the camera does: pieces of one size.
void StandingPainter::collect_even(const FacePiece& face, float width, float distance) {
    const int pieces = std::clamp(static_cast<int>(width / piece_length(distance)) + 1, 1, 64);
    const float step = 1.0f / static_cast<float>(pieces);
    for (int i = 0; i < pieces; ++i) {
        const float from = step * static_cast<float>(i);
        collect_piece(face, between(face.p, face.q, from), between(face.p, face.q, from + step), step * width);
    }
}

// From the nearest point to one end, each piece as long as its distance allows.
void StandingPainter::collect_graded(const FacePiece& face, Plan nearest, float width, float distance, float sign) {
    if (width <= 0.0f) return;
    const Plan end = sign > 0.0f ? face.q : face.p;
    Plan from = nearest;
    for (float done = 0.0f; done < width;) {
        const float piece = piece_length(std::max(distance, done));
        const float reach = width - done < 1.5f * piece ? width : done + piece;
        const Plan to = reach == width ? end : between(nearest, end, reach / width);
        collect_piece(face, sign > 0.0f ? from : to, sign > 0.0f ? to : from, reach - done);
        from = to;
        done = reach;
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
        collect_face({p, q, obstacle.height, shade(color, sunlight(normal)), look});
    }
}

void StandingPainter::collect_wall(const Wall& wall) {
    const bool high = wall.height > 1.5f;
    collect_face({canvas_.place(wall.a), canvas_.place(wall.b), wall.height, high ? colors::building(3) : colors::kRail,
                  high ? FacePiece::Look::plain : FacePiece::Look::rail});
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
    sort_down(order_);  // far to near
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
