// The order of every expression is Python's: the points are compared with == against Gymnasium's.
#include "wm/racing/track_generator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

namespace wm::racing {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kScale = 6.0;
constexpr double kTrackRadius = 900 / kScale;
constexpr double kDetailStep = 21 / kScale;
constexpr double kTurnRate = 0.31;
constexpr double kTrackWidth = 40 / kScale;
constexpr double kBorderWidth = 8 / kScale;
constexpr int kBorderMinCount = 4;
constexpr int kCheckpoints = 12;
constexpr int kMaxPoints = 2500;
constexpr double kStartAlpha = 2 * kPi * (-0.5) / kCheckpoints;

struct Checkpoint {
    double alpha;
    double x;
    double y;
};

using Checkpoints = std::array<Checkpoint, kCheckpoints>;
using PointBuffer = std::array<TrackPoint, kMaxPoints>;

Checkpoints draw_checkpoints(core::Pcg64& rng) {
    Checkpoints checkpoints{};
    for (int c = 0; c < kCheckpoints; ++c) {
        const double noise = rng.uniform(0, 2 * kPi * 1 / kCheckpoints);
        double alpha = 2 * kPi * c / kCheckpoints + noise;
        double radius = rng.uniform(kTrackRadius / 3, kTrackRadius);
        if (c == 0) {
            alpha = 0;
            radius = 1.5 * kTrackRadius;
        }
        if (c == kCheckpoints - 1) {
            alpha = 2 * kPi * c / kCheckpoints;
            radius = 1.5 * kTrackRadius;
        }
        checkpoints[static_cast<std::size_t>(c)] = {alpha, radius * std::cos(alpha), radius * std::sin(alpha)};
    }
    return checkpoints;
}

// The pen that walks from checkpoint to checkpoint; about five laps are drawn and one of them is kept.
struct Pen {
    const Checkpoints& checkpoints;
    double x = 1.5 * kTrackRadius;
    double y = 0;
    double beta = 0;
    double faced = 0;  // the angle whose cosine and sine these are
    double cos = 1;
    double sin = 0;
    int target = 0;
    int laps = 0;
    bool visited_other_side = false;

    const Checkpoint& aim(double& alpha) {
        for (;;) {
            do {
                const auto& next = checkpoints[static_cast<std::size_t>(target % kCheckpoints)];
                if (alpha <= next.alpha) return next;
                ++target;
            } while (target % kCheckpoints != 0);
            alpha -= 2 * kPi;
        }
    }

    void face() {  // two times in five it goes straight on
        if (beta == faced) return;
        faced = beta;
        cos = std::cos(beta);
        sin = std::sin(beta);
    }

    void turn_towards(double projection) {
        if (projection > 0.3) beta -= std::min(kTurnRate, std::abs(0.001 * projection));
        if (projection < -0.3) beta += std::min(kTurnRate, std::abs(0.001 * projection));
    }

    TrackPoint advance() {
        double alpha = std::atan2(y, x);
        if (visited_other_side && alpha > 0) {
            ++laps;
            visited_other_side = false;
        }
        if (alpha < 0) {
            visited_other_side = true;
            alpha += 2 * kPi;
        }
        const Checkpoint& goal = aim(alpha);
        face();
        const double projection = cos * (goal.x - x) + sin * (goal.y - y);
        while (beta - alpha > 1.5 * kPi) beta -= 2 * kPi;
        while (beta - alpha < -1.5 * kPi) beta += 2 * kPi;
        const double previous_beta = beta;
        turn_towards(projection * kScale);
        x += -sin * kDetailStep;
        y += cos * kDetailStep;
        return {alpha, previous_beta * 0.5 + beta * 0.5, x, y};
    }
};

int draw_points(const Checkpoints& checkpoints, PointBuffer& points) {
    Pen pen{checkpoints};
    int count = 0;
    while (count < kMaxPoints) {
        points[static_cast<std::size_t>(count++)] = pen.advance();
        if (pen.laps > 4) break;
    }
    return count;
}

// The closed loop: from the last but one passage of the start to the last one. Empty when there is none.
std::span<const TrackPoint> closed_loop(std::span<const TrackPoint> points) {
    int first = -1;
    int last = -1;
    for (int i = static_cast<int>(points.size()) - 1; i > 0; --i) {
        const auto k = static_cast<std::size_t>(i);
        if (!(points[k].alpha > kStartAlpha && points[k - 1].alpha <= kStartAlpha)) continue;
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

bool glued_together(std::span<const TrackPoint> loop) {
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
    PointBuffer points;  // 80 KB of stack; no allocation
    for (;;) {
        const Checkpoints checkpoints = draw_checkpoints(rng);
        const int count = draw_points(checkpoints, points);
        const auto loop = closed_loop(std::span(points).first(static_cast<std::size_t>(count)));
        if (loop.empty() || !glued_together(loop)) continue;
        track.points.assign(loop.begin(), loop.end());
        build_tiles(track);
        return;
    }
}

}  // namespace wm::racing
