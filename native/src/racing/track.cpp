// The order of every expression is Python's: the points are compared with == against Gymnasium's.
#include "wm/racing/track_generator.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "track_pen.h"

namespace wm::racing {
namespace {

constexpr double kTrackWidth = 40 / kTrackScale;
constexpr double kBorderWidth = 8 / kTrackScale;
constexpr int kBorderMinCount = 4;
constexpr double kStartAlpha = 2 * kPi * (-0.5) / kCheckpoints;

// The closed loop: from the last but one passage of the start to the last one. Empty when there is none.
std::span<const DrawnPoint> closed_loop(std::span<const DrawnPoint> points) {
    int first = -1;
    int last = -1;
    for (int i = static_cast<int>(points.size()) - 1; i > 0; --i) {
        const auto k = static_cast<std::size_t>(i);
        if (!(points[k].is_past(kStartAlpha) && !points[k - 1].is_past(kStartAlpha))) continue;
        if (last == -1) {
            last = i;
        } else {
            first = i;
            break;
        }
    }
    if (first == -1 || last - 1 <= first) return {};
    return points.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - 1 - first));
}

bool glued_together(std::span<const DrawnPoint> loop) {
    const double perpendicular_x = std::cos(loop.front().beta);
    const double perpendicular_y = std::sin(loop.front().beta);
    const double dx = perpendicular_x * (loop.front().x - loop.back().x);
    const double dy = perpendicular_y * (loop.front().y - loop.back().y);
    return !(std::sqrt(dx * dx + dy * dy) > kDetailStep);
}

double sign(double value) { return value > 0 ? 1.0 : (value < 0 ? -1.0 : 0.0); }

std::size_t wrapped(int index, std::size_t size) {  // Python's negative indices
    return static_cast<std::size_t>(index < 0 ? index + static_cast<int>(size) : index);
}

bool hard_turn(std::span<const TrackPoint> points, int i) {
    bool good = true;
    double one_side = 0;
    for (int back = 0; back < kBorderMinCount; ++back) {
        const double beta1 = points[wrapped(i - back, points.size())].beta;
        const double beta2 = points[wrapped(i - back - 1, points.size())].beta;
        good = good && std::abs(beta1 - beta2) > kTurnRate * 0.2;
        one_side += sign(beta1 - beta2);
    }
    return good && std::abs(one_side) == kBorderMinCount;
}

// The second pass reads flags that it has already set in the same pass: Gymnasium's order, not its intent.
void mark_borders(std::span<const TrackPoint> points, std::span<Border> border) {
    const int n = static_cast<int>(points.size());
    const auto colour = [](int i) { return i % 2 == 0 ? Border::white : Border::red; };
    for (int i = 0; i < n; ++i) {
        border[static_cast<std::size_t>(i)] = hard_turn(points, i) ? colour(i) : Border::none;
    }
    for (int i = 0; i < n; ++i) {
        if (border[static_cast<std::size_t>(i)] == Border::none) continue;
        for (int back = 0; back < kBorderMinCount; ++back) {
            const std::size_t k = wrapped(i - back, points.size());
            border[k] = colour(static_cast<int>(k));
        }
    }
}

struct Ray {  // a track point with the direction across the road
    double x, y, beta, cos, sin;
};

Ray ray_of(const TrackPoint& p) { return {p.x, p.y, p.beta, std::cos(p.beta), std::sin(p.beta)}; }

Quad road_quad(const Ray& a, const Ray& b) {
    return {Vec2d{a.x - kTrackWidth * a.cos, a.y - kTrackWidth * a.sin}, Vec2d{a.x + kTrackWidth * a.cos, a.y + kTrackWidth * a.sin},
            Vec2d{b.x + kTrackWidth * b.cos, b.y + kTrackWidth * b.sin}, Vec2d{b.x - kTrackWidth * b.cos, b.y - kTrackWidth * b.sin}};
}

Quad border_quad(const Ray& a, const Ray& b) {
    const double side = sign(b.beta - a.beta);
    const double inner = side * kTrackWidth;
    const double outer = side * (kTrackWidth + kBorderWidth);
    return {Vec2d{a.x + inner * a.cos, a.y + inner * a.sin}, Vec2d{a.x + outer * a.cos, a.y + outer * a.sin},
            Vec2d{b.x + outer * b.cos, b.y + outer * b.sin}, Vec2d{b.x + inner * b.cos, b.y + inner * b.sin}};
}

}  // namespace

void build_tiles(Track& track) {
    const auto n = track.points.size();
    track.tiles.resize(n);
    track.border.resize(n);
    track.border_quads.assign(n, Quad{});
    mark_borders(track.points, track.border);
    Ray before = ray_of(track.points.back());
    for (std::size_t i = 0; i < n; ++i) {
        const Ray here = ray_of(track.points[i]);
        track.tiles[i] = road_quad(here, before);
        if (track.border[i] != Border::none) track.border_quads[i] = border_quad(here, before);
        before = here;
    }
}

void generate_track(core::Pcg64& rng, Track& track) {
    PointBuffer points;  // 160 KB of stack; no allocation
    for (;;) {
        const Checkpoints checkpoints = draw_checkpoints(rng);
        const int count = draw_points(checkpoints, points);
        const auto loop = closed_loop(std::span(points).first(static_cast<std::size_t>(count)));
        if (loop.empty() || !glued_together(loop)) continue;
        track.points.resize(loop.size());
        std::ranges::transform(loop, track.points.begin(), [](const DrawnPoint& p) { return TrackPoint{p.alpha(), p.beta, p.x, p.y}; });
        build_tiles(track);
        return;
    }
}

}  // namespace wm::racing
