#include "scenario_parts.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace wm::driving {

int lanes_of(const ScenarioConfig& config, const char* scenario, int usual, int most) {
    if (config.lanes == 0) return usual;
    if (config.lanes < 0 || config.lanes > most) {
        throw std::invalid_argument(std::string("lanes: ") + scenario + " has 1 to " + std::to_string(most) + " lanes, got " +
                                    std::to_string(config.lanes));
    }
    return config.lanes;
}

Band add_band(NetworkBuilder& builder, const Pose& middle, float metres, float curvature, int lanes, const LaneSpec& spec, Edge edge) {
    Band band;
    for (int i = 0; i < lanes; ++i) {
        const float offset = (0.5f * static_cast<float>(lanes - 1) - static_cast<float>(i)) * spec.width;
        const Pose start{middle.position + offset * left_of(unit(middle.heading)), middle.heading};
        const float stretch = 1.0f - curvature * offset;
        band.push_back(builder.add_arc(start, metres * stretch, curvature / stretch, spec));
        builder.set_edges(band.back(), i == 0 ? edge : Edge::dashed, i + 1 == lanes ? edge : Edge::dashed);
        if (i > 0) builder.neighbours(band[static_cast<std::size_t>(i) - 1], band.back());
    }
    return band;
}

void connect_bands(NetworkBuilder& builder, const Band& from, const Band& to) {
    for (std::size_t i = 0; i < std::min(from.size(), to.size()); ++i) builder.connect(from[i], to[i]);
}

void add_rail(NetworkBuilder& builder, const Network& network, LaneId lane, float from, float to, float offset, float height) {
    constexpr float kSag = 0.1f;  // m that the curve may stand out from its rail
    float greatest = 1e-6f;
    for (const LanePoint& at : network.points_of(network.lane(lane))) greatest = std::max(greatest, std::abs(at.curvature));
    const float reach = std::min(std::sqrt(8.0f * kSag / greatest), 200.0f);
    const int pieces = std::max(1, static_cast<int>(std::ceil((to - from) / reach)));
    Vec last = network.pose(lane, from, offset).position;
    for (int i = 1; i <= pieces; ++i) {
        const Vec next = network.pose(lane, from + (to - from) * static_cast<float>(i) / static_cast<float>(pieces), offset).position;
        builder.add_wall(last, next, height);
        last = next;
    }
}

void add_starts(const Network& network, Layout& layout, const std::vector<Band>& bands, float from, float spacing, int rows, float speed) {
    std::size_t band = 0;
    float passed = 0.0f;
    for (int row = 0; row < rows; ++row) {
        const float at = from + spacing * static_cast<float>(row);
        while (band < bands.size() && at >= passed + network.lane(bands[band][0]).length) passed += network.lane(bands[band++][0]).length;
        if (band == bands.size()) return;
        for (const LaneId lane : bands[band]) {  // lanes of a bend differ in length: the same share of each
            const float share = (at - passed) / network.lane(bands[band][0]).length;
            layout.starts.push_back({lane, share * network.lane(lane).length, speed});
        }
    }
}

void add_traffic(const Network& network, Layout& layout, const Band& band, float flow) {
    for (const LaneId lane : band) layout.traffic.push_back({lane, 0.0f, network.lane(lane).length, flow});
}

void add_rectangle(NetworkBuilder& builder, Vec low, Vec high, Paint paint) {
    const std::array<Vec, 4> corners{low, Vec{high.x, low.y}, high, Vec{low.x, high.y}};
    builder.add_surface(corners, paint);
}

}  // namespace wm::driving
