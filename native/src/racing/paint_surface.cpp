#include "paint_surface.h"

#include <algorithm>

#include "paint_camera.h"
#include "paint_stroke.h"

namespace wm::racing {

SurfacePainter::SurfacePainter(const ExactKernels& kernels) : kernels_(kernels) {
    constexpr std::size_t kUsual = 2500;  // a field of grass, two polygons a tile, skid marks; grows for a longer track
    polygons_.reserve(kUsual);
}

void SurfacePainter::look_at(const Scene& scene, Marks marks) {
    collect_polygons(scene, marks, polygons_);
    bars_ = Bars(scene);
}

void SurfacePainter::draw(const Band& band) {
    if (band.y_begin < kPanelHeight) {
        for (int y = band.y_begin; y < band.y_end; ++y) kernels_.fill(band.row(y), kWindowW, 0U);
    } else {
        for (const DrawnPolygon& polygon : draw_ground(band)) draw_polygon(polygon, band);
    }
    draw_bars(band);
}

void SurfacePainter::draw_polygon(const DrawnPolygon& polygon, const Band& band) {
    if (polygon.y_min >= band.y_end || polygon.y_max < band.y_begin) return;
    if (polygon.rule == FillRule::stroke) return draw_stroke(polygon, band);
    if (polygon.rule == FillRule::outlined) draw_outline(polygon, band);
    fill_polygon(polygon, band);
}

void SurfacePainter::fill_span(int first, int last, std::uint32_t* row, std::uint32_t color) {
    const int begin = std::max(std::min(first, last), 0);
    const int end = std::min(std::max(first, last), kWindowW - 1) + 1;
    if (begin < end) kernels_.fill(row + begin, end - begin, color);
}

void SurfacePainter::fill_polygon(const DrawnPolygon& polygon, const Band& band) {
    const int begin = std::max(polygon.y_min, band.y_begin);
    const int end = std::min(polygon.y_max + 1, band.y_end);
    if (polygon.monotone) {
        monotone_spans(polygon, begin, end, band_spans_);
        for (int y = begin; y < end; ++y) {
            const auto i = static_cast<std::size_t>(y - begin);
            fill_span(band_spans_.first[i], band_spans_.last[i], band.row(y), polygon.color);
        }
        return;
    }
    RowSpans spans;
    for (int y = begin; y < end; ++y) {
        spans_of(polygon, y, spans);
        for (std::size_t i = 0; i < static_cast<std::size_t>(spans.count); i += 2) fill_span(spans.ends[i], spans.ends[i + 1], band.row(y), polygon.color);
    }
}

// The field comes first and mostly hides the black below it.
std::span<const DrawnPolygon> SurfacePainter::draw_ground(const Band& band) {
    const bool hidden = !polygons_.empty() && polygons_.front().monotone && polygons_.front().y_min <= band.y_begin && polygons_.front().y_max >= band.y_end;
    if (hidden) {
        const DrawnPolygon& field = polygons_.front();
        monotone_spans(field, band.y_begin, band.y_end, band_spans_);
        const int left = *std::max_element(band_spans_.first.begin(), band_spans_.first.end());
        const int right = *std::min_element(band_spans_.last.begin(), band_spans_.last.end());
        if (left <= 0 && right >= kWindowW - 1) {
            for (int y = band.y_begin; y < band.y_end; ++y) kernels_.fill(band.row(y), kWindowW, field.color);
            return std::span<const DrawnPolygon>(polygons_).subspan(1);
        }
    }
    for (int y = band.y_begin; y < band.y_end; ++y) kernels_.fill(band.row(y), kWindowW, 0U);
    return polygons_;
}

// Bars are drawn after the flip; a very tall one reaches beyond the panel.
void SurfacePainter::draw_bars(const Band& band) {
    for (const Bar& bar : bars_) {
        const int begin = std::max(bar.x0, 0);
        const int count = std::min(bar.x1, kWindowW - 1) + 1 - begin;
        if (count <= 0) continue;
        for (int y = std::max(kWindowH - 1 - bar.y1, band.y_begin); y <= std::min(kWindowH - 1 - bar.y0, band.y_end - 1); ++y) {
            kernels_.fill(band.row(y) + begin, count, packed(bar.r, bar.g, bar.b));
        }
    }
}

}  // namespace wm::racing
