// A motorway that closes on itself: two straights of 600 m and two bends of 500 m radius, so that traffic never runs out.
// The other lanes' traffic starts around the agents and travels with them.
#include "scenario_parts.h"

namespace wm::driving {
namespace {

constexpr float kStraight = 600.0f, kRadius = 500.0f;  // m, of the middle of the road
constexpr float kShoulder = 2.5f;                      // m wide
constexpr float kRailGap = 0.8f;                       // m between the asphalt and a guard rail
constexpr float kStartSpeed = 25.0f;                   // m/s
constexpr float kStartSpacing = 28.0f;                 // m
constexpr int kStarts = 40;

struct Ring {
    std::vector<Band> bands;
    Band shoulders;
};

// One piece of the ring, with a shoulder and rails at its sides.
void add_piece(NetworkBuilder& builder, const Network& network, Ring& ring, const Pose& middle, float metres, float curvature, int lanes) {
    const LaneSpec spec{.width = 3.75f, .speed_limit = 33.3f};
    const Band band = add_band(builder, middle, metres, curvature, lanes, spec);
    LaneSpec shoulder = spec;
    shoulder.width = kShoulder;
    shoulder.kind = LaneKind::shoulder;
    ring.shoulders.push_back(builder.add_parallel(band.back(), -0.5f * (spec.width + kShoulder), false, shoulder));
    const float left = 0.5f * spec.width + kRailGap;
    const float right = -0.5f * spec.width - kShoulder - kRailGap;
    add_rail(builder, network, band.front(), 0.0f, network.lane(band.front()).length, left, 0.8f);
    add_rail(builder, network, band.back(), 0.0f, network.lane(band.back()).length, right, 0.8f);
    ring.bands.push_back(band);
}

// Half the ring: a straight in two pieces, a bend to the left in three.
void add_half(NetworkBuilder& builder, const Network& network, Ring& ring, const Pose& start, int lanes) {
    const Vec along = unit(start.heading);
    for (const float at : {0.0f, 0.5f}) {
        add_piece(builder, network, ring, {start.position + at * kStraight * along, start.heading}, 0.5f * kStraight, 0.0f, lanes);
    }
    const Vec center = start.position + kStraight * along + kRadius * left_of(along);
    for (int third = 0; third < 3; ++third) {
        const float heading = start.heading + kPi / 3.0f * static_cast<float>(third);
        add_piece(builder, network, ring, {center - kRadius * left_of(unit(heading)), heading}, kRadius * kPi / 3.0f, 1.0f / kRadius, lanes);
    }
}

}  // namespace

void build_highway(const ScenarioConfig& config, Network& network, Layout& layout) {
    const int lanes = lanes_of(config, "highway", 4, 6);
    NetworkBuilder builder(network);
    Ring ring;
    add_half(builder, network, ring, {{0.0f, 0.0f}, 0.0f}, lanes);
    add_half(builder, network, ring, {{kStraight, 2.0f * kRadius}, kPi}, lanes);
    const std::size_t count = ring.bands.size();
    for (std::size_t i = 0; i < count; ++i) {
        connect_bands(builder, ring.bands[i], ring.bands[(i + 1) % count]);
        builder.connect(ring.shoulders[i], ring.shoulders[(i + 1) % count]);
    }
    builder.finish();
    add_starts(network, layout, ring.bands, 22.0f, kStartSpacing, (kStarts + lanes - 1) / lanes, kStartSpeed);
    for (const LaneId lane : ring.bands.back()) {
        const float end = network.lane(lane).length;
        layout.traffic.push_back({lane, end - 100.0f, end, 1.0f});
    }
    for (const std::size_t i : {0u, 1u}) add_traffic(network, layout, ring.bands[i]);
    layout.entries_refill = false;
    layout.default_vehicles = 24;
}

}  // namespace wm::driving
