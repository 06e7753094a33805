// Checked views of NumPy arrays: what does not fit is a ValueError that says what was expected and what came.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace wm::bindings {

namespace py = pybind11;
using Shape = std::vector<py::ssize_t>;

std::string describe(const py::array& array);
std::string describe(const Shape& shape);
[[noreturn]] void refuse(const char* name, const std::string& expected, const py::array& got);

template <class Value>
void require(const char* name, const py::array& array, const Shape& shape, bool writeable) {
    const bool fits = py::isinstance<py::array_t<Value, py::array::c_style>>(array) &&
                      Shape(array.shape(), array.shape() + array.ndim()) == shape && (!writeable || array.writeable());
    if (fits) return;
    const std::string kind = py::str(py::dtype::of<Value>()).cast<std::string>();
    refuse(name, std::string(writeable ? "a writeable " : "a ") + "C-contiguous " + kind + " array of shape " + describe(shape),
           array);
}

template <class Value>
const Value* input(const char* name, const py::array& array, const Shape& shape) {
    require<Value>(name, array, shape, false);
    return static_cast<const Value*>(array.data());
}

template <class Value>
Value* output(const char* name, py::array& array, const Shape& shape) {
    require<Value>(name, array, shape, true);
    return static_cast<Value*>(array.mutable_data());
}

// A read-only view of memory that `owner` keeps alive and never moves.
template <class Value>
py::array_t<Value> view(const std::vector<Value>& values, const py::handle& owner) {
    py::array_t<Value> array(static_cast<py::ssize_t>(values.size()), values.data(), owner);
    array.attr("flags").attr("writeable") = false;
    return array;
}

}  // namespace wm::bindings
