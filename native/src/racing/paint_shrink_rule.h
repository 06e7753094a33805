// pygame's smoothscale from n to m < n pixels: each output sums whole inputs and splits the two at its ends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace wm::racing {

struct ShrinkStep {  // one output pixel
    std::uint16_t first;        // input shared with the previous output
    std::uint16_t first_part;   // its weight here, of 0x4000
    std::uint16_t whole;        // first of the inputs that belong to this output alone
    std::uint16_t last;         // the one after them, shared with the next output
    std::uint16_t last_part;
};

template <std::size_t kOut>
struct ShrinkRule {
    std::array<ShrinkStep, kOut> steps;
    std::uint32_t reciprocal;  // of the inputs per output, in 16-bit fixed point
};

template <std::size_t kIn, std::size_t kOut>
constexpr ShrinkRule<kOut> shrink_rule() {
    constexpr std::uint32_t kOne = 0x4000;
    constexpr auto kSpace = static_cast<std::uint32_t>(kOne * kIn / kOut);
    ShrinkRule<kOut> rule{};
    rule.reciprocal = 0x40000000 / kSpace;
    std::uint32_t left = kSpace;  // still to be summed by the current output
    ShrinkStep step{0, 0, 0, 0, 0};
    std::uint16_t input = 0;
    for (std::size_t out = 0; out < kOut; ++input) {
        if (left > kOne) {
            left -= kOne;
            continue;
        }
        step.last = input;
        step.last_part = static_cast<std::uint16_t>(left);
        rule.steps[out++] = step;
        const auto rest = static_cast<std::uint16_t>(kOne - left);
        step = {input, rest, static_cast<std::uint16_t>(input + 1), 0, 0};
        left = kSpace - rest;
    }
    return rule;
}

constexpr std::uint32_t shrink_part(std::uint32_t value, std::uint32_t weight) { return (4 * value * weight) >> 16; }

}  // namespace wm::racing
