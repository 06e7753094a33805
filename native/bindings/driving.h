#pragma once

#include <pybind11/pybind11.h>

#include "wm/driving/batch.h"

namespace py = pybind11;

namespace wm::bindings {

// A batch configuration from keywords named like the fields of config.h; what is left out keeps its default.
// Throws py::type_error for a name that is none of them, py::value_error for a value out of range.
driving::BatchConfig driving_config(const py::kwargs& options);
void bind_driving(py::module_& module);

}  // namespace wm::bindings
