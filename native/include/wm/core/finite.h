// Whether every number of an array is finite, without a branch for each.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace wm::core {

inline bool all_finite(std::span<const double> values) {
    constexpr std::uint64_t kExponent = 0x7ff0'0000'0000'0000;
    bool finite = true;
    for (const double value : values) finite &= (std::bit_cast<std::uint64_t>(value) & kExponent) != kExponent;
    return finite;
}

}  // namespace wm::core
