// The fast painter on a chosen instruction set, for tests that compare them.
#pragma once

#include <memory>

#include "paint_kernels.h"
#include "wm/racing/painter.h"

namespace wm::racing {

std::unique_ptr<Painter> make_fast_painter(const Kernels& kernels);

}  // namespace wm::racing
