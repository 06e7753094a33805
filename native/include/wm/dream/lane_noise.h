// Counter-based noise of many lanes: number j of draw c in a lane with key k is a hash of (k, c, j).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace wm::dream {

struct LaneDraw {
    std::span<const std::uint64_t> keys;
    std::span<std::uint64_t> counts;  // those of the drawn lanes go up by one
    const std::int64_t* lanes;        // which lanes, or null for all
    std::size_t chosen;               // how many; rows past them get noise that belongs to no lane
};

// out [rows, columns]: uniform in [0, 1), or standard normal (Box-Muller, one hash a number).
void draw_uniform(const LaneDraw& draw, std::size_t rows, std::size_t columns, float* out);
void draw_normal(const LaneDraw& draw, std::size_t rows, std::size_t columns, float* out);

}  // namespace wm::dream
