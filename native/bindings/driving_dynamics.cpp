// Vehicle models for checks from outside; wm_envs/driving/dynamics.py checks values and speaks to people.
#include "driving_dynamics.h"

#include <pybind11/numpy.h>

#include <algorithm>
#include <array>
#include <string>

#include "arrays.h"
#include "wm/driving/dynamics.h"

namespace wm::bindings {
namespace {

using driving::CarModel;
using driving::CarState;
using driving::Inputs;
using driving::KinematicState;
using driving::Pedals;
using driving::SingleTrackState;
using driving::VehicleParameters;
using Doubles = py::array_t<double, py::array::c_style>;

// Calls `call` with a value of the model's state type.
template <class Call>
Doubles with_state_of(const std::string& model, const Call& call) {
    if (model == "ks") return call(KinematicState{});
    if (model == "st") return call(SingleTrackState{});
    throw py::value_error("model '" + model + "': expected 'ks' or 'st'");
}

template <class State>
State state_at(const double* from) {
    State state;
    std::copy_n(from, state.size(), state.begin());
    return state;
}

KinematicState rates(const VehicleParameters& p, const KinematicState& x, const Inputs& u, double) {
    return driving::kinematic_derivatives(p, x, u);
}
SingleTrackState rates(const VehicleParameters& p, const SingleTrackState& x, const Inputs& u, double friction) {
    return driving::single_track_derivatives(p, x, u, friction);
}
void advance(const VehicleParameters& p, KinematicState& x, const Inputs& u, double dt, double) { driving::advance_kinematic(p, x, u, dt); }
void advance(const VehicleParameters& p, SingleTrackState& x, const Inputs& u, double dt, double friction) {
    driving::advance_single_track(p, x, u, dt, friction);
}

py::ssize_t rows(const char* name, const py::array& array, py::ssize_t axis) {
    if (array.ndim() <= axis) refuse(name, "an array of at least " + std::to_string(axis + 1) + " dimensions", array);
    return array.shape(axis);
}

Doubles derivatives(const std::string& model, const py::array& x, const py::array& u, int vehicle, double friction) {
    const VehicleParameters& p = driving::vehicle_parameters(vehicle);
    return with_state_of(model, [&](auto state) {
        using State = decltype(state);
        const auto size = static_cast<py::ssize_t>(state.size());
        const py::ssize_t count = rows("x", x, 0);
        const double* from = input<double>("x", x, {count, size});
        const double* with = input<double>("u", u, {count, 2});
        Doubles out({count, size});
        double* to = out.mutable_data();
        const py::gil_scoped_release release;
        for (py::ssize_t i = 0; i < count; ++i, from += size, with += 2) {
            const State rate = rates(p, state_at<State>(from), {with[0], with[1]}, friction);
            to = std::copy(rate.begin(), rate.end(), to);
        }
        return out;
    });
}

Doubles rollout(const std::string& model, const py::array& x0, const py::array& u, double dt, int vehicle, double friction) {
    const VehicleParameters& p = driving::vehicle_parameters(vehicle);
    return with_state_of(model, [&](auto state) {
        using State = decltype(state);
        const auto size = static_cast<py::ssize_t>(state.size());
        const py::ssize_t count = rows("x0", x0, 0);
        const py::ssize_t steps = rows("u", u, 0);
        const double* from = input<double>("x0", x0, {count, size});
        const double* with = input<double>("u", u, {steps, count, 2});
        Doubles out({steps + 1, count, size});
        double* to = std::copy_n(from, count * size, out.mutable_data());
        from = out.data();
        const py::gil_scoped_release release;
        for (py::ssize_t i = 0; i < steps * count; ++i, from += size, with += 2) {
            State next = state_at<State>(from);
            advance(p, next, {with[0], with[1]}, dt, friction);
            to = std::copy(next.begin(), next.end(), to);
        }
        return out;
    });
}

Doubles drive(const std::string& model, const py::array& x0, const py::array& pedals, double dt, int vehicle, double friction, bool reverse) {
    if (model != "ks" && model != "st") throw py::value_error("model '" + model + "': expected 'ks' or 'st'");
    const CarModel car_model{&driving::vehicle_parameters(vehicle), model == "st", friction, reverse};
    const py::ssize_t count = rows("x0", x0, 0);
    const py::ssize_t steps = rows("pedals", pedals, 0);
    const double* from = input<double>("x0", x0, {count, 7});
    const double* with = input<double>("pedals", pedals, {steps, count, 3});
    Doubles out({steps + 1, count, py::ssize_t{7}});
    double* to = out.mutable_data();
    const py::gil_scoped_release release;
    for (py::ssize_t i = 0; i < count; ++i) {
        CarState car{state_at<SingleTrackState>(from + 7 * i), 0.0, false};
        for (py::ssize_t t = 0; t <= steps; ++t) {
            std::copy(car.x.begin(), car.x.end(), to + 7 * (t * count + i));
            if (t == steps) break;
            const double* now = with + 3 * (t * count + i);
            car_model.advance(car, {now[0], now[1], now[2]}, dt);
        }
    }
    return out;
}

}  // namespace

void bind_driving_dynamics(py::module_& module) {
    module.def("driving_derivatives", &derivatives, py::arg("model"), py::arg("x"), py::arg("u"), py::arg("vehicle"), py::arg("friction"),
               "dx/dt float64 [N, 5 or 7] of x float64 [N, 5 or 7] and u float64 [N, 2]; see wm_envs.driving.derivatives");
    module.def("driving_rollout", &rollout, py::arg("model"), py::arg("x0"), py::arg("u"), py::arg("dt"), py::arg("vehicle"),
               py::arg("friction"), "float64 [T+1, N, 5 or 7] of x0 float64 [N, 5 or 7] and u float64 [T, N, 2]; see wm_envs.driving.rollout");
    module.def("driving_drive", &drive, py::arg("model"), py::arg("x0"), py::arg("pedals"), py::arg("dt"), py::arg("vehicle"),
               py::arg("friction"), py::arg("reverse"),
               "float64 [T+1, N, 7] of x0 float64 [N, 7] and pedals float64 [T, N, 3]; see wm_envs.driving.drive");
}

}  // namespace wm::bindings
