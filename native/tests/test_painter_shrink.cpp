#include <cmath>
#include <random>
#include <vector>

#include "check.h"
#include "wm/racing/painter.h"

using namespace wm::racing;

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kIn = 96;
constexpr std::size_t kOut = 64;

Bytes noise() {
    std::mt19937 random(3);
    Bytes picture(kIn * kIn * 3);
    for (std::uint8_t& byte : picture) byte = static_cast<std::uint8_t>(random());
    return picture;
}

// How much of the output pixel [1.5 i, 1.5 i + 1.5) the input pixel [k, k + 1) covers.
double cover(std::size_t i, std::size_t k) {
    const double low = 1.5 * static_cast<double>(i);
    const double overlap = std::min(low + 1.5, static_cast<double>(k) + 1.0) - std::max(low, static_cast<double>(k));
    return std::max(overlap, 0.0) / 1.5;
}

void shrinking_is_an_area_resize() {
    const Bytes in = noise();
    Bytes out(kOut * kOut * 3);
    shrink_to_64(in.data(), out.data());
    for (std::size_t y = 0; y < kOut; ++y) {
        for (std::size_t x = 0; x < kOut; ++x) {
            double mean = 0.0;
            for (std::size_t v = 3 * y / 2; v <= 3 * y / 2 + 1; ++v) {
                for (std::size_t u = 3 * x / 2; u <= 3 * x / 2 + 1; ++u) mean += cover(y, v) * cover(x, u) * in[(v * kIn + u) * 3 + 1];
            }
            CHECK(std::lround(mean) == out[(y * kOut + x) * 3 + 1]);
        }
    }
}

void flat_pictures_stay_flat() {
    for (int value = 0; value < 256; ++value) {
        const Bytes in(kIn * kIn * 3, static_cast<std::uint8_t>(value));
        Bytes out(kOut * kOut * 3);
        shrink_to_64(in.data(), out.data());
        CHECK(out == Bytes(out.size(), static_cast<std::uint8_t>(value)));
    }
}

void grey_is_the_luma() {
    const Bytes in = noise();
    Bytes out(kIn * kIn);
    to_gray(in.data(), out.size(), out.data());
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double luma = 0.299 * in[3 * i] + 0.587 * in[3 * i + 1] + 0.114 * in[3 * i + 2];
        CHECK(std::abs(luma - out[i]) <= 0.51);
    }
    const Bytes white(3, 255);
    to_gray(white.data(), 1, out.data());
    CHECK(out[0] == 255);
}

}  // namespace

int main() {
    shrinking_is_an_area_resize();
    flat_pictures_stay_flat();
    grey_is_the_luma();
    return wm::test::report();
}
