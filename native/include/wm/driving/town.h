// The procedural town: a jittered grid of streets with some left out, main and side streets, junctions with signals, right of
// way or neither, crossings, houses and roadside parking; all drawn from the generator. Under a millisecond to build.
#pragma once

#include "wm/core/rng.h"
#include "wm/driving/scenarios.h"

namespace wm::driving {

// Every lane has a successor and reaches every other lane. Reuses the memory of what it is given.
// config.lanes: lanes per direction of main streets, 1 to 3 (0: drawn, 1 or 2); config.signals: traffic lights at some junctions.
void build_town(const ScenarioConfig& config, core::Pcg64& rng, Network& network, Layout& layout);

}  // namespace wm::driving
