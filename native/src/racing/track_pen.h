// The pen that draws Gymnasium's track: points on the way from checkpoint to checkpoint, about five laps of them.
#pragma once

#include <array>
#include <cmath>
#include <numbers>

#include "wm/core/rng.h"

namespace wm::racing {

constexpr double kPi = std::numbers::pi;
constexpr double kTrackScale = 6.0;
constexpr double kTrackRadius = 900 / kTrackScale;
constexpr double kDetailStep = 21 / kTrackScale;
constexpr double kTurnRate = 0.31;
constexpr int kCheckpoints = 12;
constexpr int kMaxPoints = 2500;

struct Checkpoint {
    double alpha;
    double x;
    double y;
};

using Checkpoints = std::array<Checkpoint, kCheckpoints>;

// Angles serve for comparisons, nearly all of them far from equal: they are exact only where it matters.
constexpr double kQuickError = 1e-6;
inline bool nearly_equal(double a, double b, double error) { return !(std::abs(a - b) > error); }

struct Angle {  // of a place, as the pen counts it
    double alpha;
    bool raised;  // by a whole turn, out of the negative
    int lowered;  // by so many, at the start

    [[nodiscard]] double exactly(double x, double y) const {
        double exact = std::atan2(y, x);
        if (raised) exact += 2 * kPi;
        for (int i = 0; i < lowered; ++i) exact -= 2 * kPi;
        return exact;
    }
};

struct DrawnPoint {
    Angle angle;  // of where the pen came from
    double beta;
    double x, y;
    double from_x, from_y;

    [[nodiscard]] double alpha() const { return angle.exactly(from_x, from_y); }
    [[nodiscard]] bool is_past(double start) const {
        return nearly_equal(angle.alpha, start, kQuickError) ? alpha() > start : angle.alpha > start;
    }
};

using PointBuffer = std::array<DrawnPoint, kMaxPoints>;

Checkpoints draw_checkpoints(core::Pcg64& rng);
// Fills `points` from its front; returns their number.
int draw_points(const Checkpoints& checkpoints, PointBuffer& points);

}  // namespace wm::racing
