// The order of every expression is Python's: the points are compared with == against Gymnasium's.
#include "track_pen.h"

#include <algorithm>

namespace wm::racing {
namespace {

// atan2 to 2e-8 (Abramowitz and Stegun, Handbook of Mathematical Functions, 4.4.49). NaN at 0, 0.
double quick_atan2(double y, double x) {
    const double across = std::min(std::abs(x), std::abs(y)) / std::max(std::abs(x), std::abs(y));
    const double s = across * across, s2 = s * s, s4 = s2 * s2;
    const double low = (1.0 - 0.3333314528 * s) + (0.1999355085 - 0.1420889944 * s) * s2;
    const double high = (0.1065626393 - 0.0752896400 * s) + (0.0429096138 - 0.0161657367 * s) * s2;
    const double octant = across * (low + (high + 0.0028662257 * s4) * s4);
    const double quadrant = std::abs(y) > std::abs(x) ? 0.5 * kPi - octant : octant;
    const double half = x < 0 ? kPi - quadrant : quadrant;
    return y < 0 ? -half : half;
}

struct Course {
    double beta = 0;
    int target = 0;
    int laps = 0;
    bool visited_other_side = false;

    // Moves on from the angle `angle.alpha`, which is known to `error`; false when one of the decisions hangs on the error.
    bool follow(const Checkpoints& checkpoints, Angle& angle, double error) {
        double& alpha = angle.alpha;
        if (error > 0 && (nearly_equal(alpha, 0, error) || nearly_equal(std::abs(alpha), kPi, error))) return false;
        if (visited_other_side && alpha > 0) {
            ++laps;
            visited_other_side = false;
        }
        if (alpha < 0) {
            visited_other_side = true;
            alpha += 2 * kPi;
            angle.raised = true;
        }
        return aim(checkpoints, angle, error) && unwind(alpha, error);
    }

private:
    bool aim(const Checkpoints& checkpoints, Angle& angle, double error) {
        for (;;) {
            do {
                const double next = checkpoints[static_cast<std::size_t>(target % kCheckpoints)].alpha;
                if (error > 0 && nearly_equal(angle.alpha, next, error)) return false;
                if (angle.alpha <= next) return true;
                ++target;
            } while (target % kCheckpoints != 0);
            angle.alpha -= 2 * kPi;
            ++angle.lowered;
        }
    }
    bool unwind(double alpha, double error) {
        const auto unsure = [&] { return error > 0 && nearly_equal(std::abs(beta - alpha), 1.5 * kPi, error); };
        while (beta - alpha > 1.5 * kPi) {
            if (unsure()) return false;
            beta -= 2 * kPi;
        }
        while (beta - alpha < -1.5 * kPi) {
            if (unsure()) return false;
            beta += 2 * kPi;
        }
        return !unsure();
    }
};

struct Pen {
    const Checkpoints& checkpoints;
    double x = 1.5 * kTrackRadius;
    double y = 0;
    Course course{};
    double faced = 0;  // the angle whose cosine and sine these are
    double cos = 1;
    double sin = 0;

    void face(double beta) {  // two times in five it goes straight on
        if (beta == faced) return;
        faced = beta;
        cos = std::cos(beta);
        sin = std::sin(beta);
    }

    void turn_towards(double projection) {
        if (projection > 0.3) course.beta -= std::min(kTurnRate, std::abs(0.001 * projection));
        if (projection < -0.3) course.beta += std::min(kTurnRate, std::abs(0.001 * projection));
    }

    Angle follow() {
        const Course before = course;
        Angle angle{quick_atan2(y, x), false, 0};
        if (course.follow(checkpoints, angle, kQuickError)) return angle;
        course = before;
        angle = {std::atan2(y, x), false, 0};
        course.follow(checkpoints, angle, 0);
        return angle;
    }

    DrawnPoint advance() {
        face(course.beta);
        const Angle angle = follow();
        const Checkpoint& goal = checkpoints[static_cast<std::size_t>(course.target % kCheckpoints)];
        const double projection = cos * (goal.x - x) + sin * (goal.y - y);
        const double previous_beta = course.beta;
        turn_towards(projection * kTrackScale);
        const double from_x = x, from_y = y;
        x += -sin * kDetailStep;
        y += cos * kDetailStep;
        return {angle, previous_beta * 0.5 + course.beta * 0.5, x, y, from_x, from_y};
    }
};

}  // namespace

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

int draw_points(const Checkpoints& checkpoints, PointBuffer& points) {
    Pen pen{checkpoints};
    int count = 0;
    while (count < kMaxPoints) {
        points[static_cast<std::size_t>(count++)] = pen.advance();
        if (pen.course.laps > 4) break;
    }
    return count;
}

}  // namespace wm::racing
