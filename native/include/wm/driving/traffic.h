// Traffic: IDM car following (Treiber, Hennecke, Helbing 2000), MOBIL lane changes (Kesting, Treiber, Helbing 2007), right of
// way and signals at junctions, pedestrians on crossings, parked and broken-down vehicles.
#pragma once

#include "wm/driving/scenarios.h"
#include "wm/driving/world.h"

namespace wm::driving {

// IDM acceleration, m/s^2. `gap` bumper to bumper (infinity: free road), `approach` own minus leader's speed, m/s.
float idm_acceleration(const Driver& driver, float speed, float limit, float gap, float approach);

// Parameter sets as published (driving.md 1.2): Treiber, Hennecke, Helbing 2000; Kesting, Treiber, Helbing 2010 (the
// default of `aggressiveness` 0.5); those of other simulators.
enum class DriverModel : std::uint8_t { treiber_2000, kesting_2010, highway_env, waymax, nuplan };
Driver published_driver(DriverModel model);

// The most actors that a scenario can hold: what World's vectors reserve.
int actor_capacity(const ScenarioConfig& config, int num_agents);

// Fills actors (after the agents, which are already placed) with vehicles, standing vehicles and pedestrians, drawn
// from world.rng. Nobody overlaps anybody or stands in an agent's way at the start.
void spawn_traffic(const ScenarioConfig& config, const Layout& layout, World& world);

// Rebuilds world.order from lane, s, d of everybody present.
void update_order(World& world);

// Moves everybody but the agents by dt, reacting to all (agents included). Expects a fresh order; leaves it stale.
void step_traffic(const ScenarioConfig& config, const Layout& layout, World& world, float dt);

}  // namespace wm::driving
