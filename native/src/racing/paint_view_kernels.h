// From the 96x96 picture to the other observations, one version per instruction set; every version writes the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace wm::racing {

struct ViewKernels {
    // Two rows of 64 from every three rows of 96, which begin one below the other.
    void (*shrink)(const std::uint8_t* rgb96, int triples, std::uint8_t* rgb64);
    void (*gray)(const std::uint8_t* rgb, std::size_t pixels, std::uint8_t* out);
    std::string_view name;
};

const ViewKernels& best_view_kernels();
std::span<const ViewKernels> usable_view_kernels();

}  // namespace wm::racing
