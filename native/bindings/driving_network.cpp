#include "driving_network.h"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "arrays.h"
#include "driving_network_import.h"
#include "wm/core/rng.h"

namespace wm::bindings {
namespace {

using namespace wm::driving;
using Class = py::class_<DrivingNetwork, std::shared_ptr<DrivingNetwork>>;
using Dict = py::typing::Dict<py::str, py::object>;
template <std::size_t N, class... Floats>
struct RowOf : RowOf<N - 1, float, Floats...> {};
template <class... Floats>
struct RowOf<0, Floats...> { using type = std::tuple<Floats...>; };
template <std::size_t N>
using Rows = std::vector<typename RowOf<N>::type>;  // list[tuple[float, ...]] in Python

template <std::size_t N>
const char* name_of(const std::array<const char*, N>& names, std::size_t index) { return names[index]; }

constexpr std::array<const char*, 4> kKinds{"road", "connector", "shoulder", "parking"};
constexpr std::array<const char*, 3> kTurns{"straight", "left", "right"};
constexpr std::array<const char*, 8> kPaints{"asphalt", "pavement", "parking_bay", "white_line", "yellow_line", "crossing_stripe", "stop_line", "water"};
constexpr std::array<const char*, 3> kLights{"green", "yellow", "red"};
constexpr std::array<const char*, 8> kScenarios{"highway", "merge", "roundabout", "intersection", "racetrack", "parking", "town", "map"};

LaneId checked(const DrivingNetwork& self, int lane) {
    if (lane >= 0 && static_cast<std::size_t>(lane) < self.network->lanes.size()) return static_cast<LaneId>(lane);
    throw py::index_error("lane " + std::to_string(lane) + " of " + std::to_string(self.network->lanes.size()));
}

std::vector<int> filled(const std::array<LaneId, 4>& lanes) {
    std::vector<int> out;
    for (const LaneId lane : lanes) {
        if (lane != kNoLane) out.push_back(lane);
    }
    return out;
}

Dict lane_dict(const DrivingNetwork& self, int id) {
    using namespace py::literals;
    const Lane& lane = self.network->lane(checked(self, id));
    py::list conflicts;
    for (const Conflict& c : self.network->conflicts_of(lane)) {
        conflicts.append(py::dict("other"_a = c.other, "enter"_a = c.enter, "leave"_a = c.leave, "other_enter"_a = c.other_enter,
                                  "other_leave"_a = c.other_leave, "merge"_a = c.merge));
    }
    py::list crossings;
    for (const LaneCrossing& c : self.network->crossings_of(lane)) crossings.append(py::make_tuple(c.crossing, c.s));
    return py::dict("length"_a = lane.length, "step"_a = lane.step, "width"_a = lane.width, "speed_limit"_a = lane.speed_limit,
                    "left"_a = lane.left, "right"_a = lane.right, "next"_a = filled(lane.next), "previous"_a = filled(lane.previous),
                    "kind"_a = name_of(kKinds, static_cast<std::size_t>(lane.kind)), "turn"_a = name_of(kTurns, static_cast<std::size_t>(lane.turn)),
                    "priority"_a = static_cast<int>(lane.priority), "junction"_a = lane.junction, "signal"_a = lane.signal,
                    "ends"_a = lane.ends, "conflicts"_a = conflicts, "crossings"_a = crossings);
}

py::array_t<float> points_of(const DrivingNetwork& self, int id) {
    const auto points = self.network->points_of(self.network->lane(checked(self, id)));
    py::array_t<float> out({static_cast<py::ssize_t>(points.size()), py::ssize_t{4}});
    float* row = out.mutable_data();
    for (const LanePoint& p : points) {
        for (const float value : {p.position.x, p.position.y, p.heading, p.curvature}) *row++ = value;
    }
    return out;
}

std::tuple<py::array_t<float>, std::vector<std::string>> quads_of(const DrivingNetwork& self) {
    py::array_t<float> out({static_cast<py::ssize_t>(self.network->quads.size()), py::ssize_t{4}, py::ssize_t{2}});
    std::vector<std::string> paints;
    float* at = out.mutable_data();
    for (const GroundQuad& quad : self.network->quads) {
        for (const Vec corner : quad.corner) {
            *at++ = corner.x;
            *at++ = corner.y;
        }
        paints.emplace_back(name_of(kPaints, static_cast<std::size_t>(quad.paint)));
    }
    return {out, paints};
}

Rows<6> obstacles_of(const DrivingNetwork& self) {
    Rows<6> out;
    for (const Obstacle& o : self.network->obstacles) {
        const float heading = std::atan2(o.box.forward.y, o.box.forward.x);
        out.emplace_back(o.box.center.x, o.box.center.y, heading, o.box.half_length, o.box.half_width, o.height);
    }
    return out;
}

Dict layout_dict(const DrivingNetwork& self) {
    using namespace py::literals;
    const Layout& layout = self.layout;
    py::list traffic, places, starts, goals;
    for (const SpawnStretch& s : layout.traffic) traffic.append(py::make_tuple(s.lane, s.from, s.to, s.flow));
    for (const ParkedPlace& p : layout.places) places.append(py::make_tuple(p.pose.position.x, p.pose.position.y, p.pose.heading, p.lane));
    for (const Start& s : layout.starts) starts.append(py::make_tuple(s.lane, s.s, s.speed, s.goal_lane, s.goal_s));
    for (const ParkingGoal& g : layout.goals) goals.append(py::make_tuple(g.pose.position.x, g.pose.position.y, g.pose.heading));
    return py::dict("traffic"_a = traffic, "places"_a = places, "starts"_a = starts, "goals"_a = goals, "ring"_a = layout.ring,
                    "entries_refill"_a = layout.entries_refill, "default_vehicles"_a = layout.default_vehicles,
                    "default_pedestrians"_a = layout.default_pedestrians, "default_broken_down"_a = layout.default_broken_down);
}

Scenario scenario_of(const std::string& name) {
    std::string known;
    for (std::size_t i = 0; i + 1 < kScenarios.size(); ++i) {  // a map is imported, not built
        if (kScenarios[i] == name) return static_cast<Scenario>(i);
        known += (i ? ", '" : "'") + std::string(kScenarios[i]) + "'";
    }
    throw py::value_error("scenario: expected one of " + known + ", got '" + name + "'");
}

std::shared_ptr<DrivingNetwork> build(const std::string& scenario, const std::vector<std::uint32_t>& words, bool signals, int lanes,
                                      double parked) {
    ScenarioConfig config;
    config.scenario = scenario_of(scenario);
    config.signals = signals;
    config.lanes = lanes;
    config.parked = static_cast<float>(parked);
    core::Pcg64 rng(words);
    auto network = std::make_shared<Network>();
    auto out = std::make_shared<DrivingNetwork>();
    build_scenario(config, rng, *network, out->layout);
    out->network = network;
    return out;
}

std::optional<Dict> position_of(const LanePosition& at) {
    using namespace py::literals;
    if (at.lane == kNoLane) return std::nullopt;
    return Dict(py::dict("lane"_a = at.lane, "s"_a = at.s, "d"_a = at.d, "heading"_a = at.heading, "curvature"_a = at.curvature));
}

int checked_signal(const DrivingNetwork& self, int signal) {
    if (signal >= 0 && static_cast<std::size_t>(signal) < self.network->signals.size()) return signal;
    throw py::index_error("signal " + std::to_string(signal) + " of " + std::to_string(self.network->signals.size()));
}

void bind_queries(Class& type) {
    type.def("pose", [](const DrivingNetwork& self, int lane, float s, float d) {
            const Pose at = self.network->pose(checked(self, lane), s, d);
            return std::tuple(at.position.x, at.position.y, at.heading);
        }, py::arg("lane"), py::arg("s"), py::arg("d") = 0.0f, "(x, y, heading): m, m, rad; d to the left of the centre line")
        .def("project", [](const DrivingNetwork& self, int lane, float x, float y, float hint) {
            return position_of(self.network->project(checked(self, lane), {x, y}, hint));
        }, py::arg("lane"), py::arg("x"), py::arg("y"), py::arg("hint") = 0.0f, "lane, s, d, heading, curvature at the nearest point of a lane")
        .def("locate", [](const DrivingNetwork& self, float x, float y, float heading) {
            return position_of(self.network->locate({x, y}, heading));
        }, py::arg("x"), py::arg("y"), py::arg("heading") = 0.0f, "the same for the lane under a point; None off the road")
        .def("drivable", [](const DrivingNetwork& self, float x, float y) { return self.network->drivable({x, y}); }, py::arg("x"), py::arg("y"))
        .def("light", [](const DrivingNetwork& self, int signal, float time) {
            return kLights[static_cast<std::size_t>(self.network->light(checked_signal(self, signal), time))];
        }, py::arg("signal"), py::arg("time"), "'green', 'yellow' or 'red', time seconds after reset")
        .def("light_remaining", [](const DrivingNetwork& self, int signal, float time) {
            return self.network->light_remaining(checked_signal(self, signal), time);
        }, py::arg("signal"), py::arg("time"), "seconds until the light changes");
}

void bind_contents(Class& type) {
    type.def("lane", &lane_dict, py::arg("lane"), "the lane's numbers, links, conflicts and crossings as a dict")
        .def("points", &points_of, py::arg("lane"), "float32 [P, 4]: x, y, heading, curvature of its centre line")
        .def("quads", &quads_of, "(float32 [Q, 4, 2] corners, [Q] names of the paint), in painter's order")
        .def("obstacles", &obstacles_of, "[(x, y, heading, half length, half width, height)]")
        .def("walls", [](const DrivingNetwork& self) {
            Rows<5> out;
            for (const Wall& w : self.network->walls) out.emplace_back(w.a.x, w.a.y, w.b.x, w.b.y, w.height);
            return out;
        }, "[(ax, ay, bx, by, height)]")
        .def("signals", [](const DrivingNetwork& self) {
            Rows<6> out;
            for (const Signal& s : self.network->signals) out.emplace_back(s.position.x, s.position.y, s.heading, s.cycle, s.green_from, s.green_to);
            return out;
        }, "[(x, y, heading, cycle, green from, green to)]")
        .def("crossings", [](const DrivingNetwork& self) {
            Rows<5> out;
            for (const Crossing& c : self.network->crossings) out.emplace_back(c.a.x, c.a.y, c.b.x, c.b.y, c.half_width);
            return out;
        }, "[(ax, ay, bx, by, half width)]")
        .def("layout", &layout_dict, "where agents start, traffic lives and vehicles park")
        .def_property_readonly("bounds", [](const DrivingNetwork& self) {
            return std::tuple(self.network->low.x, self.network->low.y, self.network->high.x, self.network->high.y);
        }, "(low x, low y, high x, high y) of the roads, m")
        .def_property_readonly("num_lanes", [](const DrivingNetwork& self) { return self.network->lanes.size(); })
        .def_property_readonly("hash", [](const DrivingNetwork& self) { return self.network->hash; }, "of the content");
}

}  // namespace

void bind_driving_network(py::module_& module) {
    Class type(module, "DrivingNetwork", "A road network; see wm_envs.driving.load_opendrive and docs/driving.md.");
    type.def(py::init([](const py::array& points, const py::array& offsets, const py::array& widths, const py::array& speed_limits,
                         std::vector<std::string> kinds, const py::array& junctions, const py::array& next_lanes, const py::array& next_offsets,
                         const py::array& left, const py::array& right, const py::array& signals, const py::array& lane_signals,
                         const py::array& priorities, std::vector<std::string> left_marks, std::vector<std::string> right_marks,
                         const py::array& ends, double max_step) {
                 auto out = std::make_shared<DrivingNetwork>();
                 out->network = import_network({points, offsets, widths, speed_limits, junctions, next_lanes, next_offsets, left, right, signals,
                                                lane_signals, priorities, ends, std::move(kinds), std::move(left_marks), std::move(right_marks),
                                                static_cast<float>(max_step)});
                 layout_of(*out->network, out->layout);
                 return out;
             }),
             py::kw_only(), py::arg("points"), py::arg("offsets"), py::arg("widths"), py::arg("speed_limits"), py::arg("kinds"), py::arg("junctions"),
             py::arg("next_lanes"), py::arg("next_offsets"), py::arg("left"), py::arg("right"), py::arg("signals"), py::arg("lane_signals"),
             py::arg("priorities"), py::arg("left_marks"), py::arg("right_marks"), py::arg("ends"), py::arg("max_step"),
             "points float32 [P, 3] (x, y, heading) of all L lanes, those of lane i from offsets[i] to offsets[i + 1];\n"
             "widths, speed_limits float32 [L]; junctions, left, right, lane_signals int32 [L], -1 for none; priorities int8 [L];\n"
             "next_lanes int32, those of lane i from next_offsets[i] on; signals float32 [S, 6]: x, y, heading, cycle, green from, to;\n"
             "ends bool [L]; max_step: m between kept points. Raises ValueError for arrays that do not fit together.");
    type.def_static("build", &build, py::arg("scenario"), py::arg("words"), py::kw_only(), py::arg("signals") = true, py::arg("lanes") = 0,
                    py::arg("parked") = 0.5, "The network of a scenario, for looking at: `words` seed its generator, low word first.");
    bind_contents(type);
    bind_queries(type);
}

}  // namespace wm::bindings
