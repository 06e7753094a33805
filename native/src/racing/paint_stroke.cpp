#include "paint_stroke.h"

#include <cstdlib>

#include "paint_camera.h"

namespace wm::racing {
namespace {

void put(int x, int y, std::uint32_t color, const Band& band) {
    if (x >= 0 && x < kWindowW && y >= band.y_begin && y < band.y_end) band.row(y)[x] = color;
}

}  // namespace

// The line is walked from its first point: the other way round it takes other pixels.
void draw_stroke(const DrawnPolygon& line, const Band& band) {
    Pixel at = line.corners[0];
    const Pixel to = line.corners[1];
    const int dx = std::abs(to.x - at.x);
    const int dy = std::abs(to.y - at.y);
    const int step_x = at.x < to.x ? 1 : -1;
    const int step_y = at.y < to.y ? 1 : -1;
    const bool steep = dx <= dy;
    int error = (dx > dy ? dx : -dy) / 2;
    for (;;) {
        put(at.x, at.y, line.color, band);
        put(at.x + (steep ? 1 : 0), at.y + (steep ? 0 : 1), line.color, band);
        if (at.x == to.x && at.y == to.y) return;
        const int before = error;
        if (before > -dx) {
            error -= dy;
            at.x += step_x;
        }
        if (before < dy) {
            error += dx;
            at.y += step_y;
        }
    }
}

}  // namespace wm::racing
