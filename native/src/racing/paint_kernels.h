// The hot loops of the fast painter, one version per instruction set; every version writes the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace wm::racing {

constexpr int kSamples = 4;                       // per pixel and axis
constexpr int kSubSize = 96 * kSamples;           // the supersampled picture is square
constexpr int kWorldRows = 84;                    // rows of the observation above the indicator panel
constexpr int kPaletteSize = 16;
constexpr int kMaxEdges = 8;

using Palette = std::array<std::array<std::uint8_t, kPaletteSize>, 3>;  // [channel][index]

// x = at + slope * (y - from), in samples: the left or right bound that one edge sets.
struct EdgeLine {
    float at;
    float slope;
    float from;
};

struct ConvexSpans {  // a convex polygon as half planes, in samples
    std::array<EdgeLine, kMaxEdges> left;
    std::array<EdgeLine, kMaxEdges> right;
    int lefts = 0;
    int rights = 0;
    float x_min = 0.0f;
    float x_max = 0.0f;
    int row_begin = 0;  // within the picture
    int row_end = 0;
};

struct Kernels {
    void (*fill_convex)(const ConvexSpans& shape, std::uint8_t index, std::uint8_t* samples);
    // Averages each 4x4 block of samples into one RGB pixel, for kWorldRows rows.
    void (*resolve)(const std::uint8_t* samples, const Palette& palette, std::uint8_t* rgb);
    // The same rows shrunk to 64 columns, two rows from three.
    void (*resolve_small)(const std::uint8_t* samples, const Palette& palette, std::uint8_t* rgb);
    std::string_view name;
};

// The best one for this machine; all of those that it can run (for tests).
const Kernels& best_kernels();
std::span<const Kernels> usable_kernels();

}  // namespace wm::racing
