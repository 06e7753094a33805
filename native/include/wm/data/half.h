// IEEE 754 binary16 to binary32, exact, for every one of the 65536 values; written without branches so that compilers
// vectorise the loop (F16C is not part of the x86-64 baseline that a wheel is built for).
#pragma once

#include <bit>
#include <cstdint>

namespace wm::data {

[[nodiscard]] inline float half_to_float(std::uint16_t half) {
    constexpr std::uint32_t kExponent = 0x7c00u << 13;
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
    const std::uint32_t magnitude = static_cast<std::uint32_t>(half & 0x7fffu) << 13;
    const std::uint32_t exponent = magnitude & kExponent;
    const std::uint32_t normal = magnitude + (112u << 23);  // rebias 15 -> 127
    const std::uint32_t special = normal + (112u << 23);    // infinities and NaN keep all exponent bits
    // Subnormal: the integer 0..1023 in units of 2^-24; a conversion is exact and does not depend on flush-to-zero.
    const float small = static_cast<float>(static_cast<std::int32_t>(half & 0x03ffu)) * 0x1p-24f;
    std::uint32_t bits = exponent == kExponent ? special : normal;
    bits = exponent == 0 ? std::bit_cast<std::uint32_t>(small) : bits;
    return std::bit_cast<float>(bits | sign);
}

}  // namespace wm::data
