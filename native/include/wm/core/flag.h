// Flags of lanes, a byte each: many of them lie in one cache line, which would go to and fro between the cores that step
// the lanes if every step wrote it. Nearly every step leaves them as they are.
#pragma once

#include <cstdint>

namespace wm::core {

inline void set_flag(std::uint8_t& flag, bool value) {
    if ((flag != 0) != value) flag = value ? 1 : 0;
}

}  // namespace wm::core
