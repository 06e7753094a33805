// What the picture for people tells about agent 0: speed, limit, pedals, wheel, light ahead, costs, progress, time.
#pragma once

#include "raster.h"
#include "wm/driving/config.h"
#include "wm/driving/task.h"
#include "wm/driving/world.h"

namespace wm::driving {

// Across the bottom `height` samples of the raster.
void paint_dashboard(Raster& raster, const World& world, const AgentRecord& agent, const DrivingConfig& config, float height);

}  // namespace wm::driving
