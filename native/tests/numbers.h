// Pseudorandom numbers that are the same everywhere; a test that must begin anew sets `state`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

std::uint64_t state = 1;

float number() {  // in [-1, 1)
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<float>(static_cast<double>(state >> 11) * 0x1p-52 - 1.0);
}

std::vector<float> numbers(std::size_t count, float scale = 1.0f) {
    std::vector<float> values(count);
    for (float& value : values) value = scale * number();
    return values;
}

}  // namespace
