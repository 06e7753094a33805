// The vector intrinsics where there are any: WM_X86 says whether kernels for AVX2 and AVX-512 are compiled.
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
