// Arrays of an imported map (wm_envs.driving.opendrive) to a network.
#pragma once

#include <pybind11/numpy.h>

#include <memory>
#include <string>
#include <vector>

#include "wm/driving/network.h"

namespace wm::bindings {

struct MapArrays {
    pybind11::array points, offsets, widths, speed_limits, junctions, next_lanes, next_offsets, left, right, signals, lane_signals, priorities,
        ends;
    std::vector<std::string> kinds, left_marks, right_marks;
    float max_step = 1.0f;
};

// Throws py::value_error for arrays that do not fit together.
std::shared_ptr<const driving::Network> import_network(const MapArrays& arrays);

}  // namespace wm::bindings
