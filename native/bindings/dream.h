#pragma once

#include <pybind11/pybind11.h>

namespace wm::bindings {

void bind_dream(pybind11::module_& module);

}  // namespace wm::bindings
