#include "paint_convex.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "paint_camera.h"

namespace wm::racing {
namespace {

constexpr float kSubX = static_cast<float>(kSubSize) / static_cast<float>(kWindowW);  // samples per pixel
constexpr float kSubY = static_cast<float>(kSubSize) / static_cast<float>(kWindowH);
constexpr int kWorldSamples = kWorldRows * kSamples;

struct Box {
    int x0, x1, y0, y1;
};

Box box_of(std::span<const Pixel> corners) {
    Box b{corners[0].x, corners[0].x, corners[0].y, corners[0].y};
    for (const Pixel& p : corners.subspan(1)) {
        b.x0 = std::min(b.x0, p.x);
        b.x1 = std::max(b.x1, p.x);
        b.y0 = std::min(b.y0, p.y);
        b.y1 = std::max(b.y1, p.y);
    }
    return b;
}

std::int64_t signed_area(std::span<const Pixel> corners) {  // twice the area; the field's corners can be far away
    std::int64_t area = 0;
    for (std::size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
        area += std::int64_t{corners[j].x} * corners[i].y - std::int64_t{corners[i].x} * corners[j].y;
    }
    return area;
}

int ceiling(float x) {  // std::ceil is a call where SSE 4.1 cannot be relied on
    const int cut = static_cast<int>(x);
    return cut + (x > static_cast<float>(cut) ? 1 : 0);
}

// Pixel centres lie at +0.5; the surface is flipped before it is shrunk.
float sample_x(int x) { return (static_cast<float>(x) + 0.5f) * kSubX; }
float sample_y(int y) { return (static_cast<float>(kWindowH - y) - 0.5f) * kSubY; }

void add_edge(Pixel a, Pixel b, bool clockwise, const Growth& growth, ConvexSpans& out) {
    const int dx = b.x - a.x;
    const int dy = b.y - a.y;
    if (dy == 0) return;
    const float slope = -(static_cast<float>(dx) * kSubX) / (static_cast<float>(dy) * kSubY);
    const bool steep = std::abs(dx) <= std::abs(dy);
    const float grow = steep ? growth.steep * kSubX : growth.flat * kSubY * std::abs(slope);
    const bool is_left = (dy > 0) == clockwise;
    const EdgeLine line{sample_x(a.x) + (is_left ? -grow : grow), slope, sample_y(a.y)};
    auto& list = is_left ? out.left : out.right;
    int& count = is_left ? out.lefts : out.rights;
    list[static_cast<std::size_t>(count++)] = line;
}

}  // namespace

bool convex_spans(std::span<const Pixel> corners, const Growth& growth, ConvexSpans& out) {
    const Box box = box_of(corners);
    const float top = sample_y(box.y1) - growth.flat * kSubY;
    const float bottom = sample_y(box.y0) + growth.flat * kSubY;
    out.row_begin = std::max(ceiling(std::max(top, -1.0f) - 0.5f), 0);
    out.row_end = ceiling(std::min(bottom, static_cast<float>(kWorldSamples)) - 0.5f);
    out.x_min = sample_x(box.x0) - growth.steep * kSubX;
    out.x_max = sample_x(box.x1) + growth.steep * kSubX;
    if (out.row_begin >= out.row_end || out.x_max <= 0.0f || out.x_min >= static_cast<float>(kSubSize)) return false;
    out.lefts = out.rights = 0;
    const std::int64_t area = signed_area(corners);
    if (area == 0) return true;  // a line: its grown box
    for (std::size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) add_edge(corners[j], corners[i], area < 0, growth, out);
    return true;
}

}  // namespace wm::racing
