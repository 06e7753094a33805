#pragma once

#include <pybind11/pybind11.h>

namespace wm::bindings {

void bind_dream(pybind11::module_& module);
void bind_dream_batch(pybind11::module_& module);  // after bind_dream, whose network it takes

}  // namespace wm::bindings
