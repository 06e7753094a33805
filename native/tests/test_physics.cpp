// The hash was taken when all states of the golden set were equal to Gymnasium's (tests/native/test_golden.py).
#include "check_equal.h"
#include "racing_fixture.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace {

void check_hash(int threads) {
    fixture::Run run(fixture::config(12, threads));
    for (int t = 0; t < 150; ++t) run.step(t);
    CHECK_EQUAL(run.state_hash(), 0x3c972041bb03bd03ull);
}

// Some libraries set flush-to-zero for the whole process; the physics must not see it, and must leave it as it was.
void check_flush_to_zero() {
#if defined(__SSE2__)
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040u);
    check_hash(2);
    CHECK((_mm_getcsr() & 0x8040u) == 0x8040u);
    _mm_setcsr(before);
#endif
}

}  // namespace

int main() {
    for (int threads = 1; threads <= 8; ++threads) check_hash(threads);
    check_flush_to_zero();
    return wm::test::report();
}
