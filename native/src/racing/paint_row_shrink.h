// Shrinks the surface to the picture row by row, from the top, as pygame's smoothscale does.
#pragma once

#include <cstdint>

#include "paint_exact_kernels.h"

namespace wm::racing {

class RowShrink {
public:
    explicit RowShrink(const ExactKernels& kernels) : kernels_(&kernels) {}

    void start(std::uint8_t* out);  // 96x96x3 bytes; the row above the first counts as black
    void add(const std::uint32_t* above, const std::uint32_t* row);

private:
    void end_output_row();

    const ExactKernels* kernels_;
    std::uint8_t* out_ = nullptr;
    int row_ = 0;
    std::size_t out_row_ = 0;
    alignas(64) ShrunkRow shrunk_{};
    alignas(64) ShrunkRow sums_{};
};

}  // namespace wm::racing
