// Scenarios: each makes (or shares) a network and says where agents may start, where they may go, and where traffic lives.
#pragma once

#include <memory>
#include <vector>

#include "wm/core/rng.h"
#include "wm/driving/config.h"
#include "wm/driving/network.h"

namespace wm::driving {

struct SpawnStretch {         // traffic vehicles are placed on it, evenly by density, jittered
    LaneId lane = kNoLane;
    float from = 0.0f, to = 0.0f;  // m
    float flow = 1.0f;        // relative density
};
struct ParkedPlace {          // a roadside place or a bay
    Pose pose;
    LaneId lane = kNoLane;    // the lane beside it; kNoLane in a car park
};
struct Start {                // where an agent may begin
    LaneId lane = kNoLane;
    float s = 0.0f;
    float speed = 0.0f;       // m/s
    LaneId goal_lane = kNoLane;  // fixed destination; kNoLane: drive `route_length` along a random route
    float goal_s = 0.0f;
};
struct ParkingGoal { Pose pose; };  // Scenario::parking: bring the box there, standing

struct Layout {
    std::vector<SpawnStretch> traffic;
    std::vector<ParkedPlace> places;
    std::vector<Start> starts;        // at least as many as agents for every scenario with its default arguments
    int preferred_starts = 0;         // agents take the first so many before the others (merge: the ramp); 0: all alike
    std::vector<ParkingGoal> goals;   // bays that are never in `places`, so always free; parking only
    bool ring = false;                // racetrack: routes go round and never end
    bool entries_refill = true;       // traffic that leaves the map comes back at an entry: lanes without predecessors
    int default_vehicles = 20;        // at density 1, for one agent
    int default_pedestrians = 0;
    int default_broken_down = 0;
};

// Is the network the same for every seed (then a batch shares it)?
bool fixed_network(const ScenarioConfig& config);
// Builds network and layout. Fixed scenarios ignore the generator; the town draws all of its variety from it (streets, curves,
// junction kinds, lane counts, buildings, crossings). Reuses the memory of what it is given.
void build_scenario(const ScenarioConfig& config, core::Pcg64& rng, Network& network, Layout& layout);

// A layout for a network that was imported (Scenario::map): starts and traffic on every road lane.
void layout_of(const Network& network, Layout& layout);

}  // namespace wm::driving
