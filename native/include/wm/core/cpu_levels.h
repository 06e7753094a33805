// Which instruction sets, of those that the kernels are compiled for, this machine has.
#pragma once

#include <cstddef>

#include "wm/core/x86.h"

namespace wm::core {

// 1 plain, 2 with AVX2, 3 with AVX-512 (F, BW, VL).
std::size_t cpu_levels();

}  // namespace wm::core
