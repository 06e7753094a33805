// Where Gymnasium's camera stands: track units to pixels of its 1000x800 surface (y up, before the flip).
#pragma once

#include <algorithm>
#include <cmath>

#include "wm/racing/scene.h"

namespace wm::racing {

constexpr int kWindowW = 1000;
constexpr int kWindowH = 800;
constexpr int kPanelHeight = 100;                       // the surface's lowest rows
constexpr double kScale = 6.0;                        // Gymnasium's SCALE
constexpr double kZoom = 2.7;                         // Gymnasium's ZOOM
constexpr double kPlayfield = 2000.0 / kScale;        // half the field's side, track units
constexpr double kGrassDim = kPlayfield / 20.0;       // side of a grass square, track units

struct Camera {
    double zoom;  // pixels per track unit
    double sin;
    double cos;
    double x;     // pixel of the track's origin
    double y;

    [[nodiscard]] Vec2d to_screen(Vec2d p) const {
        return {(p.x * cos - p.y * sin) * zoom + x, (p.x * sin + p.y * cos) * zoom + y};
    }
    [[nodiscard]] Vec2d to_track(Vec2d p) const {
        const double u = (p.x - x) / zoom;
        const double v = (p.y - y) / zoom;
        return {u * cos + v * sin, v * cos - u * sin};
    }
};

// Python's Vector2.rotate_rad snaps to quarter turns within 1e-6 rad of one; the exact painter needs that too.
inline void rotation_of(double angle, double& s, double& c) {
    constexpr double kSnap = 1e-6;
    constexpr double kTwoPi = 6.283185307179586;
    constexpr double kQuarter = kTwoPi / 4.0;
    double turn = std::fmod(angle, kTwoPi);
    if (turn < 0.0) turn += kTwoPi;
    if (std::fmod(turn + kSnap, kQuarter) >= 2.0 * kSnap) {
        s = std::sin(turn);
        c = std::cos(turn);
        return;
    }
    constexpr double kSin[4] = {0.0, 1.0, 0.0, -1.0};
    constexpr double kCos[4] = {1.0, 0.0, -1.0, 0.0};
    const int quarter = static_cast<int>((turn + kSnap) / kQuarter) & 3;
    s = kSin[quarter];
    c = kCos[quarter];
}

inline Camera camera_of(const Scene& scene) {
    Camera cam{};
    const double t = scene.time;
    cam.zoom = 0.1 * kScale * std::max(1.0 - t, 0.0) + kZoom * kScale * std::min(t, 1.0);
    rotation_of(-static_cast<double>(scene.hull_angle), cam.sin, cam.cos);
    const double sx = -static_cast<double>(scene.hull.x) * cam.zoom;
    const double sy = -static_cast<double>(scene.hull.y) * cam.zoom;
    cam.x = kWindowW / 2.0 + (sx * cam.cos - sy * cam.sin);
    cam.y = kWindowH / 4.0 + (sx * cam.sin + sy * cam.cos);
    return cam;
}

}  // namespace wm::racing
