// Lines, look-ups, conflicts, crossings and paint of small networks made by hand.
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "wm/driving/network_builder.h"

using namespace wm::driving;

namespace {

bool close(float a, float b, float tolerance) { return std::abs(a - b) <= tolerance; }
bool close(Vec a, Vec b, float tolerance) { return length(a - b) <= tolerance; }

void check_boxes() {
    const Box a{{0, 0}, {1, 0}, 2.0f, 1.0f};
    CHECK(overlap(a, {{3.9f, 0}, {1, 0}, 2.0f, 1.0f}));
    CHECK(!overlap(a, {{4.0f, 0}, {1, 0}, 2.0f, 1.0f}));  // they touch
    CHECK(!overlap(a, {{2.9f, 1.9f}, {0.70710678f, 0.70710678f}, 1.0f, 0.5f}));  // only a slanted axis separates them
    CHECK(overlap(a, {{2.2f, 1.2f}, {0.70710678f, 0.70710678f}, 1.0f, 0.5f}));
    CHECK(crosses(a, {-5, 0}, {5, 0.5f}));
    CHECK(!crosses(a, {-5, 0}, {-2.1f, 0}));
    CHECK(crosses(a, {0, 0}, {0.1f, 0}));  // within
    CHECK(!crosses(a, {1.5f, 2.0f}, {3.5f, 0.0f}));
    CHECK(close(distance(a, {5, 5}), 5.0f, 1e-5f));
    CHECK(distance(a, {1, 0.5f}) == 0.0f);
}

// One lane of each kind of line.
std::vector<LaneId> add_lines(NetworkBuilder& builder) {
    const std::array<Vec, 4> bent{Vec{0, 200}, Vec{10, 201}, Vec{20, 204}, Vec{29, 209}};
    std::vector<LaneId> ids;
    ids.push_back(builder.add_straight({0, 0}, {100, 30}, {}));
    ids.push_back(builder.add_arc({{0, 50}, 0.3f}, 60.0f, 0.05f, {}));
    ids.push_back(builder.add_arc({{0, 100}, -0.3f}, 14.0f, -1.0f / 6.0f, {}));
    ids.push_back(builder.add_curve({{100, 100}, 0.0f}, {{112, 114}, 1.5f}, {}));
    ids.push_back(builder.add_curve({{100, 150}, 3.0f}, {{60, 156}, 3.0f}, {}));
    ids.push_back(builder.add_polyline(bent, {}));
    ids.push_back(builder.add_parallel(ids[1], 3.5f, false, {}));
    ids.push_back(builder.add_parallel(ids[3], -3.5f, true, {}));
    return ids;
}

void check_line(const Network& network, LaneId id) {
    const Lane& lane = network.lane(id);
    float walked = 0.0f;
    for (float s = 0.0f; s <= lane.length; s += 0.37f) {
        const LanePoint at = network.point(id, s);
        const LanePoint next = network.point(id, s + 0.37f);
        CHECK(close(length(at.forward), 1.0f, 1e-4f));
        CHECK(close(at.forward, {std::cos(at.heading), std::sin(at.heading)}, 3e-3f));
        CHECK(std::abs(next.heading - at.heading) < 0.1f);  // continuous
        walked += length(next.position - at.position);
        for (const float d : {-1.7f, 0.0f, 1.7f}) {
            const Pose pose = network.pose(id, s, d);
            const LanePosition back = network.project(id, pose.position, s + 3.0f);
            CHECK(close(back.s, s, 5e-3f));
            CHECK(close(back.d, d, 5e-3f));
            CHECK(close(back.heading, pose.heading, 5e-3f));
        }
    }
    CHECK(close(walked, lane.length, 0.4f));
    CHECK(close(network.pose(id, -5.0f).position, network.point(id, 0).position - 5.0f * network.point(id, 0).forward, 1e-4f));
    const Pose after = network.pose(id, lane.length + 4.0f, 1.0f);
    CHECK(close(network.project(id, after.position, lane.length).s, lane.length + 4.0f, 1e-2f));
}

void check_arc(const Network& network, LaneId id) {  // of curvature 0.05 from (0, 50), heading 0.3
    const Vec center = Vec{0, 50} + 20.0f * Vec{-std::sin(0.3f), std::cos(0.3f)};
    for (float s = 0.0f; s <= 60.0f; s += 0.7f) {
        const LanePoint at = network.point(id, s);
        CHECK(close(length(at.position - center), 20.0f, 2e-3f));
        CHECK(close(at.heading, 0.3f + 0.05f * s, 1e-4f));
    }
}

void check_lines() {
    Network network;
    NetworkBuilder builder(network);
    const std::vector<LaneId> ids = add_lines(builder);
    builder.finish();
    for (const LaneId id : ids) check_line(network, id);
    check_arc(network, ids[1]);
    CHECK(close(network.lane(ids[6]).length, 60.0f * (1.0f - 0.05f * 3.5f), 1e-2f));  // inside of the bend
    const LanePoint turned = network.point(ids[7], 0.0f);
    CHECK(close(wrap_angle(turned.heading - (1.5f + kPi)), 0.0f, 1e-3f));
    const std::uint64_t hash = network.hash;
    NetworkBuilder again(network);
    add_lines(again);
    again.finish();
    CHECK(network.hash == hash);
    NetworkBuilder other(network);
    add_lines(other);
    other.set_ends(0);
    other.finish();
    CHECK(network.hash != hash);
}

// Four arms at 20 m from the middle, one lane in and one out each; connectors [from][to], arms east, north, west, south.
struct Cross {
    Network network;
    LaneId in[4], out[4], way[4][4];

    Cross() {
        NetworkBuilder builder(network);
        for (int arm = 0; arm < 4; ++arm) {
            const float angle = 0.5f * kPi * static_cast<float>(arm);
            const Vec away{std::round(std::cos(angle)), std::round(std::sin(angle))};
            const Vec side = 1.75f * left_of(away);
            in[arm] = builder.add_straight(70.0f * away + side, 20.0f * away + side, {});
            out[arm] = builder.add_straight(20.0f * away - side, 70.0f * away - side, {});
            builder.set_edges(in[arm], Edge::yellow_double, Edge::solid);
        }
        for (int from = 0; from < 4; ++from) {
            for (int to = 0; to < 4; ++to) {
                way[from][to] = kNoLane;
                if (from == to) continue;
                const Turn turn = to == (from + 2) % 4 ? Turn::straight : to == (from + 3) % 4 ? Turn::left : Turn::right;
                const LaneSpec spec{.kind = LaneKind::connector, .turn = turn, .priority = static_cast<std::int8_t>(from % 2 == 0), .junction = 0};
                way[from][to] = builder.add_curve(builder.end_of(in[from]), builder.start_of(out[to]), spec);
                builder.connect(in[from], way[from][to]);
                builder.connect(way[from][to], out[to]);
            }
        }
        builder.add_crossing({{16, -8}, {16, 8}});
        builder.finish();
    }
    [[nodiscard]] const Conflict* between(LaneId a, LaneId b) const {
        for (const Conflict& conflict : network.conflicts_of(network.lane(a))) {
            if (conflict.other == b) return &conflict;
        }
        return nullptr;
    }
};

void check_conflicts() {
    const Cross cross;
    enum { east, north, west, south };
    const auto& way = cross.way;
    CHECK(cross.between(way[south][north], way[west][east]) != nullptr);   // they cross
    CHECK(cross.between(way[south][north], way[north][south]) == nullptr); // they pass
    CHECK(cross.between(way[south][west], way[north][south]) != nullptr);  // left turn against the oncoming
    CHECK(cross.between(way[south][east], way[north][south]) == nullptr);  // right turns are out of the way
    CHECK(cross.between(way[south][east], way[south][north]) == nullptr);  // the same lane: no conflict, they queue
    const Conflict* merge = cross.between(way[south][east], way[west][east]);
    CHECK(merge != nullptr && merge->merge && close(merge->leave, cross.network.lane(way[south][east]).length, 1e-3f));
    const Conflict* crossing = cross.between(way[south][north], way[west][east]);
    CHECK(crossing != nullptr && !crossing->merge);
    // South to north runs along x = 1.75 from y = -20; west to east along y = -1.75 from x = -20.
    CHECK(close(0.5f * (crossing->enter + crossing->leave), 18.25f, 0.5f));
    CHECK(close(0.5f * (crossing->other_enter + crossing->other_leave), 21.75f, 0.5f));
    CHECK(crossing->leave - crossing->enter > 3.0f && crossing->leave - crossing->enter < 7.0f);
    for (const Conflict& conflict : cross.network.conflicts) CHECK(conflict.enter < conflict.leave && conflict.other_enter < conflict.other_leave);
}

void check_places() {
    const Cross cross;
    const Network& network = cross.network;
    const LanePosition at = network.locate({40.0f, 2.0f}, kPi);
    CHECK(at.lane == cross.in[0] && close(at.s, 30.0f, 1e-3f) && close(at.d, -0.25f, 1e-3f));
    CHECK(network.locate({40.0f, -2.0f}, kPi).lane == cross.out[0]);  // the wrong way
    CHECK(network.locate({0.0f, -1.75f}, 0.0f).lane == cross.way[2][0]);
    CHECK(network.locate({1.75f, 0.0f}, 0.5f * kPi).lane == cross.way[3][1]);
    CHECK(network.locate({40.0f, 5.0f}, 0.0f).lane == kNoLane);
    CHECK(network.drivable({40.0f, 3.4f}) && network.drivable({0.0f, 0.0f}) && network.drivable({-20.0f, 0.0f}));
    CHECK(!network.drivable({40.0f, 4.0f}) && !network.drivable({15.0f, 15.0f}) && !network.drivable({500.0f, 0.0f}));
    for (int i = -690; i <= 690; ++i) CHECK(network.drivable({0.1f * static_cast<float>(i), 0.0f}));  // no gap
}

void check_crossing() {
    const Cross cross;
    const auto on_exit = cross.network.crossings_of(cross.network.lane(cross.way[2][0]));
    CHECK(on_exit.size() == 1 && close(on_exit[0].s, 36.0f, 0.01f));
    CHECK(cross.network.crossings_of(cross.network.lane(cross.way[0][2])).size() == 1);
    CHECK(cross.network.crossings_of(cross.network.lane(cross.way[3][1])).empty());
    CHECK(cross.network.crossings_of(cross.network.lane(cross.in[0])).empty());
    std::size_t stop_lines = 0;
    for (const GroundQuad& quad : cross.network.quads) stop_lines += quad.paint == Paint::stop_line;
    CHECK(stop_lines == 2);  // the arms without priority
}

void check_lights() {
    Network network;
    network.signals.push_back({60.0f, 30.0f, 57.0f, {}, 0.0f});
    network.signals.push_back({60.0f, 50.0f, 10.0f, {}, 0.0f});  // green over the cycle's end
    CHECK(network.light(0, 29.0f) == Light::red && network.light(0, 30.0f) == Light::green && network.light(0, 56.9f) == Light::green);
    CHECK(network.light(0, 57.1f) == Light::yellow && network.light(0, 60.1f) == Light::red && network.light(0, 90.0f) == Light::green);
    CHECK(close(network.light_remaining(0, 29.0f), 1.0f, 1e-4f) && close(network.light_remaining(0, 58.0f), 2.0f, 1e-4f));
    CHECK(close(network.light_remaining(0, 61.0f), 29.0f, 1e-4f) && close(network.light_remaining(0, 40.0f), 17.0f, 1e-4f));
    CHECK(network.light(1, 55.0f) == Light::green && network.light(1, 5.0f) == Light::green && network.light(1, 11.0f) == Light::yellow);
    CHECK(network.light(1, 14.0f) == Light::red && close(network.light_remaining(1, 55.0f), 15.0f, 1e-4f));
}

template <class Build>
bool refused(const Build& build) {
    Network network;
    NetworkBuilder builder(network);
    try {
        build(builder);
        builder.finish();
    } catch (const std::invalid_argument&) {
        return true;
    }
    return false;
}

void check_refusals() {
    CHECK(refused([](NetworkBuilder&) {}));
    CHECK(refused([](NetworkBuilder& builder) { builder.add_straight({1, 1}, {1, 1}, {}); }));
    CHECK(refused([](NetworkBuilder& builder) { builder.add_arc({{NAN, 0}, 0}, 10.0f, 0.1f, {}); }));
    CHECK(refused([](NetworkBuilder& builder) {
        for (int i = 0; i < 6; ++i) builder.add_straight({0, 0}, {10, static_cast<float>(i)}, {});
        for (LaneId i = 1; i < 6; ++i) builder.connect(0, i);
    }));
    CHECK(!refused([](NetworkBuilder& builder) { builder.add_straight({0, 0}, {10, 0}, {}); }));
}

}  // namespace

int main() {
    check_boxes();
    check_lines();
    check_conflicts();
    check_places();
    check_crossing();
    check_lights();
    check_refusals();
    return wm::test::report();
}
