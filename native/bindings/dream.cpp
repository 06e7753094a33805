#include "dream.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <array>
#include <bit>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrays.h"
#include "wm/dream/lane_noise.h"
#include "wm/dream/mixture.h"
#include "wm/dream/row_network.h"

namespace wm::bindings {
namespace {

using dream::Activation;
using dream::Matrix;
using dream::RowNetwork;
using Floats = py::array_t<float, py::array::c_style>;
using Optional = std::optional<py::array>;
using Arrays = py::typing::List<py::array>;

Activation activation_of(const std::string& name) {
    constexpr std::array<const char*, 5> kNames{"identity", "relu", "elu", "tanh", "sigmoid"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (name == kNames[i]) return static_cast<Activation>(i);
    }
    throw py::value_error("activation '" + name + "': expected identity, relu, elu, tanh or sigmoid");
}

Matrix matrix_of(const char* name, const py::array& weight, const Optional& bias) {
    if (weight.ndim() != 2) refuse(name, "a float32 matrix [outputs, inputs]", weight);
    const py::ssize_t outputs = weight.shape(0), inputs = weight.shape(1);
    const float* to = bias ? input<float>("bias", *bias, {outputs}) : nullptr;
    return {input<float>(name, weight, {outputs, inputs}), to, static_cast<int>(outputs), static_cast<int>(inputs)};
}

constexpr std::size_t kMost = 16;  // arrays of one side: enough, and no allocation on the way

// Pointers of a list of float32 [rows, width] arrays; rows is taken from the first.
template <class Pointer, class Width>
void gather(const char* name, const py::list& list, std::size_t count, Width width, py::ssize_t& rows, Pointer* to) {
    if (list.size() != count) {
        throw py::value_error(std::string(name) + ": expected " + std::to_string(count) + " arrays, got " + std::to_string(list.size()));
    }
    for (std::size_t i = 0; i < count; ++i) {
        const auto array = py::reinterpret_borrow<py::object>(list[i]);
        constexpr bool kWritten = !std::is_const_v<std::remove_pointer_t<Pointer>>;
        const bool known = py::isinstance<Floats>(array);
        if (!known) {
            if (!py::isinstance<py::array>(array)) throw py::type_error(std::string(name) + ": expected NumPy arrays");
            refuse(name, "C-contiguous float32 arrays", py::reinterpret_borrow<py::array>(array));
        }
        auto floats = py::reinterpret_borrow<Floats>(array);
        if (floats.ndim() == 2 && rows < 0) rows = floats.shape(0);
        if (floats.ndim() != 2 || floats.shape(0) != rows || floats.shape(1) != width(i) || (kWritten && !floats.writeable())) {
            refuse(name, std::string(kWritten ? "a writeable " : "a ") + "float32 array of shape " + describe({rows, width(i)}), floats);
        }
        if constexpr (kWritten) to[i] = floats.mutable_data();
        else to[i] = floats.data();
    }
}

void run(const RowNetwork& network, const Arrays& inputs, const Arrays& outputs) {
    std::array<const float*, kMost> in{};
    std::array<float*, kMost> out{};
    py::ssize_t rows = -1;
    gather("inputs", inputs, network.inputs(), [&](std::size_t i) { return network.input_width(i); }, rows, in.data());
    gather("outputs", outputs, network.outputs(), [&](std::size_t i) { return network.output_width(i); }, rows, out.data());
    const py::gil_scoped_release release;
    network.run(static_cast<std::size_t>(rows < 0 ? 0 : rows), {in.data(), network.inputs()}, {out.data(), network.outputs()});
}

void limited(std::size_t count, const char* what) {
    if (count >= kMost) throw py::value_error(std::string("a network has at most 16 ") + what);
}

void bind_network(py::module_& module) {
    using Values = std::vector<int>;
    py::class_<RowNetwork, std::shared_ptr<RowNetwork>>(module, "RowNetwork",
                           "A small float32 network: the bits of a row depend on that row alone, whatever its batch.\n\n"
                           "Build it value by value (weights are copied), then `run` it, also from several threads.")
        .def(py::init<int>(), py::arg("level") = -1, "level: 0 plain, 1 AVX2, 2 AVX-512; -1 the best there is.")
        .def("input", [](RowNetwork& n, int width) { limited(n.inputs(), "inputs"); return n.input(width); }, py::arg("width"),
             "A value that `run` is given, float32 [rows, width].")
        .def("dense", [](RowNetwork& n, const Values& values, const py::array& weight, const Optional& bias, const std::string& activation) {
                 return n.dense(values, matrix_of("weight", weight, bias), activation_of(activation));
             }, py::arg("values"), py::arg("weight"), py::arg("bias"), py::arg("activation") = "identity",
             "activation(weight [O, I] times the values side by side, plus bias [O]); \"identity\", \"relu\", \"elu\", \"tanh\", \"sigmoid\".")
        .def("gru", [](RowNetwork& n, const Values& values, int hidden, const py::array& ih, const py::array& hh, const Optional& bias_ih, const Optional& bias_hh) {
                 return n.gru(values, hidden, matrix_of("weight_ih", ih, bias_ih), matrix_of("weight_hh", hh, bias_hh));
             }, py::arg("values"), py::arg("hidden"), py::arg("weight_ih"), py::arg("weight_hh"), py::arg("bias_ih"), py::arg("bias_hh"),
             "A GRU cell with torch's weights; returns the new hidden value.")
        .def("lstm", [](RowNetwork& n, const Values& values, int hidden, int cell, const py::array& ih, const py::array& hh, const Optional& bias_ih, const Optional& bias_hh) {
                 return n.lstm(values, hidden, cell, matrix_of("weight_ih", ih, bias_ih), matrix_of("weight_hh", hh, bias_hh));
             }, py::arg("values"), py::arg("hidden"), py::arg("cell"), py::arg("weight_ih"), py::arg("weight_hh"), py::arg("bias_ih"), py::arg("bias_hh"),
             "An LSTM cell with torch's weights; returns the new hidden and cell values.")
        .def("output", [](RowNetwork& n, int value) { limited(n.outputs(), "outputs"); n.output(value); }, py::arg("value"),
             "Let `run` write this value.")
        .def_property_readonly("instructions", [](const RowNetwork& n) { return std::string(n.name()); },
                               "\"plain\", \"avx2\" or \"avx512\".")
        .def("run", &run, py::arg("inputs"), py::arg("outputs"),
             "inputs, outputs: float32 [rows, width] each, C-contiguous, in the order they were declared. The GIL is released.");
}

std::vector<const float*> inputs_of(const Optional* arrays, const char* const* names, const Shape* shapes, std::size_t count) {
    std::vector<const float*> pointers;
    for (std::size_t i = 0; i < count; ++i) {
        pointers.push_back(arrays[i] ? input<float>(names[i], *arrays[i], shapes[i]) : nullptr);
    }
    return pointers;
}

void sample_mixture(const py::array& outputs, const Optional& base, const Optional& noise, const Optional& uniform,
                    py::array latent, py::array spread, int components, float log_std_min, float log_std_max,
                    float temperature, int level) {
    if (latent.ndim() != 2) refuse("latent", "a float32 array [rows, dims]", latent);
    if (components < 1) throw py::value_error("components: expected at least 1, got " + std::to_string(components));
    const py::ssize_t rows = latent.shape(0), dims = latent.shape(1), count = dims * components;
    const float* described = input<float>("outputs", outputs, {rows, count * (components > 1 ? 3 : 2)});
    const Optional given[] = {base, noise, uniform};
    const char* names[] = {"base", "noise", "uniform"};
    const Shape shapes[] = {{rows, dims}, {rows, dims}, {rows, count}};
    const std::vector<const float*> in = inputs_of(given, names, shapes, 3);
    if (in[1] != nullptr && components > 1 && in[2] == nullptr) throw py::value_error("uniform: needed to choose a component");
    const dream::Mixture mixture{static_cast<int>(dims), components, log_std_min, log_std_max, temperature};
    float *to = output<float>("latent", latent, {rows, dims}), *width = output<float>("spread", spread, {rows});
    const py::gil_scoped_release release;
    dream::sample(mixture, {static_cast<std::size_t>(rows), described, in[0], in[1], in[2]}, to, width, level);
}

// Whether every number is finite: the largest exponent tells. One pass, no branches, no temporary.
bool all_finite(const Arrays& arrays) {
    for (const py::handle array : arrays) {
        if (!py::isinstance<Floats>(array)) throw py::type_error("arrays: expected C-contiguous float32 NumPy arrays");
        const auto floats = py::reinterpret_borrow<Floats>(array);
        const float* values = floats.data();
        std::int32_t largest = 0;
        for (py::ssize_t i = 0; i < floats.size(); ++i) {
            const std::int32_t bits = std::bit_cast<std::int32_t>(values[i]) & 0x7fffffff;
            largest = bits > largest ? bits : largest;
        }
        if (largest >= 0x7f800000) return false;
    }
    return true;
}

template <auto draw>
void lane_noise(const py::array& keys, py::array counts, const Optional& lanes, py::array out) {
    if (keys.ndim() != 1 || out.ndim() != 2) throw py::value_error("expected keys [N] and out [rows, columns]");
    const py::ssize_t n = keys.shape(0), rows = out.shape(0), columns = out.shape(1);
    const auto* key = input<std::uint64_t>("keys", keys, {n});
    auto* count = output<std::uint64_t>("counts", counts, {n});
    auto* to = output<float>("out", out, {rows, columns});
    const std::int64_t* chosen = nullptr;
    py::ssize_t size = n;
    if (lanes) {
        size = lanes->ndim() == 1 ? lanes->shape(0) : -1;
        chosen = input<std::int64_t>("lanes", *lanes, {size});
        for (py::ssize_t i = 0; i < size; ++i) {
            if (chosen[i] < 0 || chosen[i] >= n) throw py::index_error("lane " + std::to_string(chosen[i]) + " of " + std::to_string(n));
        }
    }
    if (size > rows) throw py::value_error("out has " + std::to_string(rows) + " rows for " + std::to_string(size) + " lanes");
    const auto lane_count = static_cast<std::size_t>(n);
    draw({{key, lane_count}, {count, lane_count}, chosen, static_cast<std::size_t>(size)}, static_cast<std::size_t>(rows),
         static_cast<std::size_t>(columns), to);
}

}  // namespace

void bind_dream(py::module_& module) {
    bind_network(module);
    module.def("sample_mixture", &sample_mixture, py::arg("outputs"), py::arg("base"), py::arg("noise"), py::arg("uniform"),
               py::arg("latent"), py::arg("spread"), py::arg("components"), py::arg("log_std_min"), py::arg("log_std_max"),
               py::arg("temperature"), py::arg("level") = -1,
               "Samples (or, without noise, the modes) of independent Gaussian mixtures, row by row to the bit.\n\n"
               "outputs: float32 [rows, parts * dims * components]: means, log standard deviations, and logits for more\n"
               "than one component. base: added to the means, [rows, dims]. latent [rows, dims] and spread [rows], the mean\n"
               "standard deviation, are written.");
    module.def("all_finite", &all_finite, py::arg("arrays"), "Whether every number of these float32 arrays is finite.");
    module.def("lane_uniform", &lane_noise<dream::draw_uniform>, py::arg("keys"), py::arg("counts"), py::arg("lanes"), py::arg("out"),
               "Uniform noise in [0, 1) of `lanes` (None: all) into the first rows of out, float32 [rows, columns].");
    module.def("lane_normal", &lane_noise<dream::draw_normal>, py::arg("keys"), py::arg("counts"), py::arg("lanes"), py::arg("out"),
               "Standard normal noise of `lanes` (None: all) into the first rows of out, float32 [rows, columns].");
}

}  // namespace wm::bindings
