#include <pybind11/pybind11.h>

#include "data.h"
#include "dream.h"
#include "driving.h"
#include "driving_dynamics.h"
#include "driving_network.h"
#include "racing.h"
#include "score_table.h"

PYBIND11_MODULE(_native, module, py::mod_gil_not_used()) {
    module.doc() = "The C++ core of wm_envs.";
    wm::bindings::bind_data(module);
    wm::bindings::bind_dream(module);
    wm::bindings::bind_dream_batch(module);
    wm::bindings::bind_score_table(module);  // before the batch, whose signature names it
    wm::bindings::bind_racing(module);
    wm::bindings::bind_driving_dynamics(module);
    wm::bindings::bind_driving_network(module);
    wm::bindings::bind_driving(module);
}
