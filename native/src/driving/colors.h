// The colours of the driving world, shared by all its pictures.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "raster.h"
#include "wm/driving/world.h"

namespace wm::driving::colors {

constexpr Color kGrass = rgb(96, 128, 66);
constexpr Color kSkyTop = rgb(92, 148, 214);
constexpr Color kHaze = rgb(196, 212, 226);
constexpr Color kTyre = rgb(26, 26, 28);
constexpr Color kWindow = rgb(34, 44, 56);
constexpr Color kSkin = rgb(226, 178, 144);
constexpr Color kTrousers = rgb(44, 48, 70);
constexpr Color kCone = rgb(240, 112, 24);
constexpr Color kWhite = rgb(240, 240, 236);
constexpr Color kBrakeOn = rgb(255, 36, 28);
constexpr Color kBrakeOff = rgb(130, 18, 20);
constexpr Color kHeadlamp = rgb(250, 244, 214);
constexpr Color kPole = rgb(70, 72, 76);
constexpr Color kRail = rgb(172, 176, 180);
constexpr Color kSignalHead = rgb(24, 26, 28);
constexpr Color kRoute = rgb(60, 150, 255);
constexpr Color kGoal = rgb(70, 230, 130);
constexpr Color kAgent = rgb(255, 168, 32);
constexpr Color kOtherAgent = rgb(190, 92, 240);
constexpr Color kTruckBox = rgb(206, 204, 196);

inline Color of(Paint paint) {
    constexpr std::array<Color, static_cast<std::size_t>(Paint::count)> kPaint{
        rgb(78, 80, 85), rgb(152, 148, 140), rgb(92, 94, 100), rgb(236, 236, 232), rgb(236, 188, 48), rgb(236, 236, 232), rgb(240, 240, 238), rgb(64, 112, 160)};
    return kPaint[static_cast<std::size_t>(paint)];
}

inline Color lamp(Light light, bool lit) {
    constexpr std::array<Color, 3> kLit{rgb(40, 240, 96), rgb(255, 204, 40), rgb(255, 40, 36)};
    constexpr std::array<Color, 3> kDark{rgb(16, 58, 30), rgb(70, 54, 16), rgb(72, 18, 18)};
    return lit ? kLit[static_cast<std::size_t>(light)] : kDark[static_cast<std::size_t>(light)];
}

inline Color building(std::uint8_t look) {
    constexpr std::array<Color, 6> kWalls{rgb(190, 160, 132), rgb(168, 104, 84), rgb(204, 196, 178), rgb(142, 148, 158), rgb(186, 142, 96), rgb(160, 168, 150)};
    return kWalls[look % kWalls.size()];
}

// The paint of a vehicle as a camera sees it.
inline Color body(const Actor& actor) {
    constexpr std::array<Color, 8> kBodies{rgb(226, 228, 230), rgb(160, 164, 170), rgb(58, 62, 70),  rgb(190, 40, 40),
                                           rgb(42, 88, 170),   rgb(40, 110, 84),   rgb(214, 190, 140), rgb(120, 60, 130)};
    return kBodies[actor.look % kBodies.size()];
}
inline Color coat(std::uint8_t look) {
    constexpr std::array<Color, 5> kCoats{rgb(200, 60, 60), rgb(60, 110, 190), rgb(230, 196, 70), rgb(110, 150, 90), rgb(150, 90, 150)};
    return kCoats[look % kCoats.size()];
}

}  // namespace wm::driving::colors
