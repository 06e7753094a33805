// The line that draw.lines draws with width 2: Bresenham's, with a second pixel across it.
#pragma once

#include "paint_outline.h"
#include "paint_polygon.h"

namespace wm::racing {

void draw_stroke(const DrawnPolygon& line, const Band& band);

}  // namespace wm::racing
