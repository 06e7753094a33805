#include "paint_text.h"

#include <stdexcept>

#include "wm/racing/painter_exact.h"

namespace wm::racing {
namespace {

constexpr int kCenterX = 60;
constexpr int kCenterY = 750;
constexpr int kMaxHeight = 100;  // of the panel

}  // namespace

void check_text(const GreyText& text) {
    const bool fits = text.width > 0 && text.width <= ScoreTable::kMaxImageWidth && text.height > 0 && text.height <= kMaxHeight;
    if (!fits || text.pixels.size() != static_cast<std::size_t>(text.width) * static_cast<std::size_t>(text.height)) {
        throw std::invalid_argument("score text must be at most 120x100 grey pixels, width * height bytes");
    }
}

int text_top(const GreyText& text) { return kCenterY - text.height / 2; }

void copy_text_row(const GreyText& text, int y, std::uint32_t* surface_row) {
    const auto width = static_cast<std::size_t>(text.width);
    std::uint32_t* at = surface_row + kCenterX - text.width / 2;
    for (const std::uint8_t grey : text.pixels.subspan(static_cast<std::size_t>(y) * width, width)) *at++ = grey * 0x010101U;
}

}  // namespace wm::racing
