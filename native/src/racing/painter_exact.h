// The exact painter on a chosen instruction set, for tests that compare them.
#pragma once

#include <memory>

#include "paint_exact_kernels.h"
#include "wm/racing/painter_exact.h"

namespace wm::racing {

std::unique_ptr<Painter> make_exact_painter(std::shared_ptr<const ScoreTable> scores, const ExactKernels& kernels);

}  // namespace wm::racing
