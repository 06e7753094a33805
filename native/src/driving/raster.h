// Fills convex polygons into a supersampled picture (2x2 samples a pixel, four bytes a sample) and averages it to RGB.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "wm/core/cache_lines.h"
#include "wm/core/float_pack.h"

namespace wm::driving {

using core::Four;

constexpr int kSupersample = 2;  // samples per pixel and axis
constexpr int kMaxCorners = 24;

using Color = std::uint32_t;  // red in the lowest byte, then green, blue; the highest byte is not used

constexpr Color rgb(int red, int green, int blue) {
    return static_cast<Color>(red) | static_cast<Color>(green) << 8 | static_cast<Color>(blue) << 16;
}
// From a to b; amount 0 .. 1.
Color mix(Color a, Color b, float amount);
// Lighter than 1 or darker than 1.
Color shade(Color color, float factor);

struct Corner {  // in samples, y down
    float x, y;
};

// A convex polygon as bounds of each row: x = at + slope * (row + 0.5 - from).
struct Spans {
    struct Edge { float at, slope, from; };
    std::array<std::array<Edge, kMaxCorners + 1>, 2> edges;  // left bounds, right bounds
    std::array<int, 2> counts{};
    float x_min = 0.0f, x_max = 0.0f;
    int row_begin = 0, row_end = 0;
};

struct Samples {
    Color* at = nullptr;
    int width = 0, height = 0;  // in samples; rows follow each other
};

// Quadrilaterals that wait to be filled, in order: most polygons of a picture are some.
struct QuadQueue {
    static constexpr int kRoom = 64;
    alignas(64) float x[4][kRoom]{}, y[4][kRoom]{};  // samples, by corner
    Color color[kRoom]{};
    const Color* colors[kRoom]{};                    // row r gets colors[r * color_step]
    int color_step[kRoom]{};
    int count = 0;
};

// One version per instruction set; every version writes the same bytes.
struct RasterKernels {
    // Row r gets colors[r * color_step]: step 0 for one colour, 1 for a colour of each row.
    void (*fill)(const Spans& spans, const Color* colors, int color_step, const Samples& samples);
    void (*fill_quads)(const QuadQueue& queue, const Samples& samples, int& touched);  // touched: the highest row so far
    void (*blend)(const Spans& spans, Color color, int alpha, const Samples& samples);  // alpha 0 .. 256
    void (*resolve)(const Samples& samples, std::uint8_t* rgb);
    std::string_view name;
};
const RasterKernels& best_raster_kernels();
std::span<const RasterKernels> usable_raster_kernels();

class Raster {
public:
    Raster(int width, int height, const RasterKernels& kernels = best_raster_kernels());  // pixels

    [[nodiscard]] int width() const { return samples_.width; }    // samples
    [[nodiscard]] int height() const { return samples_.height; }  // samples

    void clear(std::span<const Color> rows);  // [height] the colour of each row of samples
    void clear(Color color);
    // Convex polygons in either winding, at most kMaxCorners corners; anything may lie outside.
    void fill(std::span<const Corner> corners, Color color);
    void fill_rows(std::span<const Corner> corners, const Color* rows);  // rows [height], to stay until resolve()
    void fill_rows(Four x, Four y, const Color* rows);                   // of a quadrilateral
    void blend(std::span<const Corner> corners, Color color, float alpha);
    void resolve(std::uint8_t* rgb);  // [height / 2, width / 2, 3]

private:
    bool spans_of(std::span<const Corner> corners);
    void bound_by(std::span<const Corner> corners, float winding);
    void fill_now(std::span<const Corner> corners, const Color* colors, int color_step);
    std::size_t next_waiting();
    void fill_waiting();
    void clear_touched();
    void renew_background();

    const RasterKernels& kernels_;
    core::AlignedVector<Color> memory_;
    Samples samples_;
    Spans spans_;
    QuadQueue waiting_;
    // What lies above the highest polygon, the sky mostly, is neither cleared nor averaged again.
    int touched_;                         // first row that may differ from the background
    std::vector<Color> background_;       // [height]
    std::vector<std::uint8_t> resolved_;  // [height / 2, width / 2, 3] of the background
};

}  // namespace wm::driving
