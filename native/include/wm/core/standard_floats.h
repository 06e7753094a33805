// Rounding to nearest and honest denormals while it lives: other libraries set flush-to-zero for a whole thread, and
// threads inherit what their creator had.
#pragma once

#include <cfenv>

namespace wm::core {

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

}  // namespace wm::core
