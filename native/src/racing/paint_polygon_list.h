// Everything that Gymnasium draws before the panel, as polygons on the surface, in its order.
#pragma once

#include <cstdint>
#include <vector>

#include "paint_polygon.h"
#include "wm/racing/scene.h"

namespace wm::racing {

constexpr std::uint32_t packed(int r, int g, int b) {  // 0x00RRGGBB
    return (static_cast<std::uint32_t>(r & 255) << 16) | (static_cast<std::uint32_t>(g & 255) << 8) | static_cast<std::uint32_t>(b & 255);
}

enum class Marks : std::uint8_t { hidden, shown };

// Those that reach the part of the surface above the panel; the field, when it does, is the first.
void collect_polygons(const Scene& scene, Marks marks, std::vector<DrawnPolygon>& out);

}  // namespace wm::racing
