// Sensor noise and dropout. One uniform draw gives one normal number, by the inverse of its distribution, so that a
// reading's noise depends on the generator alone.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "wm/driving/sensors.h"

namespace wm::driving {
namespace {

template <std::size_t N>
double polynomial(const std::array<double, N>& c, double x) {  // ascending coefficients
    double sum = c[N - 1];
    for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + c[i];
    return sum;
}

// Wichura (1988), algorithm AS 241, PPND7: about seven digits, which float readings do not exceed.
double normal_quantile(double p) {
    constexpr std::array<double, 4> kA{3.3871327179e+00, 5.0434271938e+01, 1.5929113202e+02, 5.9109374720e+01};
    constexpr std::array<double, 4> kB{1.0, 1.7895169469e+01, 7.8757757664e+01, 6.7187563600e+01};
    constexpr std::array<double, 4> kC{1.4234372777e+00, 2.7568153900e+00, 1.3067284816e+00, 1.7023821103e-01};
    constexpr std::array<double, 3> kD{1.0, 7.3700164250e-01, 1.2021132975e-01};
    constexpr std::array<double, 4> kE{6.6579051150e+00, 3.0812263860e+00, 4.2868294337e-01, 1.7337203997e-02};
    constexpr std::array<double, 3> kF{1.0, 2.4197894225e-01, 1.2258202635e-02};
    const double q = p - 0.5;
    if (std::abs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(kA, r) / polynomial(kB, r);
    }
    const double tail = std::sqrt(-std::log(q < 0.0 ? p : 1.0 - p));
    const double x = tail <= 5.0 ? polynomial(kC, tail - 1.6) / polynomial(kD, tail - 1.6) : polynomial(kE, tail - 5.0) / polynomial(kF, tail - 5.0);
    return q < 0.0 ? -x : x;
}

double normal(core::Pcg64& rng) {
    constexpr double kHalfStep = 0.5 / 9007199254740992.0;  // never exactly 0
    return normal_quantile(rng.next_double() + kHalfStep);
}

bool drops(float probability, core::Pcg64& rng) { return probability > 0.0f && rng.next_double() < static_cast<double>(probability); }

// Pixels are whole levels: 4096 equally likely values of the normal distribution, in 1/256, are fine enough.
constexpr std::size_t kLevels = 4096;
std::array<std::int16_t, kLevels> make_levels() {
    std::array<std::int16_t, kLevels> levels{};
    for (std::size_t i = 0; i < kLevels; ++i) {
        levels[i] = static_cast<std::int16_t>(std::lround(256.0 * normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(kLevels))));
    }
    return levels;
}

std::uint8_t noisy(std::uint8_t pixel, std::int16_t level, std::int32_t deviation) {  // deviation in 1/256 levels
    const std::int32_t value = std::int32_t{pixel} * 65536 + std::int32_t{level} * deviation + 32768;
    return static_cast<std::uint8_t>(std::clamp(value >> 16, 0, 255));
}

}  // namespace

void disturb_lidar(const SensorConfig& config, core::Pcg64& rng, std::span<float> beams) {
    if (config.lidar_noise > 0.0f) {
        const double deviation = static_cast<double>(config.lidar_noise) / static_cast<double>(config.lidar_range);
        for (float& beam : beams) {
            const auto error = static_cast<float>(deviation * normal(rng));
            if (beam < 1.0f) beam = std::clamp(beam + error, 0.0f, 1.0f);  // a beam without a return has no error
        }
    }
    if (config.lidar_dropout > 0.0f) {
        for (float& beam : beams) {
            if (drops(config.lidar_dropout, rng)) beam = 1.0f;
        }
    }
}

void disturb_camera(const SensorConfig& config, core::Pcg64& rng, std::span<std::uint8_t> pixels) {
    if (drops(config.camera_dropout, rng)) {
        std::fill(pixels.begin(), pixels.end(), std::uint8_t{0});
        return;
    }
    if (config.camera_noise <= 0.0f) return;
    static const std::array<std::int16_t, kLevels> levels = make_levels();
    const auto deviation = static_cast<std::int32_t>(std::lround(std::min(config.camera_noise, 255.0f) * 256.0f));
    for (std::size_t i = 0; i < pixels.size(); i += 5) {  // five values of 12 bits from one draw
        std::uint64_t bits = rng.next64();
        const std::size_t end = std::min(i + 5, pixels.size());
        for (std::size_t k = i; k < end; ++k, bits >>= 12) pixels[k] = noisy(pixels[k], levels[bits & (kLevels - 1)], deviation);
    }
}

void disturb_state(const SensorConfig& config, core::Pcg64& rng, std::span<float> features) {
    if (drops(config.state_dropout, rng)) {
        std::fill(features.begin(), features.end(), 0.0f);
        return;
    }
    if (config.state_noise <= 0.0f) return;
    for (float& feature : features) {
        feature = std::clamp(feature + static_cast<float>(static_cast<double>(config.state_noise) * normal(rng)), -1.0f, 1.0f);
    }
}

}  // namespace wm::driving
