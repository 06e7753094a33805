#include "racing.h"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "arrays.h"
#include "batch_lanes.h"
#include "choose.h"
#include "grey_text.h"
#include "wm/racing/batch.h"
#include "wm/core/snapshot.h"

namespace wm::bindings {
namespace {

using namespace wm::racing;

void require_range(const char* name, bool ok, const char* expected, int given) {
    if (!ok) throw py::value_error(std::string(name) + ": expected " + expected + ", got " + std::to_string(given));
}

// The batch as Python sees it: arrays are checked here, the GIL is released here, calls take turns here.
class PyRacingBatch : public BatchLanes<RacingBatch> {
public:
    using BatchLanes::BatchLanes;

    void reset(const py::array& mask, bool randomize, py::array obs) {
        const auto* mask_data = input<bool>("mask", mask, {lanes()});
        auto* obs_data = output<std::uint8_t>("obs", obs, obs_shape());
        const std::vector<std::uint8_t> chosen(mask_data, mask_data + batch_.size());
        const py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        batch_.reset(chosen, randomize, obs_data);
    }

    void step(const py::array& actions, py::array obs, std::optional<py::array> final_obs) {
        const auto width = static_cast<py::ssize_t>(batch_.action_size());
        const auto* action_data = input<double>("actions", actions, {lanes(), width});
        auto* obs_data = output<std::uint8_t>("obs", obs, obs_shape());
        auto* final_data = final_obs ? output<std::uint8_t>("final_obs", *final_obs, obs_shape()) : nullptr;
        require_ready();
        const py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        batch_.step(action_data, obs_data, final_data);
    }

    void observe(py::ssize_t lane, py::array obs) {
        const std::size_t k = checked(lane);
        Shape shape = obs_shape();
        shape.erase(shape.begin());
        auto* data = output<std::uint8_t>("obs", obs, shape);
        require_ready(k);
        const py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        batch_.observe(k, data);
    }

    py::array_t<std::uint8_t> picture(py::ssize_t lane) {
        return rendered(lane, kObsSize, kObsSize, [this](std::size_t k, std::uint8_t* rgb) { batch_.render_picture(k, rgb); });
    }

    py::array_t<std::uint8_t> video_frame(py::ssize_t lane, const py::array& score) {
        const GreyText text = grey_text(score);
        return rendered(lane, FramePainter::kVideoHeight, FramePainter::kVideoWidth,
                        [&](std::size_t k, std::uint8_t* rgb) { batch_.render_video(k, text, rgb); });
    }

    py::array_t<std::uint8_t> window_frame(py::ssize_t lane, const py::array& score) {
        const GreyText text = grey_text(score);
        return rendered(lane, FramePainter::kWindowHeight, FramePainter::kWindowWidth,
                        [&](std::size_t k, std::uint8_t* rgb) { batch_.render_window(k, text, rgb); });
    }

    py::array_t<double> track(py::ssize_t lane) const {
        const std::lock_guard lock(mutex_);
        const auto& points = batch_.env(checked(lane)).track().points;
        py::array_t<double> rows({static_cast<py::ssize_t>(points.size()), py::ssize_t{4}});
        auto* out = rows.mutable_data();
        for (const TrackPoint& p : points) {
            for (const double value : {p.alpha, p.beta, p.x, p.y}) *out++ = value;
        }
        return rows;
    }

    py::array_t<std::uint8_t> borders(py::ssize_t lane) const {
        const std::lock_guard lock(mutex_);
        const auto& border = batch_.env(checked(lane)).track().border;
        py::array_t<std::uint8_t> flags(static_cast<py::ssize_t>(border.size()));
        std::ranges::transform(border, flags.mutable_data(), [](Border b) { return static_cast<std::uint8_t>(b); });
        return flags;
    }

    // hull x, y, angle, vx, vy, angular velocity; then x, y, joint angle, omega, phase, on road for each wheel   [30]
    py::array_t<double> car_state(py::ssize_t lane) const {
        const std::lock_guard lock(mutex_);
        const Car& car = batch_.env(checked(lane)).car();
        const Body& hull = car.hull;
        py::array_t<double> state(30);
        double* out = state.mutable_data();
        const auto put = [&out](std::initializer_list<double> values) { out = std::ranges::copy(values, out).out; };
        put({hull.pose.p.x, hull.pose.p.y, hull.angle, hull.velocity.x, hull.velocity.y, hull.spin});
        for (std::size_t i = 0; i < 4; ++i) {
            const Wheel& wheel = car.wheels[i];
            put({car.bodies[i].pose.p.x, car.bodies[i].pose.p.y, car.joint_angle(i), wheel.omega, wheel.phase,
                 static_cast<double>(wheel.on_road)});
        }
        return state;
    }

    // What else stock's bodies tell: hull, then wheels; the hull's pedals are 0   [5, 12]
    py::array_t<double> bodies(py::ssize_t lane) const {
        const std::lock_guard lock(mutex_);
        const Car& car = batch_.env(checked(lane)).car();
        py::array_t<double> rows({py::ssize_t{5}, py::ssize_t{12}});
        double* out = rows.mutable_data();
        const auto put = [&out](const Body& body, const BodyModel& model, const Wheel& wheel) {
            out = std::ranges::copy(std::initializer_list<double>{body.angle, body.pose.q.s, body.pose.q.c, body.center.x, body.center.y,
                                                                  body.velocity.x, body.velocity.y, body.spin, model.mass,
                                                                  wheel.gas, wheel.brake, wheel.steer}, out).out;
        };
        put(car.hull, car_model().hull, {});
        for (std::size_t i = 0; i < 4; ++i) put(car.bodies[i], car_model().wheel, car.wheels[i]);
        return rows;
    }

    // One (on grass, points [k, 2]) for each mark, oldest first.
    py::typing::List<py::typing::Tuple<py::bool_, py::array_t<double>>> skid_marks(py::ssize_t lane) const {
        const std::lock_guard lock(mutex_);
        py::list marks;
        const Scene scene = batch_.env(checked(lane)).scene();
        for (const SkidMark& mark : scene.skid_marks) {
            py::array_t<double> points({static_cast<py::ssize_t>(mark.count), py::ssize_t{2}});
            double* out = points.mutable_data();
            for (const Vec2d& point : std::span(mark.poly).first(static_cast<std::size_t>(mark.count))) {
                *out++ = point.x;
                *out++ = point.y;
            }
            marks.append(py::make_tuple(mark.grass, points));
        }
        return marks;
    }

    [[nodiscard]] double time(py::ssize_t lane) const {
        const std::lock_guard lock(mutex_);
        return batch_.env(checked(lane)).time();
    }

    [[nodiscard]] double reward_sum(py::ssize_t lane) const {
        const std::lock_guard lock(mutex_);
        return batch_.env(checked(lane)).reward_sum();
    }


    [[nodiscard]] Shape obs_shape() const {
        const BatchConfig& config = batch_.config();
        Shape shape{lanes(), config.obs_size, config.obs_size};
        if (!config.grayscale) shape.push_back(3);
        return shape;
    }

private:
    template <class Draw>
    py::array_t<std::uint8_t> rendered(py::ssize_t lane, int height, int width, const Draw& draw) {
        const std::size_t k = checked(lane);
        require_ready(k);
        py::array_t<std::uint8_t> rgb({height, width, 3});
        auto* data = rgb.mutable_data();
        const py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        draw(k, data);
        return rgb;
    }

};

BatchConfig make_config(int num_envs, int num_threads, const std::string& actions, double lap_complete_percent,
                        bool domain_randomize, int frame_skip, int obs_size, bool grayscale, int max_episode_steps,
                        const std::string& autoreset) {
    require_range("num_envs", num_envs >= 1, "at least 1", num_envs);
    require_range("num_threads", num_threads >= 0 && num_threads <= 1024, "0 (all cores) to 1024", num_threads);
    require_range("frame_skip", frame_skip >= 1, "at least 1", frame_skip);
    require_range("obs_size", obs_size == 96 || obs_size == 64, "96 or 64", obs_size);
    require_range("max_episode_steps", max_episode_steps >= 0, "0 (no limit) or more", max_episode_steps);
    BatchConfig config;
    config.num_envs = num_envs;
    config.num_threads = num_threads;
    config.env = {lap_complete_percent, domain_randomize, frame_skip};
    config.actions = choose<ActionMode>(
        "actions", actions,
        {{"pedals", ActionMode::pedals}, {"accel", ActionMode::accel}, {"discrete", ActionMode::discrete}});
    config.obs_size = obs_size;
    config.grayscale = grayscale;
    config.max_episode_steps = max_episode_steps;
    config.autoreset = choose<core::Autoreset>(
        "autoreset", autoreset,
        {{"next_step", core::Autoreset::next_step}, {"same_step", core::Autoreset::same_step}, {"disabled", core::Autoreset::disabled}});
    return config;
}

using Class = py::class_<PyRacingBatch>;

void bind_results(Class& type) {
    bind_view(type, "rewards", [](auto& b) -> auto& { return b.rewards; }, "float64 [N], of the last step");
    bind_view(type, "terminated", [](auto& b) -> auto& { return b.terminated; }, "uint8 [N]");
    bind_view(type, "truncated", [](auto& b) -> auto& { return b.truncated; }, "uint8 [N]");
    bind_view(type, "was_reset", [](auto& b) -> auto& { return b.was_reset; }, "uint8 [N], by autoreset");
    bind_view(type, "tiles_visited", [](auto& b) -> auto& { return b.numbers.tiles_visited; }, "int64 [N]");
    bind_view(type, "tiles_total", [](auto& b) -> auto& { return b.numbers.tiles_total; }, "int64 [N]");
    bind_view(type, "speed", [](auto& b) -> auto& { return b.numbers.speed; }, "float64 [N], track units/s");
    bind_view(type, "lap", [](auto& b) -> auto& { return b.numbers.lap; },
              "int8 [N]: -1 running, 0 left the field, 1 finished");
    bind_view(type, "final_tiles_visited", [](auto& b) -> auto& { return b.final_numbers.tiles_visited; }, "int64 [N]");
    bind_view(type, "final_tiles_total", [](auto& b) -> auto& { return b.final_numbers.tiles_total; }, "int64 [N]");
    bind_view(type, "final_speed", [](auto& b) -> auto& { return b.final_numbers.speed; }, "float64 [N]");
    bind_view(type, "final_lap", [](auto& b) -> auto& { return b.final_numbers.lap; }, "int8 [N]");
}

}  // namespace

void bind_racing(py::module_& module) {
    py::register_exception<core::SnapshotError>(module, "SnapshotError", PyExc_ValueError);
    Class type(module, "CarRacingBatch", "Many CarRacing environments stepped together; see wm_envs.car_racing.");
    type.def(py::init([](int num_envs, int num_threads, const Words& entropy, const std::string& actions,
                         double lap_complete_percent, bool domain_randomize, int frame_skip, int obs_size, bool grayscale,
                         int max_episode_steps, const std::string& autoreset, std::optional<std::shared_ptr<ScoreTable>> scores) {
                 BatchConfig config = make_config(num_envs, num_threads, actions, lap_complete_percent, domain_randomize,
                                                        frame_skip, obs_size, grayscale, max_episode_steps, autoreset);
                 config.scores = scores.value_or(nullptr);
                 return std::make_unique<PyRacingBatch>(config, entropy);
             }),
             py::kw_only(), py::arg("num_envs"), py::arg("num_threads"), py::arg("entropy"), py::arg("actions"),
             py::arg("lap_complete_percent"), py::arg("domain_randomize"), py::arg("frame_skip"), py::arg("obs_size"),
             py::arg("grayscale"), py::arg("max_episode_steps"), py::arg("autoreset"), py::arg("scores") = py::none());
    type.def("seed", &PyRacingBatch::seed, py::arg("lane"), py::arg("words"), "32-bit words, low word first")
        .def("reset", &PyRacingBatch::reset, py::arg("mask"), py::arg("randomize"), py::arg("obs"),
             "mask bool [N]; obs uint8 [N, H, W, 3], or [N, H, W] in grey, is written where the mask is set")
        .def("step", &PyRacingBatch::step, py::arg("actions"), py::arg("obs"), py::arg("final_obs") = py::none(),
             "actions float64 [N, A]; obs and final_obs uint8 [N, H, W, 3], or [N, H, W] in grey, are written")
        .def("observe", &PyRacingBatch::observe, py::arg("lane"), py::arg("obs"), "obs uint8 [H, W, 3], or [H, W] in grey, is written")
        .def("picture", &PyRacingBatch::picture, py::arg("lane"), "uint8 [96, 96, 3], as stock's render() in mode state_pixels")
        .def("video_frame", &PyRacingBatch::video_frame, py::arg("lane"), py::arg("score"),
             "uint8 [400, 600, 3], as stock's rgb_array; score uint8 [h, w] is the text's picture")
        .def("window_frame", &PyRacingBatch::window_frame, py::arg("lane"), py::arg("score"),
             "uint8 [800, 1000, 3], as stock's window; score uint8 [h, w] is the text's picture")
        .def("track", &PyRacingBatch::track, py::arg("lane"), "float64 [tiles, 4]: alpha, beta, x, y")
        .def("borders", &PyRacingBatch::borders, py::arg("lane"), "uint8 [tiles]: 0 none, 1 white, 2 red")
        .def("car_state", &PyRacingBatch::car_state, py::arg("lane"),
             "float64 [30]: hull x, y, angle, vx, vy, angular velocity; x, y, joint angle, omega, phase, on road per wheel")
        .def("bodies", &PyRacingBatch::bodies, py::arg("lane"),
             "float64 [5, 12], hull and wheels: angle, its sine and cosine, centre of mass x, y, velocity x, y, angular velocity, "
             "mass, gas, brake, steer")
        .def("skid_marks", &PyRacingBatch::skid_marks, py::arg("lane"), "(on grass, float64 [k, 2]) each, oldest first")
        .def("time", &PyRacingBatch::time, py::arg("lane"), "seconds since reset")
        .def("reward_sum", &PyRacingBatch::reward_sum, py::arg("lane"), "of the episode, as the score shows it")
        .def("ended", &PyRacingBatch::ended, py::arg("lane"), "whether the episode is over and the lane not reset since")
        .def("steps", &PyRacingBatch::steps, py::arg("lane"), "decisions since reset")
        .def("get_state", &PyRacingBatch::get_state, py::arg("lane"))
        .def("set_state", &PyRacingBatch::set_state, py::arg("lane"), py::arg("snapshot"))
        .def_property_readonly("num_envs", &PyRacingBatch::lanes)
        .def_property_readonly("obs_shape", &PyRacingBatch::obs_shape);
    bind_results(type);
}

}  // namespace wm::bindings
