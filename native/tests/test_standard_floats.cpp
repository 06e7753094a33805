// Whatever another library has set for the thread, ours computes as everywhere, and leaves the setting as it was.
#include <cfenv>
#include <limits>

#include "check.h"
#include "wm/core/standard_floats.h"
#include "wm/core/x86.h"

namespace {

using wm::core::StandardFloats;

// Not known to the compiler: it must not compute at compile time.
volatile float one = 1.0f, three = 3.0f;
volatile float smallest = std::numeric_limits<float>::min();

void test_rounds_to_nearest() {
    const float nearest = one / three;
    std::fesetround(FE_DOWNWARD);
    const float below = one / three;
    CHECK(below < nearest);
    {
        const StandardFloats floats;
        CHECK(one / three == nearest);
    }
    CHECK(one / three == below);
    std::fesetround(FE_TONEAREST);
}

void test_keeps_denormals() {
#if WM_X86
    constexpr unsigned kFlush = 0x8040;  // results and operands
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | kFlush);
    CHECK(smallest / three == 0.0f);
    {
        const StandardFloats floats;
        CHECK(smallest / three > 0.0f);
    }
    CHECK(smallest / three == 0.0f);
    _mm_setcsr(before);
#endif
}

void test_nests() {
    const float nearest = one / three;
    std::fesetround(FE_DOWNWARD);
    const StandardFloats outer;
    { const StandardFloats inner; }
    CHECK(one / three == nearest);
}

}  // namespace

int main() {
    test_rounds_to_nearest();
    test_keeps_denormals();
    test_nests();
    return wm::test::report();
}
