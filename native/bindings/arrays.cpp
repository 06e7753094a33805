#include "arrays.h"

namespace wm::bindings {

std::string describe(const Shape& shape) {
    std::string text = "(";
    for (const py::ssize_t extent : shape) text += std::to_string(extent) + (shape.size() == 1 ? "," : ", ");
    if (shape.size() > 1) text.resize(text.size() - 2);
    return text + ")";
}

std::string describe(const py::array& array) {
    const std::string kind = py::str(array.dtype()).cast<std::string>();
    std::string text = kind + " array of shape " + describe(Shape(array.shape(), array.shape() + array.ndim()));
    if ((array.flags() & py::array::c_style) == 0) text += ", not C-contiguous";
    if (!array.writeable()) text += ", read-only";
    return text;
}

void refuse(const char* name, const std::string& expected, const py::array& got) {
    throw py::value_error(std::string(name) + ": expected " + expected + ", got " + describe(got));
}

}  // namespace wm::bindings
