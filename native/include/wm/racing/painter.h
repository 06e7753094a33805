// Painters turn a Scene into the 96x96x3 uint8 observation (state_pixels) of CarRacing-v3, or into its 64x64 view.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "wm/racing/scene.h"

namespace wm::racing {

constexpr int kObsSize = 96;
constexpr int kSmallSize = 64;

class Painter {
public:
    virtual ~Painter() = default;
    // Writes kObsSize * kObsSize * 3 bytes, row-major RGB. Allocates nothing. One painter serves one thread at a time.
    virtual void paint(const Scene& scene, std::uint8_t* out) = 0;
    // Writes kSmallSize * kSmallSize * 3 bytes: shrink_to_64 of that picture.
    virtual void paint_small(const Scene& scene, std::uint8_t* out) = 0;
};

// 4x4 supersampled palette painter: mean error <= 0.15/255 against stock.
std::unique_ptr<Painter> make_fast_painter();

// 96x96 -> 64x64 by a 3:2 box filter (weights 2,1 / 1,2), rounded to nearest (ninths have no ties):
// what an area resize of the stock picture gives.
void shrink_to_64(const std::uint8_t* rgb96, std::uint8_t* rgb64);

// gymnasium.wrappers.GrayscaleObservation: 0.2125 r + 0.7154 g + 0.0721 b in double, cut to uint8.
void to_gray(const std::uint8_t* rgb, std::size_t pixels, std::uint8_t* out);

}  // namespace wm::racing
