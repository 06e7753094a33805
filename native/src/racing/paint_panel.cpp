#include "paint_panel.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "paint_bars.h"
#include "paint_camera.h"
#include "paint_score.h"
#include "wm/racing/painter.h"

namespace wm::racing {
namespace {

constexpr int kPanelTop = 700;  // row of the surface, y down
constexpr float kPixelsX = static_cast<float>(kWindowW) / 96.0f;  // of the surface, per observation pixel
constexpr float kPixelsY = static_cast<float>(kWindowH) / 96.0f;

using Sums = std::array<float, static_cast<std::size_t>(kPanelRows) * kObsSize * 3>;

// How much of the observation pixel [i, i+1) the inclusive span [a, b] of surface pixels covers.
float coverage(int a, int b, float pixels, int i) {
    const float low = std::max(static_cast<float>(a), static_cast<float>(i) * pixels);
    const float high = std::min(static_cast<float>(b + 1), static_cast<float>(i + 1) * pixels);
    return std::max(high - low, 0.0f) / pixels;
}

// Within the panel and counted from its top; false when nothing is left.
bool clip_to_panel(Bar& bar) {
    bar.x0 = std::max(bar.x0, 0);
    bar.x1 = std::min(bar.x1, kWindowW - 1);
    bar.y0 = std::max(bar.y0, kPanelTop) - kPanelTop;
    bar.y1 = std::min(bar.y1, kWindowH - 1) - kPanelTop;
    return bar.x0 <= bar.x1 && bar.y0 <= bar.y1;
}

void add_bar(Bar bar, float weight, Sums& sums) {
    if (!clip_to_panel(bar)) return;
    const int x_begin = static_cast<int>(static_cast<float>(bar.x0) / kPixelsX);
    const int x_end = static_cast<int>(static_cast<float>(bar.x1) / kPixelsX);
    const int y_end = static_cast<int>(static_cast<float>(bar.y1) / kPixelsY);
    for (int y = static_cast<int>(static_cast<float>(bar.y0) / kPixelsY); y <= y_end; ++y) {
        const float row = weight * coverage(bar.y0, bar.y1, kPixelsY, y);
        for (int x = x_begin; x <= x_end; ++x) {
            const float area = row * coverage(bar.x0, bar.x1, kPixelsX, x);
            float* const at = &sums[static_cast<std::size_t>(y * kObsSize + x) * 3];
            at[0] += area * static_cast<float>(bar.r);
            at[1] += area * static_cast<float>(bar.g);
            at[2] += area * static_cast<float>(bar.b);
        }
    }
}

// A later bar hides an earlier one; no three overlap.
void add_bars(const Bars& bars, Sums& sums) {
    for (const Bar* bar = bars.begin(); bar != bars.end(); ++bar) {
        add_bar(*bar, 1.0f, sums);
        for (const Bar* below = bars.begin(); below != bar; ++below) {
            const Bar both{std::max(bar->x0, below->x0), std::min(bar->x1, below->x1), std::max(bar->y0, below->y0), std::min(bar->y1, below->y1),
                           below->r, below->g, below->b};
            if (both.x0 <= both.x1 && both.y0 <= both.y1) add_bar(both, -1.0f, sums);
        }
    }
}

}  // namespace

void paint_panel(const Scene& scene, std::uint8_t* rgb) {
    alignas(64) Sums sums{};
    add_bars(Bars(scene), sums);
    add_score(scene.reward, sums);
    constexpr float kBias = 1.0f / 64.0f;  // rounding noise of the sums above must not lift a whole number
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const int up = static_cast<int>(sums[i] + (1.0f - kBias));
        rgb[i] = static_cast<std::uint8_t>(std::max(up - 2, 0));
    }
}

}  // namespace wm::racing
