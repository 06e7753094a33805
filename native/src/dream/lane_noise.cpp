#include "wm/dream/lane_noise.h"

#include <bit>
#include <cmath>
#include <vector>

#include "cpu.h"

namespace wm::dream {
namespace {

constexpr std::uint64_t kDraw = 0x9E3779B97F4A7C15, kColumn = 0xD1B54A32D192ED03;

namespace plain {
#define WM_TARGET
#include "lane_noise.inc"
#undef WM_TARGET
}  // namespace plain

#if WM_X86
namespace avx2 {
#define WM_TARGET __attribute__((target("avx2")))
#include "lane_noise.inc"
#undef WM_TARGET
}  // namespace avx2

namespace avx512 {
#define WM_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#include "lane_noise.inc"
#undef WM_TARGET
}  // namespace avx512
#endif

using Row = void (*)(std::uint64_t start, std::size_t columns, float* out);

// The first number of every row, and one more draw of its lane.
template <class Each>
void each_row(const LaneDraw& draw, std::size_t rows, Each&& each) {
    for (std::size_t r = 0; r < rows; ++r) {
        std::uint64_t start = 0;  // the padding's
        if (r < draw.chosen) {
            const std::size_t lane = draw.lanes == nullptr ? r : static_cast<std::size_t>(draw.lanes[r]);
            start = plain::mixed(draw.keys[lane] + draw.counts[lane]++ * kDraw);
        }
        each(r, start);
    }
}

void draw_rows(const LaneDraw& draw, std::size_t rows, std::size_t columns, float* out, Row row) {
    each_row(draw, rows, [&](std::size_t r, std::uint64_t start) { row(start, columns, out + r * columns); });
}

}  // namespace

// No fusing in these: the numbers are the same on every instruction set.
void draw_uniform(const LaneDraw& draw, std::size_t rows, std::size_t columns, float* out) {
#if WM_X86
    if (best_level() == 2) return draw_rows(draw, rows, columns, out, avx512::uniform_row);
    if (best_level() == 1) return draw_rows(draw, rows, columns, out, avx2::uniform_row);
#endif
    draw_rows(draw, rows, columns, out, plain::uniform_row);
}

void draw_normal(const LaneDraw& draw, std::size_t rows, std::size_t columns, float* out) {
#if WM_X86
    if (best_level() == 2) return draw_rows(draw, rows, columns, out, avx512::normal_row);
    if (best_level() == 1) return draw_rows(draw, rows, columns, out, avx2::normal_row);
#endif
    draw_rows(draw, rows, columns, out, plain::normal_row);
}

}  // namespace wm::dream
