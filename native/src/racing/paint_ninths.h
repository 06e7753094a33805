// Dividing the weighted sums of the 3:2 box filter by nine, rounded to nearest: a multiplication and a shift.
#pragma once

#include <cstdint>

namespace wm::racing {

constexpr int kNinth = 7282;  // of 65536

constexpr bool ninths_are_exact() {
    for (int sum = 0; sum <= 9 * 255; ++sum) {
        if (((sum + 4) * kNinth) >> 16 != (sum + 4) / 9) return false;
    }
    return true;
}
static_assert(ninths_are_exact());

}  // namespace wm::racing
