#pragma once

#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace wm::bindings {

void bind_racing(py::module_& module);

}  // namespace wm::bindings
