// Gymnasium's `_create_track`: same random draws, same double expressions, same failures.
#pragma once

#include "wm/core/rng.h"
#include "wm/racing/track.h"

namespace wm::racing {

// Draws attempts from `rng` until one closes (a failed attempt goes on in the same stream, as Gymnasium's does).
void generate_track(core::Pcg64& rng, Track& track);

// Fills tiles, border and border_quads from track.points.
void build_tiles(Track& track);

}  // namespace wm::racing
