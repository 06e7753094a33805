// Connectors through junctions with their rights of way, signals, and crossings on the streets' ends.
#include <algorithm>
#include <cmath>

#include "town_plan.h"

namespace wm::driving {
namespace {

constexpr float kComfort = 2.5f;      // m/s^2 sideways in turns
constexpr float kAllRed = 1.0f;       // s

using Lanes = std::array<LaneId, kMaxStreetLanes>;

// Streets at a node: 0 east, 1 north, 2 west, 3 south; `from` and `to` of a movement are such directions.
Turn turn_of(int from, int to) {
    const int by = (to - from + 4) % 4;
    return by == 2 ? Turn::straight : by == 1 ? Turn::right : Turn::left;
}

class JunctionBuilder {
public:
    JunctionBuilder(TownRandom& random, NetworkBuilder& builder, Network& network, const TownPlan& plan, int index, std::int16_t junction)
        : random_(random), builder_(builder), network_(network), plan_(plan), node_(plan.nodes[static_cast<std::size_t>(index)]), index_(index),
          junction_(junction) {}

    void build() {
        if (node_.kind == Crossroads::signals) add_signals();
        for (int from = 0; from < 4; ++from) {
            for (int to = 0; to < 4; ++to) {
                if (from != to && has(from) && has(to)) connect(from, to);
            }
        }
        if (node_.kind != Crossroads::bend) add_crossings();
    }

private:
    [[nodiscard]] bool has(int direction) const { return node_.street[static_cast<std::size_t>(direction)] != kNone; }
    [[nodiscard]] bool has_turn(int from, Turn turn) const {
        const int by = turn == Turn::straight ? 2 : turn == Turn::right ? 1 : 3;
        return has((from + by) % 4);
    }
    [[nodiscard]] const Street& street(int direction) const {
        return plan_.streets[static_cast<std::size_t>(node_.street[static_cast<std::size_t>(direction)])];
    }
    // A street leaves its first node to the east or north, forwards.
    [[nodiscard]] const Lanes& outgoing(int direction) const { return direction < 2 ? street(direction).forward : street(direction).backward; }
    [[nodiscard]] const Lanes& incoming(int direction) const { return direction < 2 ? street(direction).backward : street(direction).forward; }

    [[nodiscard]] bool main(int direction) const {
        const bool any = std::any_of(node_.street.begin(), node_.street.end(), [&](int id) {
            return id != kNone && plan_.streets[static_cast<std::size_t>(id)].main;
        });
        return any ? street(direction).main : direction % 2 == node_.main_axis;
    }

    // Among equals traffic decides: from the right first, left turns after who comes towards them.
    [[nodiscard]] std::int8_t priority(int from) const { return node_.kind == Crossroads::priority && main(from) ? 1 : 0; }

    void connect(int from, int to) {
        const Turn turn = turn_of(from, to);
        const int in = street(from).lanes;
        const int out = street(to).lanes;
        if (node_.kind == Crossroads::bend) {
            for (int i = 0; i < in; ++i) add(from, to, i, i);
        } else if (turn == Turn::right) {
            add(from, to, 0, 0);
        } else if (turn == Turn::left) {
            // Where nobody goes straight on, all lanes but the outermost turn left.
            const int first = has_turn(from, Turn::straight) ? in - 1 : std::min(1, in - 1);
            for (int i = first; i < in; ++i) add(from, to, i, std::max(out - in + i, 0));
        } else {
            connect_straight(from, to, in, out);
        }
    }

    // Where fewer lanes go on, the outer ones turn if they can.
    void connect_straight(int from, int to, int in, int out) {
        const bool left_only = in > out && has_turn(from, Turn::left);
        const bool right_only = in > out && !left_only && has_turn(from, Turn::right);
        for (int i = right_only ? 1 : 0; i < in - (left_only ? 1 : 0); ++i) {
            add(from, to, i, std::min(right_only ? i - 1 : i, out - 1));
        }
    }

    void add(int from, int to, int in, int out) {
        const LaneId before = incoming(from)[static_cast<std::size_t>(in)];
        const LaneId after = outgoing(to)[static_cast<std::size_t>(out)];
        const float width = std::max(street(from).lane_width, street(to).lane_width);
        const Turn turn = turn_of(from, to);
        LaneSpec spec{.width = width, .speed_limit = std::min(street(from).limit, street(to).limit), .kind = LaneKind::connector, .turn = turn};
        spec.junction = junction_;
        spec.priority = priority(from);
        spec.signal = signals_[static_cast<std::size_t>(from)];
        const LaneId id = builder_.add_curve(builder_.end_of(before), builder_.start_of(after), spec);
        slow_down(network_.lanes[static_cast<std::size_t>(id)]);
        builder_.connect(before, id);
        builder_.connect(id, after);
        if (node_.kind == Crossroads::bend) mark_bend(from, to, in, id);
    }

    void slow_down(Lane& lane) const {
        float sharpest = 1e-3f;
        for (const LanePoint& at : network_.points_of(lane)) sharpest = std::max(sharpest, std::abs(at.curvature));
        lane.speed_limit = std::clamp(std::sqrt(kComfort / sharpest), 4.0f, lane.speed_limit);
    }

    void mark_bend(int from, int to, int in, LaneId id) {
        const bool innermost = in + 1 == street(from).lanes;
        const Edge middle = from > to ? Edge::none : street(from).lanes > 1 ? Edge::yellow_double : Edge::dashed;
        builder_.set_edges(id, innermost ? middle : Edge::dashed, in == 0 ? Edge::curb : Edge::none);
        if (in > 0) builder_.neighbours(id, static_cast<LaneId>(id - 1));
    }

    // Two phases: east-west and north-south.
    void add_signals() {
        const float cycle = random_.within(44.0f, 76.0f);
        const float offset = random_.within(0.0f, cycle);
        for (int d = 0; d < 4; ++d) {
            if (!has(d)) continue;
            const float from = std::fmod(offset + (d % 2 == 0 ? 0.0f : 0.5f * cycle), cycle);
            const float heading = plan_.leaving(index_, d) + kPi;
            const Pose stop = builder_.end_of(incoming(d)[0]);
            const Vec aside = (0.5f * street(d).lane_width + 0.8f) * left_of({std::cos(heading), std::sin(heading)});
            Signal signal{cycle, from, from + 0.5f * cycle - kYellow - kAllRed, stop.position - aside, heading};
            if (signal.green_to > cycle) signal.green_to -= cycle;
            signals_[static_cast<std::size_t>(d)] = static_cast<std::int16_t>(builder_.add_signal(signal));
        }
    }

    void add_crossings() {
        const float share = node_.kind == Crossroads::signals ? 0.7f : node_.kind == Crossroads::priority ? 0.35f : 0.2f;
        for (int d = 0; d < 4; ++d) {
            if (!random_.chance(share) || !has(d)) continue;
            const float heading = plan_.leaving(index_, d);
            const Vec forward{std::cos(heading), std::sin(heading)};
            const Vec middle = node_.at + (node_.radius + 2.6f) * forward;
            const Vec aside = (street(d).half_width() + 1.1f) * left_of(forward);
            builder_.add_crossing({middle - aside, middle + aside, 1.5f, signals_[static_cast<std::size_t>(d)]});
        }
    }

    TownRandom& random_;
    NetworkBuilder& builder_;
    Network& network_;
    const TownPlan& plan_;
    const TownNode& node_;
    int index_;
    std::int16_t junction_;
    std::array<std::int16_t, 4> signals_{-1, -1, -1, -1};
};

}  // namespace

void build_junctions(TownRandom& random, NetworkBuilder& builder, Network& network, const TownPlan& plan) {
    std::int16_t junctions = 0;
    for (int i = 0; i < plan.node_count; ++i) {
        const bool bend = plan.nodes[static_cast<std::size_t>(i)].kind == Crossroads::bend;
        JunctionBuilder(random, builder, network, plan, i, static_cast<std::int16_t>(bend ? -1 : junctions++)).build();
    }
}

}  // namespace wm::driving
