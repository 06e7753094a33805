#include "score_table.h"

#include <memory>
#include <span>

#include "arrays.h"
#include "wm/racing/painter_exact.h"

namespace wm::bindings {
namespace {

using racing::ScoreTable;

std::span<const std::uint8_t> pixels(const py::array& grey) {
    if (grey.ndim() != 2) refuse("grey", "uint8 [H, W]", grey);
    const auto* data = input<std::uint8_t>("grey", grey, {grey.shape(0), grey.shape(1)});
    return {data, static_cast<std::size_t>(grey.size())};
}

}  // namespace

void bind_score_table(py::module_& module) {
    py::class_<ScoreTable, std::shared_ptr<ScoreTable>>(module, "ScoreTable", "The score texts of the exact painter; see wm_envs.car_racing.score_text.")
        .def(py::init<int>(), py::arg("first_value"))
        .def("add", [](ScoreTable& table, const py::array& grey) { table.add(pixels(grey), static_cast<int>(grey.shape(1)), static_cast<int>(grey.shape(0))); },
             py::arg("grey"), "The next value's text, as rendered: uint8 [H, W]")
        .def("set_negative_zero",
             [](ScoreTable& table, const py::array& grey) { table.set_negative_zero(pixels(grey), static_cast<int>(grey.shape(1)), static_cast<int>(grey.shape(0))); },
             py::arg("grey"), "The text -000: uint8 [H, W]");
}

}  // namespace wm::bindings
