// A crossroads with four arms of one to three lanes in each direction. With signals: two phases, left turns give way to
// the oncoming traffic. Without: the road from west to east has priority.
#include <array>

#include "scenario_parts.h"

namespace wm::driving {
namespace {

constexpr float kWidth = 3.5f;
constexpr float kArmLength = 150.0f;
constexpr float kQuarter = 0.5f * kPi;
constexpr float kCycle = 60.0f, kGreen = 25.0f;  // s; 3 of yellow, 2 of red for everybody
constexpr float kPavement = 3.0f;                // m wide

struct Arm {
    Band in, out;  // from left to right as their traffic sees them
    Vec away;
};

struct Plan {
    int lanes = 2;
    bool signals = true;
    // m from the middle to where the lanes stop: room for crossings and for right turns of 11 m radius.
    [[nodiscard]] float reach() const { return 13.0f + kWidth * static_cast<float>(lanes); }
    [[nodiscard]] float half_road() const { return kWidth * static_cast<float>(lanes); }
};

Arm add_arm(NetworkBuilder& builder, const Plan& plan, int index) {
    const LaneSpec spec{.width = kWidth, .speed_limit = 13.9f};
    const float angle = kQuarter * static_cast<float>(index);
    Arm arm;
    arm.away = {std::round(std::cos(angle)), std::round(std::sin(angle))};
    const Vec side = 0.5f * plan.half_road() * left_of(arm.away);
    const Vec outer = (plan.reach() + kArmLength) * arm.away;
    arm.in = add_band(builder, {outer + side, angle + kPi}, kArmLength, 0.0f, plan.lanes, spec, Edge::curb);
    arm.out = add_band(builder, {plan.reach() * arm.away - side, angle}, kArmLength, 0.0f, plan.lanes, spec, Edge::curb);
    const Edge between = plan.lanes == 1 ? Edge::curb : Edge::dashed;
    builder.set_edges(arm.in.front(), Edge::yellow_double, between);
    builder.set_edges(arm.out.front(), Edge::none, between);
    return arm;
}

int add_signal(NetworkBuilder& builder, const Plan& plan, const Arm& arm, int index) {
    const float from = index % 2 == 0 ? 0.0f : 0.5f * kCycle;
    const Vec right = (plan.half_road() + 1.2f) * left_of(arm.away);  // beyond the junction, where those who wait see it
    return builder.add_signal({kCycle, from, from + kGreen, right - plan.reach() * arm.away, kQuarter * static_cast<float>(index) + kPi});
}

// Which lanes may go where: left from the left lane, right from the right one, straight on from all.
void add_turns(NetworkBuilder& builder, const Plan& plan, const std::array<Arm, 4>& arms, int index, int signal) {
    const auto last = static_cast<std::size_t>(plan.lanes) - 1;
    const int road = plan.signals ? 0 : index % 2 == 0 ? 2 : 0;  // priority road without signals
    LaneSpec spec{.width = kWidth, .speed_limit = 13.9f, .kind = LaneKind::connector, .junction = 0, .signal = static_cast<std::int16_t>(signal)};
    const auto add = [&](std::size_t from, int arm, std::size_t to, Turn turn) {
        spec.turn = turn;
        spec.priority = static_cast<std::int8_t>(road + (turn == Turn::left ? 0 : 1));
        spec.speed_limit = turn == Turn::straight ? 13.9f : 8.3f;
        const LaneId start = arms[static_cast<std::size_t>(index)].in[from];
        const LaneId end = arms[static_cast<std::size_t>(arm % 4)].out[to];
        const LaneId connector = builder.add_curve(builder.end_of(start), builder.start_of(end), spec);
        builder.connect(start, connector);
        builder.connect(connector, end);
    };
    add(0, index + 3, 0, Turn::left);
    for (std::size_t i = 0; i <= last; ++i) add(i, index + 2, i, Turn::straight);
    add(last, index + 1, last, Turn::right);
}

void add_crossing(NetworkBuilder& builder, const Plan& plan, const Arm& arm, int signal) {
    const Vec side = (plan.half_road() + 1.5f) * left_of(arm.away);
    const Vec middle = (plan.reach() - 3.0f) * arm.away;
    builder.add_crossing({middle + side, middle - side, 1.5f, static_cast<std::int16_t>(signal)});
}

// Pavement along two arms and a house between them.
void add_corner(NetworkBuilder& builder, const Plan& plan, int index) {
    const float near = plan.half_road();
    const float far = plan.reach() + kArmLength;
    const Vec x = unit(kQuarter * static_cast<float>(index));
    const Vec along{std::round(x.x), std::round(x.y)};
    const Vec aside = left_of(along);
    const auto at = [&](float a, float b) { return a * along + b * aside; };
    const float end = near + kPavement;
    builder.add_surface(std::array<Vec, 4>{at(near, near), at(far, near), at(far, end), at(near, end)}, Paint::pavement);
    builder.add_surface(std::array<Vec, 4>{at(near, end), at(end, end), at(end, far), at(near, far)}, Paint::pavement);
    for (int i = 0; i < 3; ++i) {
        const float place = plan.reach() + 16.0f + 44.0f * static_cast<float>(i);
        const auto look = static_cast<std::uint8_t>(3 * index + i);
        builder.add_obstacle({{at(place, end + 11.0f), along, 12.0f, 8.0f}, 7.0f + 2.0f * static_cast<float>((index + i) % 4), look});
        if (i > 0) builder.add_obstacle({{at(end + 11.0f, place), aside, 12.0f, 8.0f}, 9.0f, static_cast<std::uint8_t>(look + 1)});
    }
}

// Agents drive in by each arm and cross to the three others in turn; left turns start on the left lane.
void add_agents(const Network& network, Layout& layout, const Plan& plan, const std::array<Arm, 4>& arms) {
    const int rows = (40 + 4 * plan.lanes - 1) / (4 * plan.lanes);
    for (int row = 0; row < rows; ++row) {
        for (std::size_t i = 0; i < 4; ++i) {
            for (std::size_t lane = 0; lane < arms[i].in.size(); ++lane) {
                const std::size_t turn = (static_cast<std::size_t>(row) + lane) % 3 + 1;  // right, straight on, left
                const Band& out = arms[(i + turn) % 4].out;
                const LaneId goal = out[turn == 3 ? 0 : turn == 1 ? out.size() - 1 : lane];
                const float s = kArmLength - 60.0f - 9.0f * static_cast<float>(row);
                layout.starts.push_back({arms[i].in[lane], s, 8.0f, goal, network.lane(goal).length - 20.0f});
            }
        }
    }
}

}  // namespace

void build_intersection(const ScenarioConfig& config, Network& network, Layout& layout) {
    const Plan plan{lanes_of(config, "intersection", 2, 3), config.signals};
    NetworkBuilder builder(network);
    std::array<Arm, 4> arms;
    for (int i = 0; i < 4; ++i) arms[static_cast<std::size_t>(i)] = add_arm(builder, plan, i);
    for (int i = 0; i < 4; ++i) {
        const Arm& arm = arms[static_cast<std::size_t>(i)];
        const int signal = plan.signals ? add_signal(builder, plan, arm, i) : -1;
        add_turns(builder, plan, arms, i, signal);
        add_crossing(builder, plan, arm, signal);
        add_corner(builder, plan, i);
    }
    builder.finish();
    add_agents(network, layout, plan, arms);
    for (const Arm& arm : arms) {
        add_traffic(network, layout, arm.in);
        add_traffic(network, layout, arm.out);
    }
    layout.default_vehicles = 20;
    layout.default_pedestrians = 6;
}

}  // namespace wm::driving
