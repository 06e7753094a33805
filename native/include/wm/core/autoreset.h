// What a batch does with a lane whose episode ended: gymnasium.vector.AutoresetMode.
#pragma once

#include <cstdint>

namespace wm::core {

enum class Autoreset : std::uint8_t { next_step, same_step, disabled };

}  // namespace wm::core
