// Which instruction sets the kernels are compiled for, and which of them this machine has.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define WM_X86 1
#if !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"  // g++ 12's own header: GCC bug 105593
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#if !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#else
#define WM_X86 0
#endif

namespace wm::dream {

// 0 plain, 1 with AVX2 and FMA, 2 with AVX-512 (F, BW, DQ, VL).
int best_level();

// The level asked for (-1: the best); throws std::invalid_argument for one that this machine lacks.
int checked_level(int level);

}  // namespace wm::dream
