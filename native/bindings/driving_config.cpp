// Options of driving environments: every field of config.h as a keyword, checked.
#include <pybind11/stl.h>

#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "driving.h"
#include "driving_network.h"

namespace wm::bindings {
namespace {

using namespace wm::driving;

template <class Value>
using Names = std::vector<std::pair<std::string, Value>>;

// Takes options one by one and remembers which were asked about.
class Options {
public:
    explicit Options(const py::kwargs& given) : given_(given) {}

    void flag(const char* name, bool& value) {
        if (!asked(name)) return;
        if (!py::isinstance<py::bool_>(given_[name])) refuse(name, "True or False");
        value = given_[name].cast<bool>();
    }
    void whole(const char* name, int& value, int low, int high) {
        if (!asked(name)) return;
        const py::object number = given_[name];
        if (!py::isinstance<py::int_>(number) || py::isinstance<py::bool_>(number)) refuse(name, "a whole number");
        const auto read = number.cast<long long>();
        if (read < low || read > high) refuse(name, "from " + std::to_string(low) + " to " + std::to_string(high));
        value = static_cast<int>(read);
    }
    void real(const char* name, float& value, double low, double high) {
        if (!asked(name)) return;
        const double read = py::float_(py::object(given_[name])).cast<double>();
        if (!(read >= low && read <= high)) refuse(name, "a number from " + text(low) + " to " + text(high));
        value = static_cast<float>(read);
    }
    template <class Value>
    void choice(const char* name, Value& value, const Names<Value>& known) {
        if (!asked(name)) return;
        const auto word = py::str(given_[name]).cast<std::string>();
        std::string names;
        for (const auto& [key, meaning] : known) {
            if (key == word) {
                value = meaning;
                return;
            }
            names += (names.empty() ? "'" : ", '") + key + "'";
        }
        refuse(name, "one of " + names);
    }
    [[nodiscard]] py::object object(const char* name) { return asked(name) ? py::object(given_[name]) : py::none(); }

    void expect_all_asked() const {
        for (const auto& item : given_) {
            const auto name = item.first.cast<std::string>();
            if (!asked_.contains(name)) throw py::type_error("DrivingBatch has no option '" + name + "'");
        }
    }

private:
    bool asked(const char* name) {
        asked_.insert(name);
        return given_.contains(name);
    }
    [[noreturn]] void refuse(const char* name, const std::string& expected) const {
        throw py::value_error(std::string(name) + ": expected " + expected + ", got " + py::repr(given_[name]).cast<std::string>());
    }
    static std::string text(double value) { return py::repr(py::float_(value)).cast<std::string>(); }

    py::dict given_;
    std::set<std::string> asked_;
};

constexpr double kGreatWeight = 1e6;

void read_scenario(Options& options, ScenarioConfig& scenario) {
    options.choice<Scenario>("scenario", scenario.scenario,
                             {{"highway", Scenario::highway},
                              {"merge", Scenario::merge},
                              {"roundabout", Scenario::roundabout},
                              {"intersection", Scenario::intersection},
                              {"racetrack", Scenario::racetrack},
                              {"parking", Scenario::parking},
                              {"town", Scenario::town},
                              {"map", Scenario::map}});
    options.flag("signals", scenario.signals);
    options.whole("lanes", scenario.lanes, 0, 6);
    options.whole("vehicles", scenario.vehicles, -1, 500);
    options.real("density", scenario.density, 0.0, 3.0);
    options.real("aggressiveness", scenario.aggressiveness, 0.0, 1.0);
    options.whole("pedestrians", scenario.pedestrians, -1, 500);
    options.real("parked", scenario.parked, 0.0, 1.0);
    options.whole("broken_down", scenario.broken_down, -1, 100);
    if (const py::object map = options.object("map"); !map.is_none()) scenario.map = map.cast<const DrivingNetwork&>().network;
    if (scenario.scenario == Scenario::map && !scenario.map) throw py::value_error("map: scenario 'map' needs a DrivingNetwork");
}

void read_dynamics(Options& options, DynamicsConfig& dynamics) {
    options.choice<VehicleModel>("model", dynamics.model, {{"st", VehicleModel::single_track}, {"ks", VehicleModel::kinematic}});
    options.whole("vehicle", dynamics.vehicle, 1, 3);
    options.real("friction", dynamics.friction, 0.05, 2.0);
    options.flag("reverse", dynamics.reverse);
    options.real("control_step", dynamics.control_step, 0.01, 1.0);
    options.whole("substeps", dynamics.substeps, 1, 100);
    if (dynamics.control_step / static_cast<float>(dynamics.substeps) > 0.1001f) {
        throw py::value_error("substeps: a world step (control_step / substeps) may take 0.1 s at most");
    }
}

void read_sensors(Options& options, SensorConfig& sensors) {
    options.flag("camera", sensors.camera);
    options.flag("birdseye", sensors.birdseye);
    options.flag("lidar", sensors.lidar);
    options.flag("state", sensors.state);
    options.whole("camera_height", sensors.camera_height, 8, 1024);
    options.whole("camera_width", sensors.camera_width, 8, 1024);
    options.real("camera_fov", sensors.camera_fov, 20.0, 150.0);
    options.whole("birdseye_size", sensors.birdseye_size, 8, 1024);
    options.real("birdseye_range", sensors.birdseye_range, 5.0, 300.0);
    options.whole("lidar_beams", sensors.lidar_beams, 1, 2048);
    options.real("lidar_range", sensors.lidar_range, 1.0, 300.0);
    for (auto& [name, noise] : {std::pair<const char*, float*>{"lidar_noise", &sensors.lidar_noise},
                                {"camera_noise", &sensors.camera_noise},
                                {"state_noise", &sensors.state_noise}}) {
        options.real(name, *noise, 0.0, 255.0);
    }
    for (auto& [name, dropout] : {std::pair<const char*, float*>{"lidar_dropout", &sensors.lidar_dropout},
                                  {"camera_dropout", &sensors.camera_dropout},
                                  {"state_dropout", &sensors.state_dropout}}) {
        options.real(name, *dropout, 0.0, 1.0);
    }
}

void read_task(Options& options, TaskConfig& task) {
    options.real("route_length", task.route_length, 20.0, 100000.0);
    options.flag("end_on_collision", task.end_on_collision);
    options.flag("end_off_road", task.end_off_road);
    options.flag("end_on_red_light", task.end_on_red_light);
    options.flag("end_on_wrong_way", task.end_on_wrong_way);
    for (auto& [name, weight] : {std::pair<const char*, float*>{"w_progress", &task.w_progress},
                                 {"w_speed", &task.w_speed},
                                 {"w_comfort", &task.w_comfort},
                                 {"w_lane", &task.w_lane},
                                 {"w_collision", &task.w_collision},
                                 {"w_off_road", &task.w_off_road},
                                 {"w_success", &task.w_success},
                                 {"w_rules", &task.w_rules}}) {
        options.real(name, *weight, -kGreatWeight, kGreatWeight);
    }
}

}  // namespace

BatchConfig driving_config(const py::kwargs& given) {
    Options options(given);
    BatchConfig config;
    options.whole("num_envs", config.num_envs, 1, 1 << 20);
    options.whole("num_threads", config.num_threads, 0, 1024);
    options.whole("num_agents", config.env.num_agents, 1, 64);
    options.whole("max_episode_steps", config.max_episode_steps, 0, 1 << 30);
    options.choice<ActionMode>("actions", config.actions, {{"pedals", ActionMode::pedals}, {"accel", ActionMode::accel}});
    options.choice<core::Autoreset>(
        "autoreset", config.autoreset,
        {{"next_step", core::Autoreset::next_step}, {"same_step", core::Autoreset::same_step}, {"disabled", core::Autoreset::disabled}});
    read_scenario(options, config.env.scenario);
    read_dynamics(options, config.env.dynamics);
    read_sensors(options, config.env.sensors);
    read_task(options, config.env.task);
    options.expect_all_asked();
    return config;
}

}  // namespace wm::bindings
