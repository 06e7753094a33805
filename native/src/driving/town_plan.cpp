#include "town_plan.h"

#include <algorithm>
#include <cmath>

namespace wm::driving {
namespace {

constexpr float kCurbRadius = 5.0f;            // m, of the corners between streets
constexpr float kLeastRadius = 8.0f, kMostRadius = 24.0f;

void lay_nodes(TownRandom& random, TownPlan& plan) {
    constexpr std::array<std::array<int, 2>, 4> kSizes{{{4, 4}, {4, 4}, {5, 3}, {3, 5}}};
    const auto size = kSizes[static_cast<std::size_t>(random.below(4))];
    plan.columns = size[0];
    plan.rows = size[1];
    plan.node_count = plan.columns * plan.rows;
    std::array<float, 5> x{}, y{};
    for (std::size_t i = 1; i < 5; ++i) {
        x[i] = x[i - 1] + random.within(84.0f, 120.0f);
        y[i] = y[i - 1] + random.within(84.0f, 120.0f);
    }
    for (int i = 0; i < plan.node_count; ++i) {
        TownNode& node = plan.nodes[static_cast<std::size_t>(i)];
        node = {};
        const Vec jitter{random.within(-8.0f, 8.0f), random.within(-8.0f, 8.0f)};
        node.at = Vec{x[static_cast<std::size_t>(i % plan.columns)], y[static_cast<std::size_t>(i / plan.columns)]} + jitter;
    }
}

void add_street(TownPlan& plan, int from, int to, int direction) {
    const int id = plan.street_count++;
    Street& street = plan.streets[static_cast<std::size_t>(id)];
    street = {};
    street.from = from;
    street.to = to;
    street.direction = direction;
    plan.nodes[static_cast<std::size_t>(from)].street[static_cast<std::size_t>(direction)] = id;
    plan.nodes[static_cast<std::size_t>(to)].street[static_cast<std::size_t>(direction + 2)] = id;
}

void lay_grid(TownPlan& plan) {
    plan.street_count = 0;
    for (int i = 0; i < plan.node_count; ++i) {
        if (i % plan.columns + 1 < plan.columns) add_street(plan, i, i + 1, 0);
        if (i / plan.columns + 1 < plan.rows) add_street(plan, i, i + plan.columns, 1);
    }
}

int degree_of(const TownNode& node) {
    return static_cast<int>(std::count_if(node.street.begin(), node.street.end(), [](int street) { return street != kNone; }));
}

bool connected(const TownPlan& plan) {
    std::uint32_t reached = 1;
    for (std::uint32_t before = 0; before != reached;) {
        before = reached;
        for (int i = 0; i < plan.node_count; ++i) {
            if ((reached >> i & 1U) == 0) continue;
            for (const int street : plan.nodes[static_cast<std::size_t>(i)].street) {
                if (street == kNone) continue;
                const Street& s = plan.streets[static_cast<std::size_t>(street)];
                reached |= 1U << s.from | 1U << s.to;
            }
        }
    }
    return reached == (1U << plan.node_count) - 1U;
}

void unlink(TownPlan& plan, int id, int value) {
    const Street& street = plan.streets[static_cast<std::size_t>(id)];
    plan.nodes[static_cast<std::size_t>(street.from)].street[static_cast<std::size_t>(street.direction)] = value;
    plan.nodes[static_cast<std::size_t>(street.to)].street[static_cast<std::size_t>(street.direction + 2)] = value;
}

// Leaves streets out. Every node keeps two and all stay connected: then, without any turning round, every lane reaches every other.
void leave_out(TownRandom& random, TownPlan& plan) {
    int left = static_cast<int>(static_cast<float>(plan.street_count) * random.within(0.03f, 0.2f));
    for (int tries = 0; tries < 30 && left > 0; ++tries) {
        const int id = random.below(plan.street_count);
        const Street& street = plan.streets[static_cast<std::size_t>(id)];
        const TownNode& from = plan.nodes[static_cast<std::size_t>(street.from)];
        const TownNode& to = plan.nodes[static_cast<std::size_t>(street.to)];
        if (from.street[static_cast<std::size_t>(street.direction)] != id) continue;  // gone already
        if (degree_of(from) < 3 || degree_of(to) < 3) continue;
        unlink(plan, id, kNone);
        if (connected(plan)) {
            --left;
        } else {
            unlink(plan, id, id);
        }
    }
}

void close_ranks(TownPlan& plan) {  // drops the streets that were left out from the list
    int kept = 0;
    for (int id = 0; id < plan.street_count; ++id) {
        const Street street = plan.streets[static_cast<std::size_t>(id)];
        if (plan.nodes[static_cast<std::size_t>(street.from)].street[static_cast<std::size_t>(street.direction)] != id) continue;
        plan.streets[static_cast<std::size_t>(kept)] = street;
        unlink(plan, kept, kept);
        ++kept;
    }
    plan.street_count = kept;
    for (TownNode& node : plan.nodes) node.degree = degree_of(node);
}

// One or two rows and columns are main streets. At a bend the street goes on, so it stays what it is.
void choose_main(TownRandom& random, TownPlan& plan) {
    const int row = random.below(plan.rows);
    const int column = random.chance(0.7f) ? random.below(plan.columns) : kNone;
    for (int id = 0; id < plan.street_count; ++id) {
        Street& street = plan.streets[static_cast<std::size_t>(id)];
        street.main = street.direction == 0 ? street.from / plan.columns == row : street.from % plan.columns == column;
    }
    for (int again = 0; again < plan.street_count; ++again) {
        for (const TownNode& node : plan.nodes) {
            if (node.degree != 2) continue;
            bool main = false;
            for (const int id : node.street) main |= id != kNone && plan.streets[static_cast<std::size_t>(id)].main;
            for (const int id : node.street) {
                if (id != kNone && main) plan.streets[static_cast<std::size_t>(id)].main = true;
            }
        }
    }
}

void furnish_streets(const ScenarioConfig& config, TownRandom& random, TownPlan& plan) {
    const int drawn = random.chance(0.6f) ? 2 : 1;
    const int lanes = config.lanes > 0 ? std::min(config.lanes, kMaxStreetLanes) : drawn;
    const float main_limit = random.chance(0.5f) ? 13.9f : 12.5f;
    for (int id = 0; id < plan.street_count; ++id) {
        Street& street = plan.streets[static_cast<std::size_t>(id)];
        street.lanes = street.main ? lanes : 1;
        street.lane_width = street.main ? 3.5f : 3.25f;
        street.limit = street.main ? main_limit : random.chance(0.6f) ? 8.33f : 11.1f;
        const Vec chord = plan.nodes[static_cast<std::size_t>(street.to)].at - plan.nodes[static_cast<std::size_t>(street.from)].at;
        const float heading = std::atan2(chord.y, chord.x);
        const float bend = street.main ? 0.12f : 0.3f;
        const float out = random.within(-bend, bend);
        const float in = random.chance(0.7f) ? -out : random.within(-bend, bend);
        street.straight = random.chance(street.main ? 0.6f : 0.45f);
        street.leave = heading + (street.straight ? 0.0f : out);
        street.arrive = heading + (street.straight ? 0.0f : in);
    }
}

// How far from the node two neighbouring streets clear each other and leave room for a rounded corner.
float clearance(const Street& a, const Street& b, float angle) {
    const float corner = (std::max(a.half_width(), b.half_width()) + std::min(a.half_width(), b.half_width()) * std::cos(angle)) / std::sin(angle);
    return corner + kCurbRadius * std::tan(0.5f * (kPi - angle));
}

void set_radius(TownPlan& plan, int index) {
    TownNode& node = plan.nodes[static_cast<std::size_t>(index)];
    float radius = kLeastRadius;
    for (int d = 0; d < 4; ++d) {
        if (node.street[static_cast<std::size_t>(d)] == kNone) continue;
        int next = d + 1;
        while (node.street[static_cast<std::size_t>(next % 4)] == kNone) ++next;
        const float angle = std::abs(wrap_angle(plan.leaving(index, next % 4) - plan.leaving(index, d)));
        if (next - d > 2 || angle > 2.8f) continue;  // the far side, or straight on
        const Street& a = plan.streets[static_cast<std::size_t>(node.street[static_cast<std::size_t>(d)])];
        const Street& b = plan.streets[static_cast<std::size_t>(node.street[static_cast<std::size_t>(next % 4)])];
        radius = std::max(radius, clearance(a, b, std::max(angle, 0.6f)) + (node.degree == 2 ? 6.0f : 0.0f));
    }
    node.radius = std::min(radius, kMostRadius);
}

void choose_kind(TownRandom& random, const TownPlan& plan, float signal_share, TownNode& node) {
    const float draw = random.within(0.0f, 1.0f);
    node.main_axis = random.below(2);
    if (node.degree == 2) {
        node.kind = Crossroads::bend;
        return;
    }
    const auto mains = std::count_if(node.street.begin(), node.street.end(), [&](int id) {
        return id != kNone && plan.streets[static_cast<std::size_t>(id)].main;
    });
    const float signals = signal_share * (mains >= 3 ? 0.8f : mains > 0 ? 0.5f : 0.1f);
    const float priority = mains >= 1 && mains <= 2 ? 1.0f : 0.3f;
    node.kind = draw < signals ? Crossroads::signals : draw < signals + priority ? Crossroads::priority : Crossroads::right_first;
}

void place_ends(TownPlan& plan) {
    for (int id = 0; id < plan.street_count; ++id) {
        Street& street = plan.streets[static_cast<std::size_t>(id)];
        const TownNode& from = plan.nodes[static_cast<std::size_t>(street.from)];
        const TownNode& to = plan.nodes[static_cast<std::size_t>(street.to)];
        street.start = {from.at + from.radius * Vec{std::cos(street.leave), std::sin(street.leave)}, street.leave};
        street.end = {to.at - to.radius * Vec{std::cos(street.arrive), std::sin(street.arrive)}, street.arrive};
    }
}

}  // namespace

float TownPlan::leaving(int node, int direction) const {
    const Street& street = streets[static_cast<std::size_t>(nodes[static_cast<std::size_t>(node)].street[static_cast<std::size_t>(direction)])];
    return direction < 2 ? street.leave : street.arrive + kPi;
}

void plan_town(const ScenarioConfig& config, TownRandom& random, TownPlan& plan) {
    lay_nodes(random, plan);
    lay_grid(plan);
    leave_out(random, plan);
    close_ranks(plan);
    choose_main(random, plan);
    furnish_streets(config, random, plan);
    for (int i = 0; i < plan.node_count; ++i) set_radius(plan, i);
    const float drawn = random.chance(0.15f) ? 0.0f : random.within(0.5f, 1.25f);
    const float signal_share = config.signals ? drawn : 0.0f;
    for (int i = 0; i < plan.node_count; ++i) choose_kind(random, plan, signal_share, plan.nodes[static_cast<std::size_t>(i)]);
    place_ends(plan);
}

}  // namespace wm::driving
