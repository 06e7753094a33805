// Rounding to nearest and honest denormals while it lives: other libraries set flush-to-zero for a whole thread, and
// threads inherit what their creator had.
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#else
#include <cfenv>
#endif

namespace wm::core {

#if defined(__x86_64__)

// Only the SSE register, and only when it is not as it should be: <cfenv> also saves and loads the x87 unit, which nothing
// here uses, and that takes longer than a car's physics.
class StandardFloats {
public:
    StandardFloats() : saved_(_mm_getcsr()) {
        if (changed()) _mm_setcsr(kDefault);
    }
    ~StandardFloats() {
        if (changed()) _mm_setcsr(saved_);
    }
    StandardFloats(const StandardFloats&) = delete;
    StandardFloats& operator=(const StandardFloats&) = delete;

private:
    static constexpr unsigned kDefault = 0x1f80, kFlags = 0x3f;  // exceptions masked; which ones have happened says nothing
    [[nodiscard]] bool changed() const { return (saved_ & ~kFlags) != kDefault; }

    unsigned saved_;
};

#else

class StandardFloats {
public:
    StandardFloats() {
        std::fegetenv(&saved_);
        std::fesetenv(FE_DFL_ENV);
    }
    ~StandardFloats() { std::fesetenv(&saved_); }
    StandardFloats(const StandardFloats&) = delete;
    StandardFloats& operator=(const StandardFloats&) = delete;

private:
    std::fenv_t saved_;
};

#endif

}  // namespace wm::core
