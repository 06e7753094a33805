// Part of route planning that driving and planning share.
#pragma once

#include "wm/driving/task.h"

namespace wm::driving {

// Appends lanes at random until the route is long enough, its array is full or the way ends, and finds the goal in it.
void wander_on(const Network& network, const Layout& layout, core::Pcg64& rng, Route& route);

}  // namespace wm::driving
