#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "wm/data/gather.h"
#include "wm/data/half.h"

using namespace wm::data;

namespace {

std::vector<float> counted(std::int64_t rows, float first) {
    std::vector<float> values(static_cast<std::size_t>(rows) * 3);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = first + static_cast<float>(i);
    return values;
}

const std::byte* bytes_of(const std::vector<float>& values) { return reinterpret_cast<const std::byte*>(values.data()); }

void windows_are_copied_and_padded_with_any_number_of_threads() {
    const std::vector<float> a = counted(5000, 0), b = counted(40, 1e6f);
    const Field field{{{bytes_of(a), 5000}, {bytes_of(b), 40}}, 12, Element::bytes};
    std::vector<std::int64_t> source, start, valid;
    for (std::int64_t i = 0; i < 700; ++i) {  // enough bytes for the threads to be used
        source.push_back(i % 2);
        start.push_back(i % 2 ? i % 40 : 7 * i);
        valid.push_back(i % 2 ? std::min<std::int64_t>(40 - i % 40, 31) : i % 50);
    }
    const Windows windows{source, start, valid, 50};
    for (const int threads : {1, 4}) {
        std::vector<float> out(700 * 50 * 3, -1.0f);
        Gatherer(threads).gather(field, windows, reinterpret_cast<std::byte*>(out.data()));
        std::size_t wrong = 0;
        for (std::size_t w = 0; w < 700; ++w) {
            const std::vector<float>& from = source[w] != 0 ? b : a;
            for (std::size_t k = 0; k < 150; ++k) {
                const bool real = k < static_cast<std::size_t>(valid[w]) * 3;
                const float expected = real ? from[static_cast<std::size_t>(start[w]) * 3 + k] : 0.0f;
                wrong += out[w * 150 + k] != expected;
            }
        }
        CHECK(wrong == 0);
    }
}

void a_window_outside_is_refused_before_anything_is_written() {
    const std::vector<float> a = counted(10, 0);
    const Field field{{{bytes_of(a), 10}}, 12, Element::bytes};
    const std::vector<std::int64_t> source{0, 0}, start{0, 8}, valid{3, 3};
    std::vector<float> out(2 * 3 * 3, -1.0f);
    bool refused = false;
    try {
        Gatherer(1).gather(field, {source, start, valid, 3}, reinterpret_cast<std::byte*>(out.data()));
    } catch (const std::out_of_range&) {
        refused = true;
    }
    CHECK(refused);
    CHECK(out[0] == -1.0f);
}

void halves_are_exact() {
    CHECK(half_to_float(0x3c00) == 1.0f);
    CHECK(half_to_float(0xc000) == -2.0f);
    CHECK(half_to_float(0x7bff) == 65504.0f);
    CHECK(half_to_float(0x0001) == 0x1p-24f);
    CHECK(half_to_float(0x03ff) == 1023 * 0x1p-24f);
    CHECK(half_to_float(0x0400) == 0x1p-14f);
    CHECK(std::bit_cast<std::uint32_t>(half_to_float(0x8000)) == 0x80000000u);
    CHECK(half_to_float(0xfc00) == -std::numeric_limits<float>::infinity());
    CHECK(std::isnan(half_to_float(0x7e01)));
}

}  // namespace

int main() {
    windows_are_copied_and_padded_with_any_number_of_threads();
    a_window_outside_is_refused_before_anything_is_written();
    halves_are_exact();
    return wm::test::report();
}
