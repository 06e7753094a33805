#include "wm/racing/painter.h"

namespace wm::racing {
namespace {

constexpr int kIn = kObsSize * 3;  // bytes of a row
constexpr int kOut = 64 * 3;

// Two output pixels from three: each row of the filter sums to 3.
void shrink_row(const std::uint16_t* in, std::uint16_t* out) {
    for (int x = 0; x < kOut / 6; ++x, in += 9, out += 6) {
        for (int c = 0; c < 3; ++c) {
            out[c] = static_cast<std::uint16_t>(2 * in[c] + in[c + 3]);
            out[c + 3] = static_cast<std::uint16_t>(in[c + 3] + 2 * in[c + 6]);
        }
    }
}

void write_row(const std::uint8_t* heavy, const std::uint8_t* light, std::uint8_t* out) {
    std::uint16_t mixed[kIn];
    std::uint16_t sums[kOut];
    for (int i = 0; i < kIn; ++i) mixed[i] = static_cast<std::uint16_t>(2 * heavy[i] + light[i]);
    shrink_row(mixed, sums);
    for (int i = 0; i < kOut; ++i) out[i] = static_cast<std::uint8_t>((sums[i] + 4U) / 9U);
}

}  // namespace

void shrink_to_64(const std::uint8_t* rgb96, std::uint8_t* rgb64) {
    for (int pair = 0; pair < 32; ++pair, rgb96 += 3 * kIn, rgb64 += 2 * kOut) {
        const std::uint8_t* const middle = rgb96 + kIn;
        write_row(rgb96, middle, rgb64);
        write_row(rgb96 + 2 * kIn, middle, rgb64 + kOut);
    }
}

void to_gray(const std::uint8_t* rgb, std::size_t n, std::uint8_t* out) {
    constexpr std::uint32_t kRed = 19595;  // 0.299, 0.587, 0.114 times 65536; the sum is 65536
    constexpr std::uint32_t kGreen = 38470;
    constexpr std::uint32_t kBlue = 7471;
    for (std::size_t i = 0; i < n; ++i, rgb += 3) {
        out[i] = static_cast<std::uint8_t>((kRed * rgb[0] + kGreen * rgb[1] + kBlue * rgb[2] + 32768U) >> 16);
    }
}

}  // namespace wm::racing
