// The anti-aliased outline that gfxdraw.aapolygon draws: Wu lines with 16-bit slopes.
#pragma once

#include <cstdint>

#include "paint_polygon.h"

namespace wm::racing {

struct Band {  // rows [y_begin, y_end) of the surface (y up), stored top row first
    std::uint32_t* pixels;
    int y_begin;
    int y_end;
    int stride;

    [[nodiscard]] std::uint32_t* row(int y) const { return pixels + static_cast<std::ptrdiff_t>(y_end - 1 - y) * stride; }
};

void draw_outline(const DrawnPolygon& polygon, const Band& band);

}  // namespace wm::racing
