// Scenes built by hand for the painter tests: a round track, a car on it, and the cases that go wrong.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "wm/racing/painter.h"
#include "wm/racing/scene.h"

namespace wm::test {

using Picture = std::array<std::uint8_t, static_cast<std::size_t>(racing::kObsSize) * racing::kObsSize * 3>;

struct NamedScene {
    std::string name;
    racing::Scene scene;
};

// A straight road along +y in whole numbers, so that nothing depends on a machine's sine.
inline racing::Track straight_track() {
    racing::Track track;
    for (int i = 0; i < 60; ++i) {
        const double y0 = -105.0 + 3.5 * i;
        const double y1 = y0 + 3.5;
        track.points.push_back({0.0, 0.0, 0.0, y1});
        track.tiles.push_back({{{-6.5, y1}, {6.5, y1}, {6.5, y0}, {-6.5, y0}}});
        track.border.push_back(i % 7 == 0 ? racing::Border::red : (i % 5 == 0 ? racing::Border::white : racing::Border::none));
        track.border_quads.push_back({{{6.5, y1}, {8.0, y1}, {8.0, y0}, {6.5, y0}}});
    }
    return track;
}

inline racing::Track round_track() {
    racing::Track track;
    constexpr int kTiles = 240;
    const auto at = [](double radius, int i) {
        const double a = 6.283185307179586 * i / kTiles;
        return racing::Vec2d{radius * std::cos(a), radius * std::sin(a)};
    };
    for (int i = 0; i < kTiles; ++i) {
        track.points.push_back({0.0, 0.0, at(150.0, i).x, at(150.0, i).y});
        track.tiles.push_back({{at(143.4, i), at(156.6, i), at(156.6, i - 1), at(143.4, i - 1)}});
        track.border.push_back(i % 3 == 0 ? racing::Border::white : (i % 3 == 1 ? racing::Border::red : racing::Border::none));
        track.border_quads.push_back({{at(142.0, i), at(143.4, i), at(143.4, i - 1), at(142.0, i - 1)}});
    }
    return track;
}

inline void place_car(racing::Scene& scene, float x, float y, float angle) {
    const float s = std::sin(angle);
    const float c = std::cos(angle);
    constexpr std::array<std::array<float, 2>, 4> kWheels{{{-1.1f, 1.6f}, {1.1f, 1.6f}, {-1.1f, -1.64f}, {1.1f, -1.64f}}};
    scene.hull = {x, y, s, c};
    scene.hull_angle = angle;
    for (std::size_t i = 0; i < 4; ++i) scene.wheels[i] = {x + c * kWheels[i][0] - s * kWheels[i][1], y + s * kWheels[i][0] + c * kWheels[i][1], s, c};
}

class Scenes {
public:
    Scenes() : visited_(300, 0) {
        for (std::size_t i = 0; i < 8; ++i) visited_[i] = 1;
    }

    // The same numbers on every machine.
    racing::Scene plain() {
        racing::Scene scene = on(straight_, 0.0f, -90.0f, 0.0f, 2.0);
        scene.hull_velocity = {3.0f, 40.0f};
        scene.wheel_omega = {60.0, 61.0, 75.0, 20.0};
        scene.wheel_phase = {0.0, 3.5, 4.5, 1.0};
        scene.steer_angle = 0.25f;
        scene.hull_angular_velocity = -1.5f;
        scene.reward = 123.4;
        return scene;
    }

    std::vector<NamedScene> all() {
        std::vector<NamedScene> scenes{{"plain", plain()}};
        for (const float angle : {0.3f, -1.1f, 2.5f}) scenes.push_back({"turned", on(round_, 150.0f, 3.0f, angle, 5.0)});
        for (const double t : {0.02, 0.3, 0.98}) scenes.push_back({"zooming", on(round_, 150.0f, 0.0f, 0.05f, t)});
        scenes.push_back({"grass", on(round_, 20.0f, -35.0f, 0.7f, 5.0)});
        scenes.push_back({"leaving", on(round_, 330.0f, 100.0f, -0.9f, 5.0)});
        scenes.push_back({"far outside", on(round_, 2000.0f, -5000.0f, 0.4f, 5.0)});
        for (NamedScene& s : scenes) s.scene.reward = -0.3;
        NamedScene colored{"coloured", plain()};
        colored.scene.colors = {{12.9, 201.2, 99.99}, {180.5, 3.3, 77.7}, {180.5, 23.3, 77.7}};
        scenes.push_back(colored);
        return scenes;
    }

private:
    racing::Scene on(const racing::Track& track, float x, float y, float angle, double time) {
        racing::Scene scene;
        scene.track = &track;
        scene.tile_visited = std::span<const std::uint8_t>(visited_).first(track.tiles.size());
        place_car(scene, x, y, angle);
        scene.time = time;
        return scene;
    }

    racing::Track straight_ = straight_track();
    racing::Track round_ = round_track();
    std::vector<std::uint8_t> visited_;
};

inline double mean_difference(const Picture& a, const Picture& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(static_cast<double>(a[i]) - b[i]);
    return sum / static_cast<double>(a.size());
}

}  // namespace wm::test
