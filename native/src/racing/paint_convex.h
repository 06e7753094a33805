// From a polygon on Gymnasium's surface to the half planes that the fast painter fills.
#pragma once

#include <cstddef>
#include <span>

#include "paint_kernels.h"

namespace wm::racing {

struct Pixel {  // of the 1000x800 surface, y up
    int x;
    int y;
};

// Stock fills include both end pixels and have an outline: every edge moves out by about this much (pixels).
struct Growth {
    float steep;
    float flat;
};

// False when nothing of the polygon (convex, at most kMaxEdges corners) lies in the picture.
bool convex_spans(std::span<const Pixel> corners, const Growth& growth, ConvexSpans& out);

}  // namespace wm::racing
