// One stepping of the single track for two uses: as faithful to the package as possible, and the world's cars.
#pragma once

#include "wm/driving/dynamics.h"

namespace wm::driving {

struct Stepping {
    double switching_speed;  // m/s: the kinematic model at less and in reverse; infinity: always
    double fineness;         // most sub-step times fastest pole; the method is stable to 2.78
    bool grip_limit;         // see CarModel
};

void step_single_track(const VehicleParameters& p, SingleTrackState& x, const Inputs& u, double dt, double road_friction, const Stepping& how);

}  // namespace wm::driving
