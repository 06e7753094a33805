#include "paint_score.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "paint_digits.h"

namespace wm::racing {
namespace {

constexpr int kTextCenter = 60;  // Gymnasium centres the text here, pixels of the 1000x800 surface
constexpr int kPanelTop = 700;
constexpr int kFirstRow = 3;     // of the panel: where the text's ink begins
constexpr int kTextRows = 5;
constexpr int kCells = 25;       // pixels that a glyph's ink can span, to the right of the pen
constexpr float kPixelsX = 1000.0f / 96.0f;
constexpr float kPixelsY = 800.0f / 96.0f;
constexpr std::size_t kMaxText = 12;

// Ink left of each pixel column, per row of the observation: the text shrinks by subtracting two of these.
using RowInk = std::array<float, kCells + 1>;
using GlyphInk = std::array<RowInk, kTextRows>;

float overlap(float a0, float a1, float b0, float b1) { return std::max(std::min(a1, b1) - std::max(a0, b0), 0.0f); }

GlyphInk shrink_rows(std::size_t glyph) {
    GlyphInk out{};
    for (const Ink& ink : ink_of(glyph)) {
        const float top = static_cast<float>(kTextTop - kPanelTop) + ink.y;
        for (std::size_t r = 0; r < kTextRows; ++r) {
            const float y = static_cast<float>(r + kFirstRow) * kPixelsY;
            const float cover = overlap(top, top + ink.h, y, y + kPixelsY) / kPixelsY;
            for (std::size_t x = 0; x <= kCells; ++x) out[r][x] += cover * overlap(ink.x, ink.x + ink.w, -10.0f, static_cast<float>(x));
        }
    }
    return out;
}

const std::array<GlyphInk, kGlyphs>& glyph_table() {
    static const std::array<GlyphInk, kGlyphs> table = [] {
        std::array<GlyphInk, kGlyphs> t{};
        for (std::size_t g = 0; g < kGlyphs; ++g) t[g] = shrink_rows(g);
        return t;
    }();
    return table;
}

float ink_left_of(const RowInk& row, float x) {
    const float at = std::clamp(x, 0.0f, static_cast<float>(kCells) - 0.001f);
    const auto cell = static_cast<std::size_t>(at);
    return row[cell] + (row[cell + 1] - row[cell]) * (at - static_cast<float>(cell));
}

struct Text {
    std::array<std::size_t, kMaxText> glyph{};
    std::array<int, kMaxText> pen{};  // pixels from the text's left end
    std::size_t count = 0;
    int width = 0;
};

// Python's f"{reward:04.0f}": half to even, zero padded to four places with the sign, and "-000" for -0.4.
Text text_of(double reward) {
    Text text;
    const auto value = static_cast<std::int64_t>(std::clamp(std::abs(std::nearbyint(reward)), 0.0, 1e9));
    const bool minus = std::signbit(reward);
    std::array<char, kMaxText> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    const auto count = static_cast<std::size_t>(end - digits.data());
    const std::size_t places = minus ? 3 : 4;
    if (minus) text.glyph[text.count++] = kMinus;
    for (std::size_t i = count; i < places; ++i) text.glyph[text.count++] = 0;
    for (std::size_t i = 0; i < count; ++i) text.glyph[text.count++] = static_cast<std::size_t>(digits[i] - '0');
    return text;
}

void set_pens(Text& text) {
    int tenths = 0;
    for (std::size_t i = 0; i < text.count; ++i) {
        const std::size_t glyph = text.glyph[i];
        text.pen[i] = tenths / 10;
        tenths += 10 * (glyph == kMinus ? kMinusAdvance : kDigitAdvance);
        if (glyph != kMinus && i + 1 < text.count) tenths += kSpacing[glyph][text.glyph[i + 1]];
    }
    text.width = text.pen[text.count - 1] + (text.glyph[text.count - 1] == kMinus ? kMinusAdvance : kDigitAdvance);
}

void add_glyph(const GlyphInk& glyph, float pen, std::span<float> sums) {
    const int first = std::max(static_cast<int>(pen / kPixelsX), 0);
    const int last = std::min(static_cast<int>((pen + static_cast<float>(kCells)) / kPixelsX), 95);
    for (std::size_t r = 0; r < kTextRows; ++r) {
        float before = ink_left_of(glyph[r], static_cast<float>(first) * kPixelsX - pen);
        for (int x = first; x <= last; ++x) {
            const float upto = ink_left_of(glyph[r], static_cast<float>(x + 1) * kPixelsX - pen);
            const float grey = (upto - before) * (255.0f / kPixelsX);
            float* const at = &sums[((r + kFirstRow) * 96 + static_cast<std::size_t>(x)) * 3];
            for (int c = 0; c < 3; ++c) at[c] += grey;
            before = upto;
        }
    }
}

}  // namespace

void add_score(double reward, std::span<float> sums) {
    const std::array<GlyphInk, kGlyphs>& glyphs = glyph_table();
    Text text = text_of(reward);
    set_pens(text);
    const int left = kTextCenter - text.width / 2;
    for (std::size_t i = 0; i < text.count; ++i) add_glyph(glyphs[text.glyph[i]], static_cast<float>(left + text.pen[i]), sums);
}

}  // namespace wm::racing
