// Our own digits for the score: a few rectangles each, fitted so that the shrunk text looks like Gymnasium's.
// (Its font is GPL and is not part of this project.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace wm::racing {

constexpr std::size_t kMinus = 10;  // glyph index; 0..9 are the digits
constexpr std::size_t kGlyphs = 11;
constexpr int kDigitAdvance = 23;   // pixels of the 1000x800 surface
constexpr int kMinusAdvance = 13;
constexpr int kTextTop = 727;       // of the text's surface, which is centred on row 750

struct Ink {  // from the pen position and kTextTop, pixels
    float x, y, w, h;
};

std::span<const Ink> ink_of(std::size_t glyph);

// Gymnasium's text is kerned: tenths of a pixel to add between two digits.
constexpr std::array<std::array<std::int8_t, 10>, 10> kSpacing{{
    {24, 0, 33, 35, 0, 33, 0, 0, 27, 34},
    {0, -36, 0, 0, 0, 0, 0, -28, 0, 0},
    {33, 0, 0, 28, 0, 0, 32, 0, 29, 39},
    {25, 0, 28, 36, 0, 34, 26, 0, 33, 35},
    {37, 0, 25, 38, 0, 37, 36, 0, 41, 34},
    {0, 0, 0, 34, 0, 32, 0, 0, 26, 36},
    {28, 0, 0, 36, 0, 36, 26, 0, 33, 34},
    {0, 0, 0, 0, -26, 0, 0, 0, 0, 0},
    {27, 0, 29, 33, 0, 36, 23, 0, 30, 36},
    {0, 0, 29, 25, 0, 26, 0, 0, 0, 29},
}};

}  // namespace wm::racing
