#include "paint_outline.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "paint_camera.h"

namespace wm::racing {
namespace {

constexpr int kRight = kWindowW - 1;
constexpr int kTop = kWindowH - 1;

bool outside(Pixel p) { return p.x < 0 || p.x > kRight || p.y < 0 || p.y > kTop; }

bool same_side_out(Pixel a, Pixel b) {
    return (a.x < 0 && b.x < 0) || (a.x > kRight && b.x > kRight) || (a.y < 0 && b.y < 0) || (a.y > kTop && b.y > kTop);
}

// Moves a (outside) along the line to b onto one border: horizontal ones last, all in float32, truncated.
void pull_in(Pixel& a, Pixel b) {
    const float slope = a.x == b.x ? 1.0f : static_cast<float>(b.y - a.y) / static_cast<float>(b.x - a.x);
    if (a.x < 0 || a.x > kRight) {
        const int border = a.x < 0 ? 0 : kRight;
        a.y += static_cast<int>(static_cast<float>(border - a.x) * slope);
        a.x = border;
    } else {
        const int border = a.y < 0 ? 0 : kTop;
        if (a.x != b.x) a.x += static_cast<int>(static_cast<float>(border - a.y) / slope);
        a.y = border;
    }
}

// False when nothing of the line is on the surface. The end that is clipped becomes the line's first.
bool clip(Pixel& a, Pixel& b) {
    while (outside(a) || outside(b)) {
        if (same_side_out(a, b)) return false;
        if (!outside(a)) std::swap(a, b);
        pull_in(a, b);
    }
    return true;
}

// A pixel's channels in fields that a product of two bytes does not leave: red, blue and green at bits 16, 0 and 40.
constexpr std::uint64_t kFields = 0x0000ff0000ff00ff;
std::uint64_t spread(std::uint32_t pixel) { return (pixel | std::uint64_t{pixel} << 32) & kFields; }

// below * (256 - alpha) + color * alpha, over 256; what goes below zero in a field on the way comes back in the same sum.
std::uint32_t blend(std::uint32_t below, std::uint64_t color, std::uint32_t weight) {
    const std::uint32_t alpha = (255 * weight) >> 8;
    const std::uint64_t under = spread(below);
    const std::uint64_t mixed = (((under << 8) + (color - under) * alpha) >> 8) & kFields;
    return static_cast<std::uint32_t>(mixed | mixed >> 32);
}

class Line {
public:
    Line(Pixel a, Pixel b, std::uint32_t color, const Band& band) : band_(band), color_(color), spread_(spread(color)), first_(a), low_(a), dx_(b.x - a.x), dy_(b.y - a.y) {
        if (dy_ < 0) {
            low_ = b;
            dx_ = -dx_;
            dy_ = -dy_;
        }
        dir_ = dx_ >= 0 ? 1 : -1;
        dx_ = std::abs(dx_);
    }

    void draw() const {
        if (low_.y >= band_.y_end || low_.y + dy_ + 1 < band_.y_begin) return;
        if (dx_ == 0) return upright();
        if (dy_ == 0) return flat();
        put(first_.x, first_.y);
        if (dy_ > dx_) {
            steep();
        } else {
            shallow();
        }
    }

private:
    void put(int x, int y) const {
        if (y >= band_.y_begin && y < band_.y_end) band_.row(y)[x] = color_;
    }
    void mix(std::uint32_t& at, std::uint32_t weight) const { at = blend(at, spread_, weight); }

    void upright() const {
        for (int y = std::max(low_.y, band_.y_begin); y < std::min(low_.y + dy_ + 1, band_.y_end); ++y) band_.row(y)[low_.x] = color_;
    }
    void flat() const {
        if (low_.y < band_.y_begin) return;
        const int begin = dir_ > 0 ? low_.x : low_.x - dx_;
        std::fill_n(band_.row(low_.y) + begin, dx_ + 1, color_);
    }
    void steep() const;
    void shallow() const;

    const Band& band_;
    std::uint32_t color_;
    std::uint64_t spread_;
    Pixel first_;  // drawn in full
    Pixel low_;    // the end with the smaller y
    int dx_;
    int dy_;
    int dir_ = 1;
};

void Line::steep() const {
    const auto slope = static_cast<std::uint64_t>((dx_ << 16) / dy_) << 16;
    const int begin = std::max(low_.y + 1, band_.y_begin);
    const int end = std::min(low_.y + dy_, band_.y_end);
    std::uint64_t at = slope * static_cast<std::uint64_t>(begin - low_.y);  // in 2^-32 pixels
    for (int y = begin; y < end; ++y, at += slope) {
        const int x = low_.x + dir_ * static_cast<int>(at >> 32);
        const auto weight = static_cast<std::uint32_t>(at >> 24) & 255U;
        std::uint32_t* const row = band_.row(y);
        mix(row[x], 255U - weight);
        if (x + dir_ >= 0 && x + dir_ <= kRight) mix(row[x + dir_], weight);
    }
}

void Line::shallow() const {
    const auto slope = static_cast<std::uint64_t>((dy_ << 16) / dx_) << 16;
    const auto step_of = [slope](int rows) { return rows <= 0 ? 0 : static_cast<int>(((static_cast<std::uint64_t>(rows) << 32) + slope - 1) / slope); };
    const int begin = std::max(step_of(band_.y_begin - 1 - low_.y), 1);
    const int end = std::min(step_of(band_.y_end - low_.y), dx_);
    std::uint64_t at = slope * static_cast<std::uint64_t>(begin);
    for (int k = begin; k < end; ++k, at += slope) {
        const int y = low_.y + static_cast<int>(at >> 32);
        const auto weight = static_cast<std::uint32_t>(at >> 24) & 255U;
        const int x = low_.x + dir_ * k;
        if (y >= band_.y_begin) mix(band_.row(y)[x], 255U - weight);
        if (y + 1 < band_.y_end) mix(band_.row(y + 1)[x], weight);
    }
}

}  // namespace

void draw_outline(const DrawnPolygon& polygon, const Band& band) {
    const auto corners = polygon.points();
    for (std::size_t i = 0; i < corners.size(); ++i) {
        Pixel a = corners[i];
        Pixel b = corners[(i + 1) % corners.size()];
        if (clip(a, b)) Line(a, b, polygon.color, band).draw();
    }
}

}  // namespace wm::racing
