// The score text of the panel, drawn with our own stroke digits.
#pragma once

#include <span>

namespace wm::racing {

// Adds the text's grey to the panel's 12x96x3 sums.
void add_score(double reward, std::span<float> sums);

}  // namespace wm::racing
