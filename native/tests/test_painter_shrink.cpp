#include <cmath>
#include <random>
#include <vector>

#include "check.h"
#include "paint_view_kernels.h"
#include "painter_fast.h"
#include "painter_scenes.h"
#include "wm/racing/painter.h"
#include "wm/racing/painter_exact.h"

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

void grey_is_gymnasiums() {
    const Bytes in = noise();
    Bytes out(kIn * kIn);
    to_gray(in.data(), out.size(), out.data());
    for (std::size_t i = 0; i < out.size(); ++i) {
        CHECK(static_cast<std::uint8_t>(in[3 * i] * 0.2125 + in[3 * i + 1] * 0.7154 + in[3 * i + 2] * 0.0721) == out[i]);
    }
}

void small_pictures_are_the_large_ones_shrunk() {
    wm::test::Scenes scenes;
    for (const auto& named : scenes.all()) {
        for (const auto& painter : {make_fast_painter(), make_exact_painter(nullptr)}) {
            Bytes large(kIn * kIn * 3), small(kOut * kOut * 3), expected(kOut * kOut * 3);
            painter->paint(named.scene, large.data());
            painter->paint_small(named.scene, small.data());
            shrink_to_64(large.data(), expected.data());
            CHECK(small == expected);
        }
    }
}

void every_instruction_set_paints_the_same_small_picture() {
    wm::test::Scenes scenes;
    const auto reference = make_fast_painter(usable_kernels().front());
    for (const Kernels& kernels : usable_kernels()) {
        const auto painter = make_fast_painter(kernels);
        for (const auto& named : scenes.all()) {
            Bytes a(kOut * kOut * 3), b(kOut * kOut * 3);
            reference->paint_small(named.scene, a.data());
            painter->paint_small(named.scene, b.data());
            CHECK(a == b);
        }
    }
}

void every_instruction_set_writes_the_same_bytes() {
    const Bytes in = noise();
    const auto outputs = [&in](const ViewKernels& kernels) {
        Bytes out(kOut * kOut * 3 + kIn * kIn + 1, 77);
        kernels.shrink(in.data(), kIn / 3, out.data());
        kernels.gray(in.data(), kIn * kIn - 5, out.data() + kOut * kOut * 3);  // not a whole register at the end
        return out;
    };
    const Bytes expected = outputs(usable_view_kernels().front());
    CHECK(expected.back() == 77 && expected[expected.size() - 6] == 77);
    for (const ViewKernels& kernels : usable_view_kernels()) CHECK(outputs(kernels) == expected);
}

}  // namespace

int main() {
    shrinking_is_an_area_resize();
    flat_pictures_stay_flat();
    grey_is_gymnasiums();
    every_instruction_set_writes_the_same_bytes();
    small_pictures_are_the_large_ones_shrunk();
    every_instruction_set_paints_the_same_small_picture();
    return wm::test::report();
}
