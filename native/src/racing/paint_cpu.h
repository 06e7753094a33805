// Which instruction sets the kernels are compiled for, and which of them this machine has.
#pragma once

#include <cstddef>

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

namespace wm::racing {

// 1 plain, 2 with AVX2, 3 with AVX-512 (F, BW, VL).
std::size_t cpu_levels();

}  // namespace wm::racing
