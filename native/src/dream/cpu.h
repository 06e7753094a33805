// Which instruction sets, of those that the kernels are compiled for, this machine has.
#pragma once

#include "wm/core/x86.h"

namespace wm::dream {

// 0 plain, 1 with AVX2 and FMA, 2 with AVX-512 (F, BW, DQ, VL).
int best_level();

// The level asked for (-1: the best); throws std::invalid_argument for one that this machine lacks.
int checked_level(int level);

}  // namespace wm::dream
