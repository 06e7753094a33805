// The steps of NetworkBuilder::finish().
#pragma once

#include <span>

#include "wm/driving/network.h"

namespace wm::driving {

void find_conflicts(Network& network);      // between the connectors of each junction
void attach_crossings(Network& network);    // to the lanes that they cut; needs the grid of lanes
void paint_ground(Network& network);        // asphalt, lines, stripes; sorts quads by layer
void paint_surface(Network& network, std::span<const Vec> convex, Paint paint);  // cut into quads
void index_lanes(Network& network);         // bounds; grids of lanes, obstacles and walls
void index_quads(Network& network);         // grids of quads, which must be sorted
std::uint64_t content_hash(const Network& network);

}  // namespace wm::driving
