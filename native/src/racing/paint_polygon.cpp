#include "paint_polygon.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace wm::racing {
namespace {

struct Edge {  // y1 < y2
    int x1, y1, x2, y2;
};

bool upward(Pixel a, Pixel b, Edge& out) {
    if (a.y == b.y) return false;
    out = a.y < b.y ? Edge{a.x, a.y, b.x, b.y} : Edge{b.x, b.y, a.x, a.y};
    return true;
}

// Each edge owns its upper end; the polygon's last row goes to the edges that end there.
bool crosses(const Edge& e, int y, int y_max) { return (y >= e.y1 && y < e.y2) || (y == y_max && e.y2 == y_max && y > e.y1); }

int rounded(int fixed) { return (fixed >> 16) + ((fixed & 0x8000) >> 15); }

void filled_spans(const DrawnPolygon& polygon, int y, RowSpans& out) {
    Edge e{};
    for (std::size_t i = 0, n = static_cast<std::size_t>(polygon.count), j = n - 1; i < n; j = i++) {
        if (!upward(polygon.corners[j], polygon.corners[i], e) || !crosses(e, y, polygon.y_max)) continue;
        out.ends[static_cast<std::size_t>(out.count++)] = ((65536 * (y - e.y1)) / (e.y2 - e.y1)) * (e.x2 - e.x1) + 65536 * e.x1;
    }
    std::sort(out.ends.begin(), out.ends.begin() + out.count);
    out.count &= ~1;
    for (int i = 0; i < out.count; i += 2) {
        int* const pair = &out.ends[static_cast<std::size_t>(i)];
        pair[0] = rounded(pair[0] + 1);
        pair[1] = rounded(pair[1] - 1);
    }
}

// Inner edges that lie flat are drawn as they are.
void add_flat_edges(const DrawnPolygon& polygon, int y, RowSpans& out) {
    if (y == polygon.y_min || y == polygon.y_max) return;
    for (std::size_t i = 0, n = static_cast<std::size_t>(polygon.count), j = n - 1; i < n; j = i++) {
        if (polygon.corners[i].y != y || polygon.corners[j].y != y) continue;
        out.ends[static_cast<std::size_t>(out.count++)] = std::min(polygon.corners[i].x, polygon.corners[j].x);
        out.ends[static_cast<std::size_t>(out.count++)] = std::max(polygon.corners[i].x, polygon.corners[j].x);
    }
}

void one_row(const DrawnPolygon& polygon, RowSpans& out) {
    out.ends[0] = polygon.x_min;
    out.ends[1] = polygon.x_max;
    out.count = 2;
}

// Crossings are rounded outwards by the order in which they are found, down then up, and only then sorted.
void plain_spans(const DrawnPolygon& polygon, int y, RowSpans& out) {
    if (polygon.y_min == polygon.y_max) return one_row(polygon, out);
    Edge e{};
    for (std::size_t i = 0, n = static_cast<std::size_t>(polygon.count), j = n - 1; i < n; j = i++) {
        if (!upward(polygon.corners[j], polygon.corners[i], e) || !crosses(e, y, polygon.y_max)) continue;
        const float offset = static_cast<float>((y - e.y1) * (e.x2 - e.x1)) / static_cast<float>(e.y2 - e.y1);
        const bool is_first = out.count % 2 == 0;
        out.ends[static_cast<std::size_t>(out.count++)] = static_cast<int>(is_first ? std::floor(offset) : std::ceil(offset)) + e.x1;
    }
    std::sort(out.ends.begin(), out.ends.begin() + out.count);
    out.count &= ~1;
    add_flat_edges(polygon, y, out);
}

// How often the outline turns between going up and going down; and whether an edge between lies flat.
bool is_monotone(const DrawnPolygon& polygon) {
    int turns = 0;
    int before = 0;
    int first = 0;
    for (std::size_t i = 0, n = static_cast<std::size_t>(polygon.count), j = n - 1; i < n; j = i++) {
        const int rise = polygon.corners[i].y - polygon.corners[j].y;
        const bool inner = polygon.corners[i].y != polygon.y_min && polygon.corners[i].y != polygon.y_max;
        if (rise == 0 && inner) return false;
        if (rise == 0) continue;
        const int way = rise > 0 ? 1 : -1;
        if (before != 0 && way != before) ++turns;
        if (first == 0) first = way;
        before = way;
    }
    return before != 0 && turns + (before != first) == 2;
}

struct RowRange {
    int begin, end;
};

RowRange rows_of(const Edge& e, const DrawnPolygon& polygon, int y_begin, int y_end) {
    const int end = e.y2 == polygon.y_max ? e.y2 + 1 : e.y2;
    return {std::max(e.y1, y_begin), std::min(end, y_end)};
}

void filled_band(const DrawnPolygon& polygon, int y_begin, int y_end, BandSpans& out) {
    Edge e{};
    for (std::size_t i = 0, n = static_cast<std::size_t>(polygon.count), j = n - 1; i < n; j = i++) {
        if (!upward(polygon.corners[j], polygon.corners[i], e)) continue;
        const RowRange rows = rows_of(e, polygon, y_begin, y_end);
        int* const ends = (polygon.corners[i].y > polygon.corners[j].y ? out.first : out.last).data();
        const auto height = static_cast<double>(e.y2 - e.y1);
        const int dx = e.x2 - e.x1;
        for (int y = rows.begin; y < rows.end; ++y) {  // the double quotient truncates to the integer one: both fit 53 bits
            ends[y - y_begin] = static_cast<int>(static_cast<double>(65536 * (y - e.y1)) / height) * dx + 65536 * e.x1;
        }
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(y_end - y_begin); ++i) {
        const int a = out.first[i];
        const int b = out.last[i];
        out.first[i] = rounded(std::min(a, b) + 1);
        out.last[i] = rounded(std::max(a, b) - 1);
    }
}

void plain_band(const DrawnPolygon& polygon, int y_begin, int y_end, BandSpans& out) {
    std::array<bool, kBandRows> found{};
    Edge e{};
    for (std::size_t i = 0, n = static_cast<std::size_t>(polygon.count), j = n - 1; i < n; j = i++) {
        if (!upward(polygon.corners[j], polygon.corners[i], e)) continue;
        const RowRange rows = rows_of(e, polygon, y_begin, y_end);
        for (int y = rows.begin; y < rows.end; ++y) {
            const float offset = static_cast<float>((y - e.y1) * (e.x2 - e.x1)) / static_cast<float>(e.y2 - e.y1);
            const auto row = static_cast<std::size_t>(y - y_begin);
            (found[row] ? out.last : out.first)[row] = static_cast<int>(found[row] ? std::ceil(offset) : std::floor(offset)) + e.x1;
            found[row] = true;
        }
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(y_end - y_begin); ++i) {
        if (out.first[i] > out.last[i]) std::swap(out.first[i], out.last[i]);
    }
}

}  // namespace

void DrawnPolygon::close() {
    const auto [left, right] = std::minmax_element(corners.begin(), corners.begin() + count, [](Pixel a, Pixel b) { return a.x < b.x; });
    const auto [low, high] = std::minmax_element(corners.begin(), corners.begin() + count, [](Pixel a, Pixel b) { return a.y < b.y; });
    x_min = left->x;
    x_max = right->x;
    y_min = low->y;
    y_max = high->y;
    monotone = is_monotone(*this);
}

void DrawnPolygon::widen() {
    ++x_max;
    ++y_max;
}

void monotone_spans(const DrawnPolygon& polygon, int y_begin, int y_end, BandSpans& out) {
    if (polygon.rule == FillRule::outlined) {
        filled_band(polygon, y_begin, y_end, out);
    } else {
        plain_band(polygon, y_begin, y_end, out);
    }
}

void spans_of(const DrawnPolygon& polygon, int y, RowSpans& out) {
    out.count = 0;
    if (polygon.rule == FillRule::outlined) {
        filled_spans(polygon, y, out);
    } else {
        plain_spans(polygon, y, out);
    }
}

}  // namespace wm::racing
