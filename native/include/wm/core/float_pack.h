// Arithmetic on one float32 or on four side by side, written once: a pack's lane has the bits of the same expression on
// floats (IEEE operations, never fused). `condition ? a : b` chooses lane by lane.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace wm::core {

typedef float Four __attribute__((vector_size(16)));
typedef std::int32_t FourBits __attribute__((vector_size(16)));

template <class F>
using Flag = decltype(F{} < F{});  // bool, or a pack of all ones and zeros

inline bool both(bool a, bool b) { return a && b; }
inline FourBits both(FourBits a, FourBits b) { return a & b; }

inline bool same_bits(float a, float b) { return std::bit_cast<std::int32_t>(a) == std::bit_cast<std::int32_t>(b); }
inline FourBits same_bits(Four a, Four b) { return std::bit_cast<FourBits>(a) == std::bit_cast<FourBits>(b); }

inline Four four_at(const float* from) {
    Four v;
    std::memcpy(&v, from, sizeof v);
    return v;
}

// One bit a lane.
inline unsigned lanes_of(bool flag) { return flag ? 1U : 0U; }
inline unsigned lanes_of(FourBits flag) {
#if defined(__SSE__)
    return static_cast<unsigned>(_mm_movemask_ps(std::bit_cast<__m128>(flag)));
#else
    unsigned lanes = 0;
    for (int i = 0; i < 4; ++i) lanes |= flag[i] != 0 ? 1U << i : 0U;
    return lanes;
#endif
}

// The numbers of one lane. `Packs` is made of packs and nothing else, `Numbers` the same made of floats.
template <class Numbers, class Packs>
Numbers get_lane(const Packs& packs, std::size_t lane) {
    constexpr std::size_t kCount = sizeof(Numbers) / sizeof(float), kLanes = sizeof(Packs) / sizeof(Numbers);
    const auto* const first = reinterpret_cast<const std::byte*>(&packs) + lane * sizeof(float);
    std::array<float, kCount> own;
    for (std::size_t i = 0; i < kCount; ++i) std::memcpy(&own[i], first + i * kLanes * sizeof(float), sizeof(float));
    return std::bit_cast<Numbers>(own);
}

template <class Packs, class Numbers>
void set_lane(Packs& packs, std::size_t lane, const Numbers& numbers) {
    constexpr std::size_t kCount = sizeof(Numbers) / sizeof(float), kLanes = sizeof(Packs) / sizeof(Numbers);
    const auto own = std::bit_cast<std::array<float, kCount>>(numbers);
    auto* const first = reinterpret_cast<std::byte*>(&packs) + lane * sizeof(float);
    for (std::size_t i = 0; i < kCount; ++i) std::memcpy(first + i * kLanes * sizeof(float), &own[i], sizeof(float));
}

}  // namespace wm::core
