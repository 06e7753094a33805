#include "wm/core/rng.h"

#include <array>

namespace wm::core {
namespace {

// O'Neill's seed_seq design, with the constants that NumPy's SeedSequence documents.
constexpr std::uint32_t kInitA = 0x43b0d7e5u;
constexpr std::uint32_t kMultA = 0x931e8875u;
constexpr std::uint32_t kInitB = 0x8b51f9ddu;
constexpr std::uint32_t kMultB = 0x58f38dedu;
constexpr std::uint32_t kMixLeft = 0xca01f9ddu;
constexpr std::uint32_t kMixRight = 0x4973f715u;
constexpr std::size_t kPoolSize = 4;

using Pool = std::array<std::uint32_t, kPoolSize>;

struct Hasher {
    std::uint32_t constant;
    std::uint32_t multiplier;

    std::uint32_t operator()(std::uint32_t value) {
        value ^= constant;
        constant *= multiplier;
        value *= constant;
        return value ^ (value >> 16);
    }
};

std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
    const std::uint32_t result = kMixLeft * x - kMixRight * y;
    return result ^ (result >> 16);
}

Pool mix_entropy(std::span<const std::uint32_t> words) {
    Pool pool{};
    Hasher hash{kInitA, kMultA};
    for (std::size_t i = 0; i < kPoolSize; ++i) pool[i] = hash(i < words.size() ? words[i] : 0u);
    for (std::size_t source = 0; source < kPoolSize; ++source) {
        for (std::size_t target = 0; target < kPoolSize; ++target) {
            if (source != target) pool[target] = mix(pool[target], hash(pool[source]));
        }
    }
    for (std::size_t source = kPoolSize; source < words.size(); ++source) {
        for (auto& target : pool) target = mix(target, hash(words[source]));
    }
    return pool;
}

std::array<std::uint64_t, 4> generate_state(const Pool& pool) {
    Hasher hash{kInitB, kMultB};
    std::array<std::uint64_t, 4> state{};
    for (std::size_t i = 0; i < 2 * state.size(); ++i) {
        state[i / 2] |= std::uint64_t{hash(pool[i % kPoolSize])} << (32 * (i % 2));
    }
    return state;
}

constexpr Uint128 join(std::uint64_t high, std::uint64_t low) { return (Uint128{high} << 64) | low; }

constexpr Uint128 kPcgMultiplier = join(0x2360ed051fc65da4ull, 0x4385df649fccf645ull);

}  // namespace

Pcg64::Pcg64(std::span<const std::uint32_t> words) {
    const auto seed = generate_state(mix_entropy(words));
    increment_ = (join(seed[2], seed[3]) << 1) | 1u;
    state_ = (increment_ + join(seed[0], seed[1])) * kPcgMultiplier + increment_;
}

std::uint64_t Pcg64::next64() {
    state_ = state_ * kPcgMultiplier + increment_;
    const auto folded = static_cast<std::uint64_t>(state_ >> 64) ^ static_cast<std::uint64_t>(state_);
    const auto turn = static_cast<unsigned>(state_ >> 122);
    return (folded >> turn) | (folded << ((64u - turn) & 63u));
}

std::uint32_t Pcg64::next32() {
    if (has_half_ != 0) {
        has_half_ = 0;
        return half_;
    }
    const std::uint64_t draw = next64();
    has_half_ = 1;
    half_ = static_cast<std::uint32_t>(draw >> 32);
    return static_cast<std::uint32_t>(draw);
}

double Pcg64::next_double() { return static_cast<double>(next64() >> 11) * (1.0 / 9007199254740992.0); }

double Pcg64::uniform(double low, double high) { return low + (high - low) * next_double(); }

std::uint32_t Pcg64::integers(std::uint32_t n) {
    std::uint64_t product = std::uint64_t{next32()} * n;
    if (static_cast<std::uint32_t>(product) < n) {
        const std::uint32_t threshold = (0u - n) % n;
        while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{next32()} * n;
    }
    return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace wm::core
