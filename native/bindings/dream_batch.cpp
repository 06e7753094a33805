#include <pybind11/numpy.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "dream.h"
#include "wm/dream/batch.h"

namespace wm::bindings {
namespace {

using dream::DreamBatch;
using dream::RowNetwork;
using dream::StepOptions;
using dream::StepProgram;
using Floats = py::array_t<float, py::array::c_style>;
using Bounds = std::vector<float>;
using Entries = std::vector<int>;

// A batch and what a single step needs besides.
struct Dreams {
    std::shared_ptr<RowNetwork> network;
    DreamBatch batch;
    std::vector<std::uint8_t> alive;        // has ever been reset
    std::optional<py::ssize_t> first_class;  // of a Discrete action, else a Box
    Shape action_shape;
    std::vector<float> action;  // scratch of step_one
    std::vector<py::array> starts;  // whose memory the batch reads

    Dreams(std::shared_ptr<RowNetwork> net, StepProgram program, StepOptions options, std::size_t lanes, int threads,
           std::optional<py::ssize_t> first, Shape shape)
        : network(std::move(net)), batch(std::move(program), std::move(options), lanes, threads), alive(lanes),
          first_class(first), action_shape(std::move(shape)), action(batch.action_size()) {}
};

std::unique_ptr<Dreams> make(std::shared_ptr<RowNetwork> network, py::ssize_t lanes, Entries widths, Entries inputs, Entries memory,
                             int latent, int components, std::pair<float, float> log_std_limits, bool residual, float latent_limit,
                             float reward_scale, float reward_limit, double end_deadband, Bounds action_low, Bounds action_high,
                             Shape action_shape, std::optional<py::ssize_t> first_class, float temperature, bool sample_latent, bool sample_end,
                             double threshold, double pessimism, std::optional<double> max_reward, std::optional<double> max_uncertainty,
                             std::optional<std::int64_t> horizon, Entries observed, float observed_limit, int num_threads) {
    if (lanes < 1) throw py::value_error("lanes: expected at least 1, got " + std::to_string(lanes));
    if (num_threads < 0) throw py::value_error("num_threads=" + std::to_string(num_threads) + ": expected at least 0");
    StepProgram program{network, std::move(widths), std::move(inputs), std::move(memory), latent, components, log_std_limits.first,
                        log_std_limits.second, residual, latent_limit, reward_scale, reward_limit, end_deadband};
    StepOptions options{std::move(action_low), std::move(action_high), temperature, sample_latent, sample_end, threshold, pessimism,
                        max_reward.value_or(std::numeric_limits<double>::infinity()),
                        max_uncertainty.value_or(std::numeric_limits<double>::infinity()),
                        horizon.value_or(std::numeric_limits<std::int64_t>::max()), std::move(observed), observed_limit};
    return std::make_unique<Dreams>(std::move(network), std::move(program), std::move(options), static_cast<std::size_t>(lanes),
                                    num_threads, first_class, std::move(action_shape));
}

// Lanes of a call: None is all of them; indices must ascend, so that no lane is stepped twice at once.
dream::Lanes lanes_of(const Dreams& self, const std::optional<py::array>& lanes) {
    const auto n = static_cast<py::ssize_t>(self.batch.lanes());
    if (!lanes) return {nullptr, self.batch.lanes()};
    const py::ssize_t count = lanes->ndim() == 1 ? lanes->shape(0) : -1;
    const auto* index = input<std::int64_t>("lanes", *lanes, {count});
    for (py::ssize_t i = 0; i < count; ++i) {
        if (index[i] < 0 || index[i] >= n) throw py::index_error("lane " + std::to_string(index[i]) + " of " + std::to_string(n));
        if (i > 0 && index[i] <= index[i - 1]) throw py::value_error("lanes: expected ascending indices");
    }
    return {index, static_cast<std::size_t>(count)};
}

float* seen_by(const Dreams& self, std::optional<py::array>& obs) {
    if (!obs) return nullptr;
    const auto n = static_cast<py::ssize_t>(self.batch.lanes()), width = static_cast<py::ssize_t>(self.batch.observation_size());
    return output<float>("obs", *obs, {n, width});
}

using Columns = py::typing::Tuple<py::array_t<double>, py::array_t<bool>, py::array_t<bool>, py::array_t<double>, py::array_t<bool>>;

// Fresh arrays for what a step brings.
struct Told {
    py::array_t<double> reward, uncertainty;
    py::array_t<bool> terminated, truncated, invalid;

    explicit Told(py::ssize_t count) : reward(count), uncertainty(count), terminated(count), truncated(count), invalid(count) {}
    dream::StepOutcome outcome() {
        return {reward.mutable_data(), terminated.mutable_data(), truncated.mutable_data(), uncertainty.mutable_data(),
                invalid.mutable_data()};
    }
    Columns columns() const { return py::make_tuple(reward, terminated, truncated, uncertainty, invalid); }
};

std::optional<Columns> step(Dreams& self, const py::array& actions, const std::optional<py::array>& lanes, std::optional<py::array> obs) {
    const dream::Lanes chosen = lanes_of(self, lanes);
    const auto count = static_cast<py::ssize_t>(chosen.count), width = static_cast<py::ssize_t>(self.batch.action_size());
    const auto* vectors = input<float>("actions", actions, {count, width});
    float* seen = seen_by(self, obs);
    if (self.batch.first_bad_action(chosen.count, vectors) >= 0) return std::nullopt;
    Told told(count);
    const dream::StepOutcome outcome = told.outcome();
    {
        const py::gil_scoped_release release;
        self.batch.step(chosen, vectors, outcome, seen);
    }
    return told.columns();
}

std::optional<Columns> step_or_begin(Dreams& self, const py::array& ended, const py::array& actions, std::optional<py::array> obs) {
    const auto n = static_cast<py::ssize_t>(self.batch.lanes()), width = static_cast<py::ssize_t>(self.batch.action_size());
    const auto* over = input<bool>("ended", ended, {n});
    const auto* vectors = input<float>("actions", actions, {n, width});
    float* seen = seen_by(self, obs);
    if (self.starts.empty()) throw py::value_error("step_or_begin: these dreams have no starts");
    Told told(n);
    const dream::StepOutcome outcome = told.outcome();
    bool done = false;
    {
        const py::gil_scoped_release release;
        done = self.batch.step_or_begin(over, vectors, outcome, seen);
    }
    if (!done) return std::nullopt;
    return told.columns();
}

void set_starts(Dreams& self, const std::vector<py::array>& starts) {
    const auto& widths = self.batch.program().widths;
    if (starts.size() != widths.size()) throw py::value_error("starts: expected " + std::to_string(widths.size()) + " arrays");
    const py::ssize_t count = starts[0].ndim() == 2 ? starts[0].shape(0) : 0;
    std::vector<const float*> entries;
    for (std::size_t i = 0; i < starts.size(); ++i) entries.push_back(input<float>("starts", starts[i], {count, widths[i]}));
    self.batch.set_starts(std::move(entries), static_cast<std::size_t>(count));
    self.starts = starts;
}

void begin(Dreams& self, const std::optional<py::array>& lanes, std::optional<py::array> obs) {
    const dream::Lanes chosen = lanes_of(self, lanes);
    self.batch.begin(chosen, seen_by(self, obs));
    for (std::size_t i = 0; i < chosen.count; ++i) self.alive[chosen[i]] = 1;
}

// The action of the only lane as a vector; false where it is not of the plain kind.
bool read_action(Dreams& self, const py::handle& action) {
    if (self.first_class) {
        if (PyBool_Check(action.ptr()) || !PyIndex_Check(action.ptr())) return false;
        const py::ssize_t number = PyNumber_AsSsize_t(action.ptr(), nullptr);
        if (number == -1 && PyErr_Occurred()) {
            PyErr_Clear();
            return false;
        }
        const py::ssize_t index = number - *self.first_class;
        if (index < 0 || index >= static_cast<py::ssize_t>(self.action.size())) return false;
        std::fill(self.action.begin(), self.action.end(), 0.0f);
        self.action[static_cast<std::size_t>(index)] = 1.0f;
        return true;
    }
    if (!py::isinstance<Floats>(action)) return false;
    const auto floats = py::reinterpret_borrow<Floats>(action);
    const auto dims = static_cast<std::size_t>(floats.ndim());
    if (dims != self.action_shape.size() || !std::equal(self.action_shape.begin(), self.action_shape.end(), floats.shape())) return false;
    std::copy_n(floats.data(), self.action.size(), self.action.data());
    return self.batch.first_bad_action(1, self.action.data()) < 0;
}

using Single = py::typing::Tuple<py::array_t<float>, double, bool, bool, py::typing::Dict<py::str, py::object>>;

std::optional<Single> step_one(Dreams& self, const py::object& action) {
    if (self.batch.lanes() != 1) throw py::value_error("step_one: this batch has " + std::to_string(self.batch.lanes()) + " lanes");
    if (self.alive[0] == 0 || !read_action(self, action)) return std::nullopt;
    py::array_t<float> obs(static_cast<py::ssize_t>(self.batch.observation_size()));
    double reward = 0.0, uncertainty = 0.0;
    bool terminated = false, truncated = false, invalid = false;
    self.batch.step({nullptr, 1}, self.action.data(), {&reward, &terminated, &truncated, &uncertainty, &invalid}, obs.mutable_data());
    py::dict info;
    info[py::str("uncertainty")] = uncertainty;
    if (invalid) info[py::str("invalid")] = true;
    return py::make_tuple(std::move(obs), reward, terminated, truncated, std::move(info));
}

// Arrays over the batch's own memory, which lives as long as any of them.
template <class Value, class Stored>
py::array_t<Value> mine(const py::object& self, std::span<Stored> values, Shape shape) {
    static_assert(sizeof(Value) == sizeof(Stored));
    return py::array_t<Value>(std::move(shape), reinterpret_cast<Value*>(values.data()), self);
}

py::typing::List<py::array_t<float>> states(const py::object& self) {
    auto& dreams = self.cast<Dreams&>();
    py::list list;
    const auto& widths = dreams.batch.program().widths;
    for (std::size_t entry = 0; entry < widths.size(); ++entry) {
        list.append(mine<float>(self, dreams.batch.state(entry), {static_cast<py::ssize_t>(dreams.batch.lanes()), widths[entry]}));
    }
    return list;
}

template <class Value, auto get>
py::array_t<Value> column(const py::object& self) {
    const auto values = get(self.cast<Dreams&>());
    return mine<Value>(self, values, {static_cast<py::ssize_t>(values.size())});
}

}  // namespace

void bind_dream_batch(py::module_& module) {
    py::class_<Dreams>(module, "DreamBatch", "Dreams stepped together by a `wm_zoo.api.nn.StepProgram`; see wm_envs.dream.native.")
        .def(py::init(&make), py::kw_only(), py::arg("network"), py::arg("lanes"), py::arg("widths"), py::arg("inputs"),
             py::arg("memory"), py::arg("latent"), py::arg("components"), py::arg("log_std_limits"), py::arg("residual"),
             py::arg("latent_limit"), py::arg("reward_scale"), py::arg("reward_limit"), py::arg("end_deadband"),
             py::arg("action_low"), py::arg("action_high"), py::arg("action_shape"), py::arg("first_class"), py::arg("temperature"),
             py::arg("sample_latent"), py::arg("sample_end"), py::arg("threshold"), py::arg("pessimism"), py::arg("max_reward"), py::arg("max_uncertainty"), py::arg("horizon"),
             py::arg("observed"), py::arg("observed_limit"), py::arg("num_threads"),
             "widths: of the state entries. inputs: of the network: state entries, -1 the action. memory: state entries that become\n"
             "the network's first outputs. observed: state entries side by side. first_class: of a Discrete action, None for a Box.")
        .def("step", &step, py::arg("actions"), py::arg("lanes"), py::arg("obs"),
             "Step `lanes` (int64 [M] ascending, None: all) with action vectors float32 [M, A]: reward, terminated, truncated,\n"
             "uncertainty, invalid, [M] each; rows of `lanes` of obs float32 [N, F] are written (None: nowhere).\n"
             "None, and nothing has changed, where an action is not finite. The GIL is released.")
        .def("step_or_begin", &step_or_begin, py::arg("ended"), py::arg("actions"), py::arg("obs"),
             "As `step` of all lanes, but where `ended` (bool [N]) is set, a new episode begins, and the action is ignored.")
        .def("step_one", &step_one, py::arg("action"),
             "The only lane's step with an environment's action: what `gymnasium.Env.step` returns. None, and nothing has\n"
             "changed, where the lane was never reset or the action is not a finite one of the space's shape, float32 or an integer.")
        .def("set_starts", &set_starts, py::arg("starts"),
             "Where episodes may begin: float32 [M, width] of every state entry. The arrays are kept and must not change.")
        .def("begin", &begin, py::arg("lanes"), py::arg("obs"),
             "Begin an episode in `lanes` at a start that each lane's own noise draws: row floor(M * uniform). obs as in `step`.")
        .def("look", [](const Dreams& self, const std::optional<py::array>& lanes, py::array obs) {
                 std::optional<py::array> seen(std::move(obs));
                 self.batch.look(lanes_of(self, lanes), seen_by(self, seen));
             }, py::arg("lanes"), py::arg("obs"), "Write rows of `lanes` of obs float32 [N, F].")
        .def_property_readonly("states", &states, "The state entries, float32 [N, width] each: the batch's own memory, writeable.")
        .def_property_readonly("noise_keys", &column<std::uint64_t, [](Dreams& d) { return d.batch.noise_keys(); }>, "uint64 [N], writeable.")
        .def_property_readonly("noise_counts", &column<std::uint64_t, [](Dreams& d) { return d.batch.noise_counts(); }>, "uint64 [N], writeable.")
        .def_property_readonly("steps", &column<std::int64_t, [](Dreams& d) { return d.batch.steps(); }>, "int64 [N], writeable: of the episode.")
        .def_property_readonly("alive", &column<bool, [](Dreams& d) { return std::span(d.alive); }>, "bool [N], writeable: was ever reset.")
        .def_property_readonly("num_threads", [](const Dreams& self) { return self.batch.threads(); }, "Threads that share the lanes.");
}

}  // namespace wm::bindings
