// NumPy's default generator: SeedSequence and PCG64 (XSL-RR 128/64), bit for bit.
#pragma once

#include <cstdint>
#include <span>

namespace wm::core {

__extension__ using Uint128 = unsigned __int128;

class Pcg64 {
public:
    Pcg64() = default;
    // `words` is the seed in 32-bit words, low word first, as SeedSequence splits a Python int (0 -> one word).
    explicit Pcg64(std::span<const std::uint32_t> words);

    std::uint64_t next64();
    std::uint32_t next32();                   // keeps the unused half of a 64-bit draw for the next call
    double next_double();                     // [0, 1)
    double uniform(double low, double high);  // numpy: low + (high - low) * next_double
    std::uint32_t integers(std::uint32_t n);  // [0, n), Lemire's method as Generator.integers(n) uses it

    // Seeds lead to odd increments only: with an even one the generator may repeat one number for ever.
    [[nodiscard]] bool plausible() const { return (increment_ & 1u) == 1u && has_half_ <= 1; }

    template <class Archive>
    void fields(Archive& archive) {
        archive(state_, increment_, has_half_, half_);
    }

private:
    Uint128 state_ = 0;
    Uint128 increment_ = 1;
    std::uint32_t has_half_ = 0;
    std::uint32_t half_ = 0;
};

}  // namespace wm::core
