// The indicator bars of the panel, as inclusive rectangles of the flipped surface's pixels (y down).
#pragma once

#include <array>
#include <cstddef>

#include "wm/racing/scene.h"

namespace wm::racing {

struct Bar {
    int x0, x1, y0, y1;  // both ends inclusive, not clipped
    int r, g, b;
};

class Bars {
public:
    Bars() = default;
    explicit Bars(const Scene& scene);
    [[nodiscard]] const Bar* begin() const { return bars_.data(); }
    [[nodiscard]] const Bar* end() const { return bars_.data() + count_; }

private:
    void vertical(int place, double value, double factor, Bar color);
    void horizontal(int place, double value, double factor, Bar color);

    std::array<Bar, 7> bars_{};
    std::size_t count_ = 0;
};

}  // namespace wm::racing
