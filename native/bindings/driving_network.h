// A road network as Python sees it: imported or built by a scenario, immutable, shared with the environments on it.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "wm/driving/network.h"
#include "wm/driving/scenarios.h"

namespace py = pybind11;

namespace wm::bindings {

struct DrivingNetwork {
    std::shared_ptr<const driving::Network> network;
    driving::Layout layout;
};

void bind_driving_network(py::module_& module);

}  // namespace wm::bindings
