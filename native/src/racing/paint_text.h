// Where the score's text stands on the surface (y down).
#pragma once

#include <cstdint>

#include "wm/racing/frame.h"

namespace wm::racing {

// Throws std::invalid_argument for a text that would leave its place or whose pixels are not width * height.
void check_text(const GreyText& text);
int text_top(const GreyText& text);
void copy_text_row(const GreyText& text, int y, std::uint32_t* surface_row);

}  // namespace wm::racing
