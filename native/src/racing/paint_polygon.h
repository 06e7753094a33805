// Polygons on the full 1000x800 surface, drawn by pygame's integer rules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "paint_convex.h"

namespace wm::racing {

constexpr int kMaxCorners = 8;
constexpr int kBandRows = 25;  // the surface is drawn in bands that stay in the cache

enum class FillRule : std::uint8_t {
    outlined,  // gfxdraw.aapolygon, then gfxdraw.filled_polygon
    plain,     // draw.polygon
    stroke,    // draw.line, two pixels wide: not filled at all
};

struct DrawnPolygon {
    std::array<Pixel, kMaxCorners> corners{};
    int count = 0;
    int x_min = 0;
    int x_max = 0;
    int y_min = 0;
    int y_max = 0;
    std::uint32_t color = 0;  // 0x00RRGGBB
    FillRule rule = FillRule::outlined;
    bool monotone = false;    // every row is crossed once upwards and once downwards

    [[nodiscard]] std::span<const Pixel> points() const { return std::span<const Pixel>(corners).first(static_cast<std::size_t>(count)); }
    void close();  // after the corners are set: the box and `monotone`
    void widen();  // a stroke's second pixel lies above or to the right
};

struct RowSpans {  // of one row: pairs of first and last pixel, not clipped; first may exceed last
    std::array<int, 2 * kMaxCorners> ends;
    int count = 0;
};

// Any polygon, one row.
void spans_of(const DrawnPolygon& polygon, int y, RowSpans& out);

struct BandSpans {  // one span a row
    std::array<int, kBandRows> first;
    std::array<int, kBandRows> last;
};

// A monotone polygon's rows [y_begin, y_end), all within it: the same spans, faster.
void monotone_spans(const DrawnPolygon& polygon, int y_begin, int y_end, BandSpans& out);

}  // namespace wm::racing
