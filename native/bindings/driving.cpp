#include "driving.h"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "arrays.h"
#include "batch_lanes.h"
#include "driving_network.h"

namespace wm::bindings {
namespace {

using namespace wm::driving;
using Arrays = py::typing::Dict<py::str, py::array>;

// The batch as Python sees it: arrays are checked here, the GIL is released here, calls take turns here.
class PyDrivingBatch : public BatchLanes<DrivingBatch> {
public:
    using BatchLanes::BatchLanes;

    void reset(const py::array& mask, const Arrays& obs) {
        const auto* mask_data = input<bool>("mask", mask, {lanes()});
        const Readings readings = targets("obs", obs, rows());
        const std::vector<std::uint8_t> chosen(mask_data, mask_data + batch_.size());
        const py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        batch_.reset(chosen, readings);
    }

    void step(const py::array& actions, const Arrays& obs, const std::optional<Arrays>& final_obs, std::optional<py::array> infos,
              std::optional<py::array> last_infos) {
        const auto* action_data = input<double>("actions", actions, {rows(), static_cast<py::ssize_t>(batch_.action_size())});
        const Readings readings = targets("obs", obs, rows());
        const Readings last = final_obs ? targets("final_obs", *final_obs, rows()) : Readings{};
        InfoTargets infos_to = infos ? columns_in(*infos) : InfoTargets{};
        if (last_infos) infos_to.last = output<float>("last_infos", *last_infos, {rows(), names()});
        require_ready();
        const py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        batch_.step(action_data, readings, last, infos_to);
    }

    void observe(py::ssize_t lane, const Arrays& obs) {
        const std::size_t k = checked(lane);
        const Readings readings = targets("obs", obs, agents());
        require_ready(k);
        const py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        batch_.observe(k, readings);
    }

    py::array_t<std::uint8_t> render(py::ssize_t lane, int height, int width) {
        const std::size_t k = checked(lane);
        require_ready(k);
        if (height < 64 || width < 64 || height > 4096 || width > 4096) throw py::value_error("height, width: expected 64 to 4096 pixels");
        py::array_t<std::uint8_t> rgb({height, width, 3});
        auto* data = rgb.mutable_data();
        const py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        batch_.render(k, height, width, data);
        return rgb;
    }

    [[nodiscard]] std::string ending(py::ssize_t lane, int agent) const {
        const std::lock_guard lock(mutex_);
        return name_of(record(lane, agent).ending);
    }

    // x, y, heading, speed, half length, half width, kind, lane of everybody present   [k, 8]
    py::array_t<float> actors(py::ssize_t lane) const {
        const std::lock_guard lock(mutex_);
        const World& world = batch_.env(checked(lane)).world();
        std::vector<float> values;
        for (const Actor& a : world.actors) {
            if (!a.present) continue;
            values.insert(values.end(), {a.position.x, a.position.y, a.heading, a.speed, a.half_length, a.half_width,
                                         static_cast<float>(a.kind), static_cast<float>(a.lane)});
        }
        return table(values, 8);
    }

    // x, y of the points of the route that lie ahead of an agent, every `spacing` m   [count, 2]
    py::array_t<float> route(py::ssize_t lane, int agent, float spacing, int count) const {
        if (!(spacing > 0.0f) || count < 1 || count > 10000) throw py::value_error("route: expected spacing > 0 and count from 1 to 10000");
        const std::lock_guard lock(mutex_);
        const AgentRecord& driven = record(lane, agent);
        require_ready(checked(lane));
        const World& world = batch_.env(checked(lane)).world();
        std::vector<float> values;
        for (int k = 0; k < count; ++k) {
            const Actor& actor = world.actors[static_cast<std::size_t>(agent)];
            const LanePoint point = route_point(*world.network, driven.route, actor, spacing * static_cast<float>(k));
            values.insert(values.end(), {point.position.x, point.position.y});
        }
        return table(values, 2);
    }

    // x, y (m), steering angle (rad), speed (m/s), heading (rad), yaw rate (rad/s), slip angle (rad)   [7]
    py::array_t<double> car_state(py::ssize_t lane, int agent) const {
        const std::lock_guard lock(mutex_);
        const auto& x = record(lane, agent).car.x;
        return py::array_t<double>(static_cast<py::ssize_t>(x.size()), x.data());
    }

    // The pose at the end of the route, or of the bay: x, y, heading   [3]
    py::array_t<float> goal(py::ssize_t lane, int agent) const {
        const std::lock_guard lock(mutex_);
        const Pose& pose = record(lane, agent).goal;
        const std::vector<float> values{pose.position.x, pose.position.y, pose.heading};
        return py::array_t<float>(3, values.data());
    }

    [[nodiscard]] py::ssize_t agents() const { return static_cast<py::ssize_t>(batch_.agents()); }
    [[nodiscard]] py::ssize_t rows() const { return static_cast<py::ssize_t>(batch_.rows()); }

private:
    static const char* name_of(Ending ending) {
        constexpr std::array<const char*, static_cast<std::size_t>(Ending::count)> names{
            "running", "success", "collision", "off_road", "time_limit", "off_route", "red_light", "wrong_way", "sat_out"};
        return names[static_cast<std::size_t>(ending)];
    }

    static py::array_t<float> table(const std::vector<float>& values, py::ssize_t width) {
        py::array_t<float> rows({static_cast<py::ssize_t>(values.size()) / width, width});
        std::ranges::copy(values, rows.mutable_data());
        return rows;
    }

    // Where the readings of `rows` agents go; every array of a sensor that is switched on, and no other.
    [[nodiscard]] Readings targets(const char* what, const Arrays& arrays, py::ssize_t count) const {
        const SensorConfig& sensors = batch_.config().env.sensors;
        Readings readings;
        for (const auto& [key, value] : arrays) {
            const auto name = key.cast<std::string>();
            const std::string label = std::string(what) + "['" + name + "']";
            auto array = py::array::ensure(value);
            if (!array) throw py::type_error(label + ": expected a NumPy array");
            if (name == "camera" && sensors.camera) {
                readings.camera = output<std::uint8_t>(label.c_str(), array, {count, sensors.camera_height, sensors.camera_width, 3});
            } else if (name == "birdseye" && sensors.birdseye) {
                readings.birdseye = output<std::uint8_t>(label.c_str(), array, {count, sensors.birdseye_size, sensors.birdseye_size, 3});
            } else if (name == "lidar" && sensors.lidar) {
                readings.lidar = output<float>(label.c_str(), array, {count, sensors.lidar_beams});
            } else if (name == "state" && sensors.state) {
                readings.state = output<float>(label.c_str(), array, {count, state_size()});
            } else {
                throw py::value_error(label + ": this batch has no such sensor");
            }
        }
        return readings;
    }

    [[nodiscard]] static py::ssize_t names() { return static_cast<py::ssize_t>(info_names().size()); }

    // A table with a row a name, which may be longer than there are agents.
    [[nodiscard]] InfoTargets columns_in(py::array& table) const {
        const py::ssize_t stride = table.ndim() == 2 ? std::max(table.shape(1), rows()) : rows();
        return {output<double>("infos", table, {names(), stride}), static_cast<std::size_t>(stride), nullptr};
    }

    [[nodiscard]] const AgentRecord& record(py::ssize_t lane, int agent) const {
        const std::size_t k = checked(lane);
        if (agent < 0 || agent >= agents()) throw py::index_error("agent " + std::to_string(agent) + " of " + std::to_string(agents()));
        return batch_.env(k).agent(agent);
    }
};

using Class = py::class_<PyDrivingBatch>;

// [rows, info_names()], as the flat vector that it is.
py::array_t<float> info_view(const py::object& self, const std::vector<float>& values) {
    const auto width = static_cast<py::ssize_t>(info_names().size());
    py::array_t<float> array({static_cast<py::ssize_t>(values.size()) / width, width}, values.data(), self);
    array.attr("flags").attr("writeable") = false;
    return array;
}

void bind_results(Class& type) {
    bind_view(type, "rewards", [](auto& b) -> auto& { return b.rewards; }, "float64 [rows], of the last step");
    bind_view(type, "terminated", [](auto& b) -> auto& { return b.terminated; }, "uint8 [rows], in the last step");
    bind_view(type, "truncated", [](auto& b) -> auto& { return b.truncated; }, "uint8 [rows], in the last step");
    bind_view(type, "active", [](auto& b) -> auto& { return b.active; }, "uint8 [rows], agents that go on");
    bind_view(type, "was_reset", [](auto& b) -> auto& { return b.was_reset; }, "uint8 [lanes], by autoreset");
    type.def_property_readonly(
        "infos", [](const py::object& self) { return info_view(self, self.cast<PyDrivingBatch&>().batch().infos); },
        "float32 [rows, len(info_names)]");
    type.def_property_readonly(
        "final_infos", [](const py::object& self) { return info_view(self, self.cast<PyDrivingBatch&>().batch().final_infos); },
        "float32 [rows, len(info_names)], where same_step reset the lane");
}

}  // namespace

void bind_driving(py::module_& module) {
    Class type(module, "DrivingBatch", "Many driving environments stepped together; see wm_envs.driving. Rows: lane * num_agents + agent.");
    type.def(py::init([](const Words& entropy, const py::KWArgs<py::object>& options) {
                 return std::make_unique<PyDrivingBatch>(driving_config(options), entropy);
             }),
             py::kw_only(), py::arg("entropy"), "Options are named like the fields of native/include/wm/driving/config.h.");
    type.def("seed", &PyDrivingBatch::seed, py::arg("lane"), py::arg("words"), "32-bit words, low word first")
        .def("reset", &PyDrivingBatch::reset, py::arg("mask"), py::arg("obs"),
             "mask bool [lanes]; obs: camera uint8 [rows, H, W, 3], birdseye uint8 [rows, S, S, 3], lidar float32 [rows, beams], "
             "state float32 [rows, state_size], any of them, written where the mask is set")
        .def("step", &PyDrivingBatch::step, py::arg("actions"), py::arg("obs"), py::arg("final_obs") = py::none(),
             py::arg("infos") = py::none(), py::arg("last_infos") = py::none(),
             "actions float64 [rows, 3 or 2]; obs and final_obs as in reset. Written: infos float64 [len(info_names), rows or more]; "
             "last_infos float32 [rows, len(info_names)], final_infos where same_step reset the lane, else infos")
        .def("observe", &PyDrivingBatch::observe, py::arg("lane"), py::arg("obs"), "as in reset, with one row an agent")
        .def("render", &PyDrivingBatch::render, py::arg("lane"), py::arg("height"), py::arg("width"), "uint8 [height, width, 3]")
        .def("ended", &PyDrivingBatch::ended, py::arg("lane"), "whether the episode is over and the lane not reset since")
        .def("steps", &PyDrivingBatch::steps, py::arg("lane"), "decisions since reset")
        .def("ending", &PyDrivingBatch::ending, py::arg("lane"), py::arg("agent") = 0,
             "running, success, collision, off_road, time_limit, off_route, red_light, wrong_way or sat_out")
        .def("actors", &PyDrivingBatch::actors, py::arg("lane"),
             "float32 [k, 8]: x, y (m), heading (rad), speed (m/s), half length, half width (m), kind, lane of everybody present")
        .def("route", &PyDrivingBatch::route, py::arg("lane"), py::arg("agent") = 0, py::arg("spacing") = 2.0f, py::arg("count") = 50,
             "float32 [count, 2]: points of the route ahead of an agent, m")
        .def("car_state", &PyDrivingBatch::car_state, py::arg("lane"), py::arg("agent") = 0,
             "float64 [7]: x, y (m), steering angle (rad), speed (m/s), heading (rad), yaw rate (rad/s), slip angle (rad)")
        .def("goal", &PyDrivingBatch::goal, py::arg("lane"), py::arg("agent") = 0, "float32 [3]: x, y (m), heading (rad)")
        .def("get_state", &PyDrivingBatch::get_state, py::arg("lane"))
        .def("set_state", &PyDrivingBatch::set_state, py::arg("lane"), py::arg("snapshot"))
        .def_property_readonly("num_envs", &PyDrivingBatch::lanes)
        .def_property_readonly("num_agents", &PyDrivingBatch::agents)
        .def_static("info_names", [] { return info_names(); }, "columns of infos")
        .def_static("state_names", [] { return state_names(); }, "entries of the state vector")
        .def_static("state_size", [] { return state_size(); });
    bind_results(type);
}

}  // namespace wm::bindings
