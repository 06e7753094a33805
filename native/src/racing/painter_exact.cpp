// The exact painter: the surface in bands that stay in the cache, shrunk row by row as it appears.

#include <algorithm>
#include <utility>
#include <vector>

#include "paint_camera.h"
#include "paint_panel.h"
#include "paint_row_shrink.h"
#include "paint_surface.h"
#include "painter_exact.h"
#include "wm/racing/painter_exact.h"

namespace wm::racing {
namespace {

class ExactPainter final : public Painter {
public:
    ExactPainter(std::shared_ptr<const ScoreTable> scores, const ExactKernels& kernels)
        : scores_(std::move(scores)), surface_(kernels), shrink_(kernels), rows_(static_cast<std::size_t>(kBandRows + 1) * kRowStride + kAlign) {
        const auto address = reinterpret_cast<std::uintptr_t>(rows_.data());
        above_ = rows_.data() + (64 - address % 64) % 64 / sizeof(std::uint32_t);
    }

    void paint(const Scene& scene, std::uint8_t* out) override {
        surface_.look_at(scene, Marks::hidden);
        shrink_.start(out);
        std::fill_n(above_, kRowStride, 0U);
        for (int y = kWindowH; y > 0; y -= kBandRows) {
            const Band band{above_ + kRowStride, y - kBandRows, y, kRowStride};
            surface_.draw(band);
            shrink(band);
        }
        paint_score(scene, out);
    }

    void paint_small(const Scene& scene, std::uint8_t* out) override {
        paint(scene, picture_.data());
        shrink_to_64(picture_.data(), out);
    }

private:
    static constexpr std::size_t kAlign = 16;

    void paint_score(const Scene& scene, std::uint8_t* out);
    void shrink(const Band& band);

    std::shared_ptr<const ScoreTable> scores_;
    SurfacePainter surface_;
    RowShrink shrink_;
    std::array<std::uint8_t, static_cast<std::size_t>(kPanelRows) * kRowSums> fast_panel_{};
    std::array<std::uint8_t, kObsSize * kRowSums> picture_{};
    std::vector<std::uint32_t> rows_;
    std::uint32_t* above_ = nullptr;  // the row above the band, then the band
};

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
