// Weights of one layer in panels, gate by gate, each gate padded to whole panels.
#pragma once

#include "row_kernels.h"
#include "wm/core/cache_lines.h"

namespace wm::dream {

class Packed {
public:
    // Gates `first` to `first + gates` (each `size` outputs) of the matrices, whose inputs follow each other.
    Packed(std::initializer_list<Matrix> matrices, std::size_t first, std::size_t gates, std::size_t size, std::size_t panel);

    Panels panels() const { return {weight_.data(), bias_.data(), inputs_, bias_.size()}; }

private:
    core::AlignedVector<float> weight_, bias_;
    std::size_t inputs_ = 0;
};

}  // namespace wm::dream
