// A closed circuit: straights joined by bends of several radii, to both sides. Kerbs in the bends, barriers outside.
#include <array>

#include "scenario_parts.h"

namespace wm::driving {
namespace {

constexpr float kWidth = 4.0f;
constexpr float kBarrier = 6.0f;  // m from the asphalt
constexpr float kStartSpeed = 12.0f;

struct Corner {
    Vec at;
    float radius;  // m, of the bend that cuts the corner, at the middle of the road
};

constexpr std::array<Corner, 9> kCorners{{
    {{0.0f, 0.0f}, 45.0f},
    {{300.0f, 0.0f}, 30.0f},
    {{340.0f, 110.0f}, 24.0f},
    {{210.0f, 120.0f}, 32.0f},   // to the right
    {{190.0f, 210.0f}, 28.0f},   // to the right
    {{330.0f, 240.0f}, 22.0f},
    {{270.0f, 330.0f}, 40.0f},
    {{90.0f, 310.0f}, 60.0f},
    {{-30.0f, 190.0f}, 120.0f},
}};

struct Bend {
    Vec from, to;  // where it leaves the straight before and meets the one after
    float heading = 0.0f, length = 0.0f, curvature = 0.0f;
};

Bend bend_at(std::size_t i) {
    const std::size_t n = kCorners.size();
    const Vec before = kCorners[i].at - kCorners[(i + n - 1) % n].at;
    const Vec after = kCorners[(i + 1) % n].at - kCorners[i].at;
    const float turn = std::atan2(cross(before, after), dot(before, after));
    const float cut = kCorners[i].radius * std::tan(0.5f * std::abs(turn));
    return {kCorners[i].at - (cut / length(before)) * before, kCorners[i].at + (cut / length(after)) * after, std::atan2(before.y, before.x),
            kCorners[i].radius * std::abs(turn), (turn > 0.0f ? 1.0f : -1.0f) / kCorners[i].radius};
}

void add_barriers(NetworkBuilder& builder, const Network& network, const Band& band) {
    const float offset = 0.5f * kWidth + kBarrier;
    add_rail(builder, network, band.front(), 0.0f, network.lane(band.front()).length, offset, 1.0f);
    add_rail(builder, network, band.back(), 0.0f, network.lane(band.back()).length, -offset, 1.0f);
}

std::vector<Band> add_circuit(NetworkBuilder& builder, int lanes) {
    const LaneSpec spec{.width = kWidth, .speed_limit = 30.0f};
    std::vector<Band> bands;
    for (std::size_t i = 0; i < kCorners.size(); ++i) {
        const Bend bend = bend_at(i);
        const Vec along = bend_at((i + 1) % kCorners.size()).from - bend.to;
        bands.push_back(add_band(builder, {bend.from, bend.heading}, bend.length, bend.curvature, lanes, spec, Edge::curb));
        bands.push_back(add_band(builder, {bend.to, std::atan2(along.y, along.x)}, length(along), 0.0f, lanes, spec));
    }
    return bands;
}

}  // namespace

void build_racetrack(const ScenarioConfig& config, Network& network, Layout& layout) {
    const int lanes = lanes_of(config, "racetrack", 2, 3);
    NetworkBuilder builder(network);
    const std::vector<Band> bands = add_circuit(builder, lanes);
    for (std::size_t i = 0; i < bands.size(); ++i) {
        connect_bands(builder, bands[i], bands[(i + 1) % bands.size()]);
        add_barriers(builder, network, bands[i]);
    }
    builder.finish();
    const float spacing = lanes == 1 ? 24.0f : 44.0f;
    add_starts(network, layout, bands, 5.0f, spacing, (40 + lanes - 1) / lanes, kStartSpeed);
    for (const Band& band : bands) add_traffic(network, layout, band);
    layout.ring = true;
    layout.entries_refill = false;
    layout.default_vehicles = 6;
}

}  // namespace wm::driving
