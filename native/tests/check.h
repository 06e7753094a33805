// The few lines that the C++ tests need: CHECK counts failures and goes on; main returns the count.
#pragma once

#include <cstdint>
#include <cstdio>
#include <span>

namespace wm::test {

inline int failures = 0;

inline void check(bool ok, const char* expression, const char* file, int line) {
    if (ok) return;
    ++failures;
    std::fprintf(stderr, "%s:%d: failed: %s\n", file, line, expression);
}

inline std::uint64_t fnv1a(std::span<const std::uint8_t> bytes) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3ULL;
    return hash;
}

inline int report() {
    if (failures == 0) std::puts("ok");
    return failures == 0 ? 0 : 1;
}

}  // namespace wm::test

#define CHECK(expression) ::wm::test::check((expression), #expression, __FILE__, __LINE__)
