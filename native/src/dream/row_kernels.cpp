#include "row_kernels.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "cpu.h"

#if defined(__clang__)
#define WM_UNROLL _Pragma("unroll")
#else
#define WM_UNROLL _Pragma("GCC unroll 16")
#endif

#define WM_INLINE [[gnu::always_inline]] WM_TARGET inline

namespace wm::dream {
namespace {

// Multiplication and addition are fused by name only (never by the compiler's choice), so that every path through the
// kernels rounds a row alike.

namespace plain {
#define WM_TARGET
constexpr int kLanes = 4, kTileRows = 4;
typedef float V __attribute__((vector_size(16)));
typedef std::int32_t I __attribute__((vector_size(16)));
inline V fma(V a, V b, V c) { return a * b + c; }
#include "row_kernels_math.inc"
#include "row_kernels_dense.inc"
#include "row_kernels_mixture.inc"
constexpr Kernels kKernels{kPanel, "plain", dense, activate, gru, lstm, mixture};
#undef WM_TARGET
}  // namespace plain

#if WM_X86
namespace avx2 {
#define WM_TARGET __attribute__((target("avx2,fma")))
constexpr int kLanes = 8, kTileRows = 6;
typedef float V __attribute__((vector_size(32)));
typedef std::int32_t I __attribute__((vector_size(32)));
WM_INLINE V fma(V a, V b, V c) { return (V)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
#include "row_kernels_math.inc"
#include "row_kernels_dense.inc"
#include "row_kernels_mixture.inc"
constexpr Kernels kKernels{kPanel, "avx2", dense, activate, gru, lstm, mixture};
#undef WM_TARGET
}  // namespace avx2

namespace avx512 {
#define WM_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
constexpr int kLanes = 16, kTileRows = 12;
typedef float V __attribute__((vector_size(64)));
typedef std::int32_t I __attribute__((vector_size(64)));
WM_INLINE V fma(V a, V b, V c) { return (V)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
#include "row_kernels_math.inc"
#include "row_kernels_dense.inc"
#include "row_kernels_mixture.inc"
constexpr Kernels kKernels{kPanel, "avx512", dense, activate, gru, lstm, mixture};
#undef WM_TARGET
}  // namespace avx512

constexpr std::array<const Kernels*, 3> kAll{&plain::kKernels, &avx2::kKernels, &avx512::kKernels};
#else
constexpr std::array<const Kernels*, 1> kAll{&plain::kKernels};
#endif

}  // namespace

const Kernels& kernels_of(int level) { return *kAll[static_cast<std::size_t>(checked_level(level))]; }

}  // namespace wm::dream
