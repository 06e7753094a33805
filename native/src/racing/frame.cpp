#include "wm/racing/frame.h"

#include <algorithm>
#include <array>
#include <vector>

#include "paint_camera.h"
#include "paint_shrink_rule.h"
#include "paint_surface.h"
#include "paint_text.h"
#include "wm/core/x86.h"

namespace wm::racing {
namespace {

constexpr ShrinkRule<FramePainter::kVideoWidth> kRuleX = shrink_rule<kWindowW, FramePainter::kVideoWidth>();
constexpr ShrinkRule<FramePainter::kVideoHeight> kRuleY = shrink_rule<kWindowH, FramePainter::kVideoHeight>();

void unpack(std::uint32_t pixel, std::uint8_t* rgb) {
    rgb[0] = static_cast<std::uint8_t>(pixel >> 16);
    rgb[1] = static_cast<std::uint8_t>(pixel >> 8);
    rgb[2] = static_cast<std::uint8_t>(pixel);
}

constexpr std::size_t kChannels = 4;  // blue, green, red, unused: as a pixel's bytes lie
using VideoRow = std::array<std::uint16_t, FramePainter::kVideoWidth * kChannels>;

std::uint16_t high_product(std::uint16_t a, std::uint32_t b) { return static_cast<std::uint16_t>((a * b) >> 16); }

#if WM_X86
__m128i words_of(std::uint32_t pixel) { return _mm_unpacklo_epi8(_mm_cvtsi32_si128(static_cast<int>(pixel)), _mm_setzero_si128()); }

__m128i part_of(std::uint32_t pixel, int weight) { return _mm_mulhi_epu16(_mm_slli_epi16(words_of(pixel), 2), _mm_set1_epi16(static_cast<short>(weight))); }

void shrink_pixel(const std::uint32_t* row, const ShrinkStep& step, std::uint16_t* out) {
    __m128i sum = _mm_add_epi16(part_of(row[step.first], step.first_part), part_of(row[step.last], step.last_part));
    for (int x = step.whole; x < step.last; ++x) sum = _mm_add_epi16(sum, words_of(row[x]));
    const __m128i mean = _mm_mulhi_epu16(sum, _mm_set1_epi16(static_cast<short>(kRuleX.reciprocal)));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out), mean);
}
#else
void shrink_pixel(const std::uint32_t* row, const ShrinkStep& step, std::uint16_t* out) {
    for (int shift = 0; shift < 32; shift += 8) {
        const auto channel = [shift](std::uint32_t pixel) { return (pixel >> shift) & 255U; };
        std::uint32_t sum = shrink_part(channel(row[step.first]), step.first_part) + shrink_part(channel(row[step.last]), step.last_part);
        for (int x = step.whole; x < step.last; ++x) sum += channel(row[x]);
        *out++ = static_cast<std::uint16_t>((sum * kRuleX.reciprocal) >> 16);
    }
}
#endif

void shrink_row(const std::uint32_t* row, VideoRow& out) {
    std::uint16_t* at = out.data();
    for (const ShrinkStep& step : kRuleX.steps) {
        shrink_pixel(row, step, at);
        at += kChannels;
    }
}

void add_row(const VideoRow& row, VideoRow& sums) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + row[i]);
}

// Ends a video row with the surface row that it shares with the next, in parts `last` and the rest.
void end_row(const VideoRow& row, std::uint32_t last, VideoRow& sums, VideoRow& out) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const auto value = static_cast<std::uint16_t>(4 * row[i]);
        out[i] = high_product(static_cast<std::uint16_t>(sums[i] + high_product(value, last)), kRuleY.reciprocal);
        sums[i] = high_product(value, 0x4000U - last);
    }
}

void write_rgb(const VideoRow& row, std::uint8_t* rgb) {
    for (std::size_t i = 0; i < row.size(); i += kChannels, rgb += 3) {
        for (std::size_t c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>(row[i + 2 - c]);
    }
}

}  // namespace

class FramePainter::Canvas {
public:
    Canvas() : surface_(best_exact_kernels()), pixels_(static_cast<std::size_t>(kWindowH) * kRowStride) {}

    void draw(const Scene& scene, const GreyText& score) {
        check_text(score);
        surface_.look_at(scene, Marks::shown);
        for (int y = kWindowH; y > 0; y -= kBandRows) surface_.draw({row(kWindowH - y), y - kBandRows, y, kRowStride});
        for (int y = 0; y < score.height; ++y) copy_text_row(score, y, row(text_top(score) + y));
    }

    [[nodiscard]] std::uint32_t* row(int y) { return pixels_.data() + static_cast<std::ptrdiff_t>(y) * kRowStride; }  // y down
    void shrink(std::uint8_t* rgb);

private:
    SurfacePainter surface_;
    std::vector<std::uint32_t> pixels_;
};

void FramePainter::Canvas::shrink(std::uint8_t* rgb) {
    VideoRow shrunk{};
    VideoRow sums{};
    VideoRow mean{};
    int y = 0;
    for (const ShrinkStep& step : kRuleY.steps) {
        for (; y < step.last; ++y) {
            shrink_row(row(y), shrunk);
            add_row(shrunk, sums);
        }
        shrink_row(row(y++), shrunk);
        end_row(shrunk, step.last_part, sums, mean);
        write_rgb(mean, rgb);
        rgb += 3 * kVideoWidth;
    }
}

FramePainter::FramePainter() : canvas_(std::make_unique<Canvas>()) {}
FramePainter::~FramePainter() = default;
FramePainter::FramePainter(FramePainter&&) noexcept = default;
FramePainter& FramePainter::operator=(FramePainter&&) noexcept = default;

void FramePainter::paint_window(const Scene& scene, const GreyText& score, std::uint8_t* rgb) {
    canvas_->draw(scene, score);
    for (int y = 0; y < kWindowH; ++y) {
        const std::uint32_t* const row = canvas_->row(y);
        for (int x = 0; x < kWindowW; ++x, rgb += 3) unpack(row[x], rgb);
    }
}

void FramePainter::paint_video(const Scene& scene, const GreyText& score, std::uint8_t* rgb) {
    canvas_->draw(scene, score);
    canvas_->shrink(rgb);
}

}  // namespace wm::racing
