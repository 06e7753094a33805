// The hot loops of the exact painter, one version per instruction set; every version writes the same bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "paint_camera.h"

namespace wm::racing {

constexpr int kRowStride = 1040;  // pixels: whole 64-byte blocks, and not a power of two apart; those beyond 1000 stay black
constexpr std::size_t kRowSums = 288;
using ShrunkRow = std::array<std::uint16_t, kRowSums>;  // one surface row at the picture's width, RGB

struct RowSplit {  // weights of a surface row that two output rows share, of 0x4000
    std::uint16_t last_part;   // in the one that ends
    std::uint16_t first_part;  // in the one that begins
    std::uint16_t reciprocal;
};

struct ExactKernels {
    void (*fill)(std::uint32_t* at, int count, std::uint32_t color);
    // Brings `shrunk` from the row above (which it stands for) to `row`: only where the two differ.
    void (*shrink_row)(const std::uint32_t* above, const std::uint32_t* row, ShrunkRow& shrunk);
    void (*add_row)(const ShrunkRow& row, ShrunkRow& sums);
    void (*end_row)(const ShrunkRow& row, const RowSplit& split, ShrunkRow& sums, std::uint8_t* out);
    std::string_view name;
};

const ExactKernels& best_exact_kernels();
std::span<const ExactKernels> usable_exact_kernels();

}  // namespace wm::racing
