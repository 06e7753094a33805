// The indicator panel at the bottom of the picture: bars and score, in the observation's own pixels.
#pragma once

#include <cstdint>

#include "wm/racing/scene.h"

namespace wm::racing {

constexpr int kPanelRows = 12;  // 84..95

// Writes kPanelRows * 96 * 3 bytes.
void paint_panel(const Scene& scene, std::uint8_t* rgb);

}  // namespace wm::racing
