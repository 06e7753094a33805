// What fuzz targets share: an input taken apart, and an expectation that ends the process.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

namespace fuzz {

inline void expect(bool condition) {
    if (!condition) std::abort();
}

// Takes the input apart; zeros once it is used up.
class Input {
public:
    explicit Input(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

    template <class Value>
    Value take() {
        Value value{};
        const std::size_t count = std::min(sizeof(Value), rest_.size());
        if (count > 0) std::memcpy(&value, rest_.data(), count);  // an empty span may be null
        rest_ = rest_.subspan(count);
        return value;
    }
    int below(int bound) { return take<std::uint8_t>() % bound; }
    bool flip() { return below(2) == 1; }
    float share() { return static_cast<float>(take<std::uint8_t>()) / 255.0f; }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

private:
    std::span<const std::uint8_t> rest_;
};

}  // namespace fuzz
