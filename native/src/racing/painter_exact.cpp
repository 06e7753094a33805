// The exact painter: pygame's integer drawing rules on the full surface, in bands of rows that stay in the cache.

#include <algorithm>
#include <utility>
#include <vector>

#include "paint_bars.h"
#include "paint_camera.h"
#include "paint_outline.h"
#include "paint_panel.h"
#include "paint_polygon_list.h"
#include "paint_row_shrink.h"
#include "painter_exact.h"
#include "wm/racing/painter_exact.h"

namespace wm::racing {
namespace {

class ExactPainter final : public Painter {
public:
    ExactPainter(std::shared_ptr<const ScoreTable> scores, const ExactKernels& kernels)
        : scores_(std::move(scores)), kernels_(kernels), shrink_(kernels), rows_(static_cast<std::size_t>(kBandRows + 1) * kRowStride + kAlign) {
        constexpr std::size_t kUsual = 1500;  // a field of grass and two polygons a tile; grows for a longer track
        polygons_.reserve(kUsual);
        const auto address = reinterpret_cast<std::uintptr_t>(rows_.data());
        above_ = rows_.data() + (64 - address % 64) % 64 / sizeof(std::uint32_t);
    }

    void paint(const Scene& scene, std::uint8_t* out) override {
        collect_polygons(scene, polygons_);
        const Bars bars(scene);
        shrink_.start(out);
        std::fill_n(above_, kRowStride, 0U);
        for (int y = kWindowH; y > kPanelHeight; y -= kBandRows) paint_world({above_ + kRowStride, y - kBandRows, y, kRowStride}, bars);
        for (int y = kPanelHeight; y > 0; y -= kBandRows) paint_panel_rows({above_ + kRowStride, y - kBandRows, y, kRowStride}, bars);
        paint_score(scene, out);
    }

private:
    static constexpr std::size_t kAlign = 16;

    std::span<const Polygon> paint_ground(const Band& band);
    void paint_world(const Band& band, const Bars& bars);
    void paint_panel_rows(const Band& band, const Bars& bars);
    void paint_bars(const Band& band, const Bars& bars);
    void paint_score(const Scene& scene, std::uint8_t* out);
    void fill_polygon(const Polygon& polygon, const Band& band);
    void fill_span(int first, int last, std::uint32_t* row, std::uint32_t color);
    void shrink(const Band& band);

    std::shared_ptr<const ScoreTable> scores_;
    const ExactKernels& kernels_;
    RowShrink shrink_;
    BandSpans band_spans_{};
    std::array<std::uint8_t, static_cast<std::size_t>(kPanelRows) * kRowSums> fast_panel_{};
    std::vector<Polygon> polygons_;
    std::vector<std::uint32_t> rows_;
    std::uint32_t* above_ = nullptr;  // the row above the band, then the band
};

void ExactPainter::fill_span(int first, int last, std::uint32_t* row, std::uint32_t color) {
    const int begin = std::max(std::min(first, last), 0);
    const int end = std::min(std::max(first, last), kWindowW - 1) + 1;
    if (begin < end) kernels_.fill(row + begin, end - begin, color);
}

void ExactPainter::fill_polygon(const Polygon& polygon, const Band& band) {
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
std::span<const Polygon> ExactPainter::paint_ground(const Band& band) {
    const bool hidden = !polygons_.empty() && polygons_.front().monotone && polygons_.front().y_min <= band.y_begin && polygons_.front().y_max >= band.y_end;
    if (hidden) {
        const Polygon& field = polygons_.front();
        monotone_spans(field, band.y_begin, band.y_end, band_spans_);
        const int left = *std::max_element(band_spans_.first.begin(), band_spans_.first.end());
        const int right = *std::min_element(band_spans_.last.begin(), band_spans_.last.end());
        if (left <= 0 && right >= kWindowW - 1) {
            for (int y = band.y_begin; y < band.y_end; ++y) kernels_.fill(band.row(y), kWindowW, field.color);
            return std::span<const Polygon>(polygons_).subspan(1);
        }
    }
    for (int y = band.y_begin; y < band.y_end; ++y) kernels_.fill(band.row(y), kWindowW, 0U);
    return polygons_;
}

void ExactPainter::paint_world(const Band& band, const Bars& bars) {
    for (const Polygon& polygon : paint_ground(band)) {
        if (polygon.y_min >= band.y_end || polygon.y_max < band.y_begin) continue;
        if (polygon.rule == FillRule::outlined) draw_outline(polygon, band);
        fill_polygon(polygon, band);
    }
    paint_bars(band, bars);
    shrink(band);
}

void ExactPainter::paint_panel_rows(const Band& band, const Bars& bars) {
    std::fill_n(band.pixels, static_cast<std::size_t>(kBandRows) * kRowStride, 0U);
    paint_bars(band, bars);
    shrink(band);
}

// Bars are drawn after the flip; a very tall one reaches beyond the panel.
void ExactPainter::paint_bars(const Band& band, const Bars& bars) {
    for (const Bar& bar : bars) {
        const int begin = std::max(bar.x0, 0);
        const int count = std::min(bar.x1, kWindowW - 1) + 1 - begin;
        if (count <= 0) continue;
        for (int y = std::max(kWindowH - 1 - bar.y1, band.y_begin); y <= std::min(kWindowH - 1 - bar.y0, band.y_end - 1); ++y) {
            kernels_.fill(band.row(y) + begin, count, packed(bar.r, bar.g, bar.b));
        }
    }
}

void ExactPainter::paint_score(const Scene& scene, std::uint8_t* out) {
    std::uint8_t* const panel = out + kWorldRows * kRowSums;
    constexpr std::size_t kBytes = 3 * ScoreTable::kWidth;  // of a row
    const ScoreTable::Patch patch = scores_ ? scores_->find(scene.reward) : ScoreTable::Patch{};
    if (patch.empty()) {
        paint_panel(scene, fast_panel_.data());
        for (std::size_t y = 0; y < ScoreTable::kHeight; ++y) std::copy_n(fast_panel_.data() + y * kRowSums, kBytes, panel + y * kRowSums);
        return;
    }
    for (std::size_t y = 0; y < ScoreTable::kHeight; ++y) {
        for (std::size_t x = 0; x < kBytes; ++x) panel[y * kRowSums + x] = patch[y * ScoreTable::kWidth + x / 3];
    }
}

void ExactPainter::shrink(const Band& band) {
    const std::uint32_t* above = above_;
    for (int y = band.y_end - 1; y >= band.y_begin; --y) {
        shrink_.add(above, band.row(y));
        above = band.row(y);
    }
    std::copy_n(above, kRowStride, above_);
}

}  // namespace

std::unique_ptr<Painter> make_exact_painter(std::shared_ptr<const ScoreTable> scores, const ExactKernels& kernels) {
    return std::make_unique<ExactPainter>(std::move(scores), kernels);
}
std::unique_ptr<Painter> make_exact_painter(std::shared_ptr<const ScoreTable> scores) { return make_exact_painter(std::move(scores), best_exact_kernels()); }

}  // namespace wm::racing
