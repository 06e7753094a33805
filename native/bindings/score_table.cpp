#include "score_table.h"

#include <memory>

#include "grey_text.h"
#include "wm/racing/painter_exact.h"

namespace wm::bindings {
namespace {

using racing::ScoreTable;

void add(ScoreTable& table, const py::array& grey) {
    const racing::GreyText text = grey_text(grey);
    table.add(text.pixels, text.width, text.height);
}

void set_negative_zero(ScoreTable& table, const py::array& grey) {
    const racing::GreyText text = grey_text(grey);
    table.set_negative_zero(text.pixels, text.width, text.height);
}

}  // namespace

void bind_score_table(py::module_& module) {
    py::class_<ScoreTable, std::shared_ptr<ScoreTable>>(module, "ScoreTable", "The score texts of the exact painter; see wm_envs.car_racing.score_text.")
        .def(py::init<int>(), py::arg("first_value"))
        .def("add", &add, py::arg("grey"), "The next value's text, as rendered: uint8 [H, W]")
        .def("set_negative_zero", &set_negative_zero, py::arg("grey"), "The text -000: uint8 [H, W]");
}

}  // namespace wm::bindings
