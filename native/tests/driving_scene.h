// A straight two-lane road along x with one agent, for tests of sensors and pictures.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "wm/driving/network_builder.h"
#include "wm/driving/sensors.h"

namespace scene {

using namespace wm::driving;

inline Actor actor(Vec position, float heading, ActorKind kind = ActorKind::car, std::uint8_t look = 0) {
    Actor a;
    a.position = position;
    a.heading = heading;
    a.forward = {std::cos(heading), std::sin(heading)};
    a.kind = kind;
    a.look = look;
    return a;
}

// Lanes 3.5 m wide on y = 0 and y = 3.5; a solid white line on the right edge, y = -1.75, a dashed one between them.
inline std::shared_ptr<Network> road(bool signal = false) {
    auto network = std::make_shared<Network>();
    NetworkBuilder builder(*network);
    LaneSpec spec;
    const LaneId right = builder.add_straight({-200.0f, 0.0f}, {200.0f, 0.0f}, spec), left = builder.add_straight({-200.0f, 3.5f}, {200.0f, 3.5f}, spec);
    builder.neighbours(left, right);
    builder.set_edges(right, Edge::dashed, Edge::solid);
    builder.set_edges(left, Edge::solid, Edge::dashed);
    if (signal) {
        Signal light;  // green at 0 s, red from 30 s on
        light.position = {30.0f, -3.0f};
        builder.add_signal(light);
    }
    builder.finish();
    return network;
}

inline World world(std::shared_ptr<const Network> network) {
    World w;
    w.network = std::move(network);
    w.actors.push_back(actor({0.0f, 0.0f}, 0.0f, ActorKind::agent));
    return w;
}

using Rgb = std::array<int, 3>;
struct Picture {
    int height, width;
    std::vector<std::uint8_t> bytes;
    Picture(int h, int w) : height(h), width(w), bytes(static_cast<std::size_t>(h) * static_cast<std::size_t>(w) * 3) {}
    [[nodiscard]] Rgb at(int row, int column) const {
        const auto i = (static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column)) * 3;
        return {bytes[i], bytes[i + 1], bytes[i + 2]};
    }
};

}  // namespace scene
