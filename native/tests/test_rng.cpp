// Against numpy 2.4: SeedSequence(seed) -> PCG64 -> Generator.
#include <array>
#include <cstdint>
#include <vector>

#include "check_equal.h"
#include "wm/core/rng.h"

using wm::core::Pcg64;
using Words = std::vector<std::uint32_t>;

namespace {

void check_draws(const Words& seed, const std::array<std::uint64_t, 3>& expected) {
    wm::core::Pcg64 rng(seed);
    for (const std::uint64_t value : expected) CHECK_EQUAL(rng.next64(), value);
}

void check_integers_keep_the_half() {
    wm::core::Pcg64 rng(Words{42});
    wm::core::Pcg64 plain(Words{42});
    const std::uint64_t draw = plain.next64();
    CHECK_EQUAL(rng.next32(), static_cast<std::uint32_t>(draw));
    const double between = rng.next_double();  // a 64-bit draw leaves the kept half alone
    CHECK(between == plain.next_double());
    CHECK_EQUAL(rng.next32(), static_cast<std::uint32_t>(draw >> 32));
}

void check_integers(const std::array<std::uint32_t, 12>& expected) {
    wm::core::Pcg64 rng(Words{7});
    for (const std::uint32_t value : expected) CHECK_EQUAL(rng.integers(3), value);
}

}  // namespace

int main() {
    check_draws({0}, {0xa30febcfd9c2825full, 0x4510bdf882d9d721ull, 0xa7d3da94ecde8b8ull});
    check_draws({12345}, {0x3a32b18db2ffc19dull, 0x51171315c9e4c4deull, 0xcc2024823444efd9ull});
    check_draws({12345, 1}, {0x7a4dc915bd3a7cfeull, 0x35879f2df6cc90c6ull, 0xf2a53c59a0a3d7a1ull});                    // 2**32 + 12345
    check_draws({7, 0, 0, 0, 4}, {0xdbaa9c7dcd26280cull, 0x927fd4541b8a9139ull, 0x8408eaafa89c02f5ull});               // 2**130 + 7
    check_integers_keep_the_half();
    check_integers({2, 1, 2, 2, 1, 2, 2, 0, 0, 0, 0, 2});
    wm::core::Pcg64 rng(Words{3});
    CHECK(rng.uniform(50.0, 150.0) == 58.56491671436244);
    return wm::test::report();
}
