// The car's drawn shapes, in track units, as the fixtures of Gymnasium's car hold them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "wm/racing/scene.h"

namespace wm::racing {

constexpr int kMaxCarVertices = 8;

struct CarPolygon {
    std::array<Vec2d, kMaxCarVertices> points;  // track units
    int count = 0;
};

enum class CarPart : std::uint8_t { wheel, stripe, hull };

// Calls draw(polygon, part) in Gymnasium's order: each wheel and its white stripe, then the four hull plates.
template <class Draw>
void for_each_car_polygon(const Scene& scene, Draw&& draw);

namespace detail {

constexpr float kCarSize = 0.02f;

struct CarVertex {
    float x;
    float y;
};

// Box2D's convex hull starts at the rightmost, lowest vertex and goes counter-clockwise.
constexpr float unit(double tenth) { return static_cast<float>(tenth * 0.02); }
constexpr std::array<CarVertex, 4> kWheel{{{unit(14), unit(-27)}, {unit(14), unit(27)}, {unit(-14), unit(27)}, {unit(-14), unit(-27)}}};
constexpr std::array<CarVertex, 4> kBumper{{{unit(60), unit(110)}, {unit(60), unit(130)}, {unit(-60), unit(130)}, {unit(-60), unit(110)}}};
constexpr std::array<CarVertex, 4> kNose{{{unit(20), unit(20)}, {unit(15), unit(120)}, {unit(-15), unit(120)}, {unit(-20), unit(20)}}};
constexpr std::array<CarVertex, 8> kCockpit{{{unit(50), unit(-40)}, {unit(50), unit(-10)}, {unit(25), unit(20)}, {unit(-25), unit(20)},
                                             {unit(-50), unit(-10)}, {unit(-50), unit(-40)}, {unit(-20), unit(-90)}, {unit(20), unit(-90)}}};
constexpr std::array<CarVertex, 4> kSpoiler{{{unit(50), unit(-120)}, {unit(50), unit(-90)}, {unit(-50), unit(-90)}, {unit(-50), unit(-120)}}};

CarPolygon place(const Transform& at, std::span<const CarVertex> shape);
bool wheel_stripe(double phase, std::array<CarVertex, 4>& shape);

}  // namespace detail

template <class Draw>
void for_each_car_polygon(const Scene& scene, Draw&& draw) {
    std::array<detail::CarVertex, 4> stripe{};
    for (std::size_t i = 0; i < 4; ++i) {
        draw(detail::place(scene.wheels[i], detail::kWheel), CarPart::wheel);
        if (detail::wheel_stripe(scene.wheel_phase[i], stripe)) draw(detail::place(scene.wheels[i], stripe), CarPart::stripe);
    }
    draw(detail::place(scene.hull, detail::kBumper), CarPart::hull);
    draw(detail::place(scene.hull, detail::kNose), CarPart::hull);
    draw(detail::place(scene.hull, detail::kCockpit), CarPart::hull);
    draw(detail::place(scene.hull, detail::kSpoiler), CarPart::hull);
}

}  // namespace wm::racing
