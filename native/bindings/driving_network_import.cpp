#include "driving_network_import.h"

#include <cmath>
#include <span>
#include <utility>

#include "arrays.h"
#include "choose.h"
#include "wm/driving/network_builder.h"

namespace wm::bindings {
namespace {

using namespace wm::driving;

constexpr float kTurn = 0.5f;  // rad that make a connector a turn

LaneKind kind_of(const std::string& text) {
    return choose<LaneKind>("kinds", text, {{"road", LaneKind::road}, {"connector", LaneKind::connector},
                                            {"shoulder", LaneKind::shoulder}, {"parking", LaneKind::parking}});
}

Edge edge_of(const char* name, const std::string& text) {
    return choose<Edge>(name, text, {{"none", Edge::none}, {"dashed", Edge::dashed}, {"solid", Edge::solid},
                                     {"yellow_double", Edge::yellow_double}, {"curb", Edge::curb}});
}

Turn turn_of(std::span<const Pose> line) {
    const float turned = line.back().heading - line.front().heading;
    if (turned > kTurn) return Turn::left;
    return turned < -kTurn ? Turn::right : Turn::straight;
}

// Start of each lane's run in another array, and its end.
std::span<const std::int32_t> runs(const char* name, const py::array& array, py::ssize_t lanes, py::ssize_t total, py::ssize_t least) {
    const auto* data = input<std::int32_t>(name, array, {lanes + 1});
    bool good = data[0] == 0 && data[lanes] == total;
    for (py::ssize_t i = 0; i < lanes; ++i) good &= data[i + 1] - data[i] >= least;
    if (!good) throw py::value_error(std::string(name) + ": expected offsets that ascend from 0 to " + std::to_string(total));
    return {data, static_cast<std::size_t>(lanes + 1)};
}

std::span<const std::int32_t> indices(const char* name, const py::array& array, py::ssize_t count, py::ssize_t below) {
    const auto* data = input<std::int32_t>(name, array, {count});
    for (py::ssize_t i = 0; i < count; ++i) {
        if (data[i] < -1 || data[i] >= below) {
            throw py::value_error(std::string(name) + ": expected -1 to " + std::to_string(below - 1) + ", got " + std::to_string(data[i]));
        }
    }
    return {data, static_cast<std::size_t>(count)};
}

void require_size(const char* name, const std::vector<std::string>& values, py::ssize_t lanes) {
    if (static_cast<py::ssize_t>(values.size()) == lanes) return;
    throw py::value_error(std::string(name) + ": expected " + std::to_string(lanes) + " words, got " + std::to_string(values.size()));
}

py::ssize_t first_extent(const char* name, const py::array& array) {
    if (array.ndim() < 1) throw py::value_error(std::string(name) + ": expected an array with at least one axis");
    return array.shape(0);
}

void add_signals(NetworkBuilder& builder, const py::array& array) {
    const py::ssize_t count = first_extent("signals", array);
    const auto* row = input<float>("signals", array, {count, 6});
    for (py::ssize_t i = 0; i < count; ++i, row += 6) {
        if (!(row[3] > 0.0f) || !std::isfinite(row[3] + row[4] + row[5])) throw py::value_error("signals: expected a cycle above 0 s");
        builder.add_signal({row[3], row[4], row[5], {row[0], row[1]}, row[2]});
    }
}

class Importer {
public:
    Importer(const MapArrays& arrays, Network& network) : arrays_(arrays), builder_(network), lanes_(first_extent("widths", arrays.widths)) {}

    void run() {
        add_signals(builder_, arrays_.signals);
        add_lanes();
        link();
        builder_.finish();
    }

private:
    void add_lanes() {
        const py::ssize_t total = first_extent("points", arrays_.points);
        const auto* points = input<float>("points", arrays_.points, {total, 3});
        const auto offsets = runs("offsets", arrays_.offsets, lanes_, total, 2);
        const auto* widths = input<float>("widths", arrays_.widths, {lanes_});
        const auto* limits = input<float>("speed_limits", arrays_.speed_limits, {lanes_});
        const auto junctions = indices("junctions", arrays_.junctions, lanes_, 32767);
        const auto signals = indices("lane_signals", arrays_.lane_signals, lanes_, arrays_.signals.shape(0));
        const auto* priorities = input<std::int8_t>("priorities", arrays_.priorities, {lanes_});
        require_size("kinds", arrays_.kinds, lanes_);
        require_size("left_marks", arrays_.left_marks, lanes_);
        require_size("right_marks", arrays_.right_marks, lanes_);
        std::vector<Pose> line;
        for (std::size_t i = 0; i < static_cast<std::size_t>(lanes_); ++i) {
            line.clear();
            for (std::int32_t k = offsets[i]; k < offsets[i + 1]; ++k) line.push_back({{points[3 * k], points[3 * k + 1]}, points[3 * k + 2]});
            LaneSpec spec{.width = widths[i], .speed_limit = limits[i], .kind = kind_of(arrays_.kinds[i])};
            if (spec.kind == LaneKind::connector) spec.turn = turn_of(line);
            spec.priority = priorities[i];
            spec.junction = static_cast<std::int16_t>(junctions[i]);
            spec.signal = static_cast<std::int16_t>(signals[i]);
            const LaneId id = builder_.add_poses(line, spec, arrays_.max_step);
            builder_.set_edges(id, edge_of("left_marks", arrays_.left_marks[i]), edge_of("right_marks", arrays_.right_marks[i]));
        }
    }

    void link() {
        const py::ssize_t total = first_extent("next_lanes", arrays_.next_lanes);
        const auto next = indices("next_lanes", arrays_.next_lanes, total, lanes_);
        const auto offsets = runs("next_offsets", arrays_.next_offsets, lanes_, total, 0);
        const auto left = indices("left", arrays_.left, lanes_, lanes_);
        const auto right = indices("right", arrays_.right, lanes_, lanes_);
        const auto* ends = input<bool>("ends", arrays_.ends, {lanes_});
        for (std::size_t i = 0; i < static_cast<std::size_t>(lanes_); ++i) {
            const auto id = static_cast<LaneId>(i);
            for (auto k = static_cast<std::size_t>(offsets[i]); k < static_cast<std::size_t>(offsets[i + 1]); ++k) {
                if (next[k] < 0) throw py::value_error("next_lanes: expected indices of lanes, got -1");
                builder_.connect(id, static_cast<LaneId>(next[k]));
            }
            if (right[i] >= 0) builder_.neighbours(id, static_cast<LaneId>(right[i]));
            if (left[i] >= 0) builder_.neighbours(static_cast<LaneId>(left[i]), id);
            if (ends[i]) builder_.set_ends(id);
        }
    }

    const MapArrays& arrays_;
    NetworkBuilder builder_;
    py::ssize_t lanes_;
};

}  // namespace

std::shared_ptr<const Network> import_network(const MapArrays& arrays) {
    auto network = std::make_shared<Network>();
    Importer(arrays, *network).run();
    return network;
}

}  // namespace wm::bindings
