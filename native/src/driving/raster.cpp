#include "raster.h"

#include <algorithm>
#include <cmath>

namespace wm::driving {
namespace {

std::uint32_t channel(Color color, int shift) { return (color >> shift) & 255u; }

float signed_area(std::span<const Corner> c) {  // twice the area
    float area = 0.0f;
    for (std::size_t i = 2; i < c.size(); ++i) {
        area += (c[i - 1].x - c[0].x) * (c[i].y - c[0].y) - (c[i].x - c[0].x) * (c[i - 1].y - c[0].y);
    }
    return area;
}

}  // namespace

Color mix(Color a, Color b, float amount) {
    const auto k = static_cast<std::uint32_t>(std::clamp(amount, 0.0f, 1.0f) * 256.0f);
    Color out = 0;
    for (const int shift : {0, 8, 16}) out |= ((channel(a, shift) * (256u - k) + channel(b, shift) * k) >> 8) << shift;
    return out;
}

Color shade(Color color, float factor) {
    const auto k = static_cast<std::uint32_t>(std::max(factor, 0.0f) * 256.0f);
    Color out = 0;
    for (const int shift : {0, 8, 16}) out |= std::min((channel(color, shift) * k) >> 8, 255u) << shift;
    return out;
}

Raster::Raster(int width, int height, const RasterKernels& kernels)
    : kernels_(kernels),
      memory_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * kSupersample * kSupersample),
      touched_(height * kSupersample),
      background_(static_cast<std::size_t>(height) * kSupersample),
      resolved_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3) {
    samples_ = {memory_.data(), width * kSupersample, height * kSupersample};
}

void Raster::clear(std::span<const Color> rows) {
    if (std::ranges::equal(rows, background_)) return clear_touched();
    std::ranges::copy(rows, background_.begin());
    renew_background();
}

void Raster::clear(Color color) {
    if (std::ranges::all_of(background_, [color](Color c) { return c == color; })) return clear_touched();
    std::ranges::fill(background_, color);
    renew_background();
}

void Raster::renew_background() {
    touched_ = 0;
    clear_touched();
    kernels_.resolve(samples_, resolved_.data());
}

void Raster::clear_touched() {
    waiting_.count = 0;
    spans_.counts = {0, 0};
    spans_.x_min = 0.0f;
    spans_.x_max = static_cast<float>(samples_.width);
    spans_.row_begin = touched_;
    spans_.row_end = samples_.height;
    kernels_.fill(spans_, background_.data(), 1, samples_);
    touched_ = samples_.height;
}

// Without branches: level edges are written, too, but not counted.
void Raster::bound_by(std::span<const Corner> corners, float winding) {
    std::size_t lefts = 0, rights = 0;
    for (std::size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
        const Corner a = corners[j], b = corners[i];
        const float dy = b.y - a.y;
        const bool is_right = dy * winding > 0.0f;  // the polygon lies to the left of it
        spans_.edges[is_right ? 1 : 0][is_right ? rights : lefts] = {a.x, (b.x - a.x) / dy, a.y};
        const std::size_t counted = dy != 0.0f ? 1 : 0;
        lefts += is_right ? 0 : counted;
        rights += is_right ? counted : 0;
    }
    spans_.counts = {static_cast<int>(lefts), static_cast<int>(rights)};
}

bool Raster::spans_of(std::span<const Corner> corners) {
    float top = corners[0].y, bottom = top, x_min = corners[0].x, x_max = x_min;
    for (std::size_t i = 1; i < corners.size(); ++i) {
        top = std::min(top, corners[i].y);
        bottom = std::max(bottom, corners[i].y);
        x_min = std::min(x_min, corners[i].x);
        x_max = std::max(x_max, corners[i].x);
    }
    const auto width = static_cast<float>(samples_.width), height = static_cast<float>(samples_.height);
    if (!(x_max > 0.0f && x_min < width && bottom > 0.5f && top < height)) return false;
    // Truncation of what is not negative: the first row whose centre lies below.
    spans_.row_begin = static_cast<int>(std::max(top, -0.5f) + 0.5f);
    spans_.row_end = static_cast<int>(std::min(bottom, height) + 0.5f);
    if (spans_.row_begin >= spans_.row_end) return false;
    const float area = signed_area(corners);
    if (area == 0.0f) return false;
    spans_.x_min = x_min;
    spans_.x_max = x_max;
    bound_by(corners, area > 0.0f ? 1.0f : -1.0f);
    touched_ = std::min(touched_, spans_.row_begin);
    return true;
}

void Raster::fill_waiting() {
    if (waiting_.count > 0) kernels_.fill_quads(waiting_, samples_, touched_);
    waiting_.count = 0;
}

void Raster::fill_now(std::span<const Corner> corners, const Color* colors, int color_step) {
    fill_waiting();
    if (spans_of(corners)) kernels_.fill(spans_, colors, color_step, samples_);
}

std::size_t Raster::next_waiting() {
    if (waiting_.count == QuadQueue::kRoom) fill_waiting();
    return static_cast<std::size_t>(waiting_.count++);
}

void Raster::fill(std::span<const Corner> corners, Color color) {
    if (corners.size() != 4) return fill_now(corners, &color, 0);
    const std::size_t n = next_waiting();
    for (std::size_t i = 0; i < 4; ++i) {
        waiting_.x[i][n] = corners[i].x;
        waiting_.y[i][n] = corners[i].y;
    }
    waiting_.color[n] = color;
    waiting_.colors[n] = &waiting_.color[n];
    waiting_.color_step[n] = 0;
}

void Raster::fill_rows(std::span<const Corner> corners, const Color* rows) {
    if (corners.size() != 4) return fill_now(corners, rows, 1);
    fill_rows(Four{corners[0].x, corners[1].x, corners[2].x, corners[3].x}, Four{corners[0].y, corners[1].y, corners[2].y, corners[3].y}, rows);
}

void Raster::fill_rows(Four x, Four y, const Color* rows) {
    const std::size_t n = next_waiting();
    for (std::size_t i = 0; i < 4; ++i) {
        waiting_.x[i][n] = x[static_cast<int>(i)];
        waiting_.y[i][n] = y[static_cast<int>(i)];
    }
    waiting_.colors[n] = rows;
    waiting_.color_step[n] = 1;
}

void Raster::blend(std::span<const Corner> corners, Color color, float alpha) {
    fill_waiting();
    if (spans_of(corners)) kernels_.blend(spans_, color, static_cast<int>(std::clamp(alpha, 0.0f, 1.0f) * 256.0f), samples_);
}

void Raster::resolve(std::uint8_t* rgb) {
    fill_waiting();
    const int first = touched_ / kSupersample * kSupersample;
    const std::size_t above = static_cast<std::size_t>(first / kSupersample) * static_cast<std::size_t>(samples_.width / kSupersample) * 3;
    std::copy_n(resolved_.data(), above, rgb);
    kernels_.resolve({samples_.at + static_cast<std::ptrdiff_t>(first) * samples_.width, samples_.width, samples_.height - first}, rgb + above);
}

}  // namespace wm::driving
