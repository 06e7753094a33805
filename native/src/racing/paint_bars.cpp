#include "paint_bars.h"

#include <algorithm>
#include <cmath>

#include "paint_camera.h"

namespace wm::racing {
namespace {

constexpr double kUnitX = kWindowW / 40.0;
constexpr double kUnitY = kWindowH / 40.0;
constexpr double kThreshold = 1e-4;  // smaller values have no bar

// A forged state may turn a wheel by millions of turns: no bar needs to end that far away.
int pixel(double place) { return static_cast<int>(std::clamp(place, -1e6, 1e6)); }

constexpr Bar colored(int r, int g, int b) { return {0, 0, 0, 0, r, g, b}; }

}  // namespace

void Bars::vertical(int place, double value, double factor, Bar color) {
    if (!(std::abs(value) > kThreshold)) return;
    const int tip = pixel(kWindowH - (kUnitY + kUnitY * (factor * value)));
    const int base = static_cast<int>(kWindowH - kUnitY);
    bars_[count_++] = {static_cast<int>(place * kUnitX), static_cast<int>((place + 1) * kUnitX), std::min(tip, base), std::max(tip, base), color.r, color.g, color.b};
}

void Bars::horizontal(int place, double value, double factor, Bar color) {
    if (!(std::abs(value) > kThreshold)) return;
    const int base = static_cast<int>(place * kUnitX);
    const int tip = pixel((place + factor * value) * kUnitX);
    const int top = static_cast<int>(kWindowH - 4 * kUnitY);
    const int bottom = static_cast<int>(kWindowH - 2 * kUnitY);
    bars_[count_++] = {std::min(base, tip), std::max(base, tip), top, bottom, color.r, color.g, color.b};
}

Bars::Bars(const Scene& scene) {
    const double vx = static_cast<double>(scene.hull_velocity[0]);
    const double vy = static_cast<double>(scene.hull_velocity[1]);
    vertical(5, std::sqrt(vx * vx + vy * vy), 0.02, colored(255, 255, 255));
    vertical(7, scene.wheel_omega[0], 0.01, colored(0, 0, 255));
    vertical(8, scene.wheel_omega[1], 0.01, colored(0, 0, 255));
    vertical(9, scene.wheel_omega[2], 0.01, colored(51, 0, 255));
    vertical(10, scene.wheel_omega[3], 0.01, colored(51, 0, 255));
    horizontal(20, static_cast<double>(scene.steer_angle), -10.0, colored(0, 255, 0));
    horizontal(30, static_cast<double>(scene.hull_angular_velocity), -0.8, colored(255, 0, 0));
}

}  // namespace wm::racing
