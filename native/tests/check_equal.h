// CHECK_EQUAL prints both numbers: for golden hashes.
#pragma once

#include <cstdint>
#include <cstdio>

#include "check.h"

namespace wm::test {

template <class Got, class Expected>
void check_equal(const Got& got, const Expected& expected, const char* expression, const char* file, int line) {
    check(got == expected, expression, file, line);
    if (got == expected) return;
    std::fprintf(stderr, "    got 0x%llx, expected 0x%llx\n", static_cast<unsigned long long>(got),
                 static_cast<unsigned long long>(expected));
}

}  // namespace wm::test

#define CHECK_EQUAL(got, expected) ::wm::test::check_equal((got), (expected), #got, __FILE__, __LINE__)
