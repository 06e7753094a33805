// The exact painter: every byte of the picture as Gymnasium's state_pixels has it (pygame-ce's integer rules).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "wm/racing/painter.h"

namespace wm::racing {

// The score text as the observation shows it. The font is not ours to ship: the caller renders each text with pygame
// at full scale (1000x800) and adds it; the table keeps only the shrunk grey patches. Shared by painters, then constant.
class ScoreTable {
public:
    static constexpr int kWidth = 12;   // observation pixels: columns 0..11 of the panel
    static constexpr int kHeight = 12;  // rows 84..95
    static constexpr int kMaxImageWidth = 120;  // pixels; wider texts would reach the speed bar
    using Patch = std::span<const std::uint8_t>;  // kWidth * kHeight grey values, row-major

    // Texts for rewards that round to first_value, first_value + 1, ...; negative_zero is "-000".
    explicit ScoreTable(int first_value) : first_value_(first_value) {}

    // Adds the next value's text: `grey` holds width * height bytes, row-major, as font.render made it.
    // Throws std::invalid_argument when it is too large for its place.
    void add(std::span<const std::uint8_t> grey, int width, int height);
    void set_negative_zero(std::span<const std::uint8_t> grey, int width, int height);

    // Empty when the reward's text was not added.
    [[nodiscard]] Patch find(double reward) const;

private:
    int first_value_;
    std::vector<std::uint8_t> patches_;
    std::vector<std::uint8_t> negative_zero_;
};

// Rewards outside the table are shown with the fast painter's digits, which are close but not exact.
std::unique_ptr<Painter> make_exact_painter(std::shared_ptr<const ScoreTable> scores);

}  // namespace wm::racing
