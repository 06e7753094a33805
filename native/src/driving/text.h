// Our own 5x7 letters: capitals, digits and a few signs. Others are left blank.
#pragma once

#include <string_view>

#include "raster.h"

namespace wm::driving {

constexpr float kAdvance = 6.0f, kTextHeight = 7.0f;  // dots

inline float text_width(std::string_view text, float dot) { return dot * (kAdvance * static_cast<float>(text.size()) - 1.0f); }
// Upper left corner and size of a dot in samples.
void paint_text(Raster& raster, std::string_view text, Corner at, float dot, Color color);

}  // namespace wm::driving
