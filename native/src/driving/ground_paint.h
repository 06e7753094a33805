// Parts of paint_ground().
#pragma once

#include <span>

#include "builder_parts.h"
#include "wm/driving/network_builder.h"

namespace wm::driving {

// A band along a lane between two offsets (m to the left), as few quads as its curves allow.
void paint_strip(Network& network, const Lane& lane, float left, float right, Paint paint);
void paint_junction(Network& network, std::span<const std::int32_t> connectors);
void paint_lines(Network& network);      // along lanes, by their edges
void paint_stop_lines(Network& network);
void paint_crossings(Network& network);  // needs attached crossings

}  // namespace wm::driving
