#include <algorithm>
#include <random>
#include <stdexcept>

#include "check.h"
#include "paint_polygon.h"
#include "painter_exact.h"
#include "painter_scenes.h"

using namespace wm::racing;
using namespace wm::test;

namespace {

Picture painted(Painter& painter, const Scene& scene) {
    Picture out{};
    painter.paint(scene, out.data());
    return out;
}

void every_instruction_set_paints_the_same_bytes(Scenes& scenes) {
    const auto reference = make_exact_painter(nullptr, usable_exact_kernels().front());
    for (const ExactKernels& kernels : usable_exact_kernels()) {
        const auto painter = make_exact_painter(nullptr, kernels);
        for (const NamedScene& s : scenes.all()) CHECK(painted(*reference, s.scene) == painted(*painter, s.scene));
    }
}

void picture_is_the_recorded_one(Scenes& scenes) {
    const Picture picture = painted(*make_exact_painter(nullptr), scenes.plain());
    CHECK(fnv1a(picture) == 0x20ba5b3ff498d751ULL);
}

void the_fast_painter_is_close(Scenes& scenes) {
    const auto exact = make_exact_painter(nullptr);
    const auto fast = make_fast_painter();
    for (const NamedScene& s : scenes.all()) {
        const double difference = mean_difference(painted(*exact, s.scene), painted(*fast, s.scene));
        std::printf("%s: fast painter off by %.3f of 255\n", s.name.c_str(), difference);
        CHECK(difference <= 0.3);
    }
}

DrawnPolygon random_polygon(std::mt19937& random, FillRule rule) {
    DrawnPolygon polygon;
    polygon.rule = rule;
    polygon.count = 3 + static_cast<int>(random() % 4);
    for (int i = 0; i < polygon.count; ++i) {
        polygon.corners[static_cast<std::size_t>(i)] = {static_cast<int>(random() % 60) - 20, static_cast<int>(random() % 24)};
    }
    polygon.close();
    return polygon;
}

void spans_of_a_band_are_those_of_its_rows() {
    std::mt19937 random(7);
    int monotone = 0;
    for (int i = 0; i < 20000; ++i) {
        const DrawnPolygon polygon = random_polygon(random, i % 2 == 0 ? FillRule::outlined : FillRule::plain);
        if (!polygon.monotone) continue;
        ++monotone;
        BandSpans band{};
        RowSpans row{};
        monotone_spans(polygon, polygon.y_min, polygon.y_max + 1, band);
        for (int y = polygon.y_min; y <= polygon.y_max; ++y) {
            const auto k = static_cast<std::size_t>(y - polygon.y_min);
            spans_of(polygon, y, row);
            CHECK(row.count == 2 && row.ends[0] == band.first[k] && row.ends[1] == band.last[k]);
        }
    }
    CHECK(monotone > 5000);
}

void a_score_is_shown_from_the_table(Scenes& scenes) {
    const auto table = std::make_shared<ScoreTable>(-1);
    const std::vector<std::uint8_t> white(30 * 20, 255);
    const std::vector<std::uint8_t> black(30 * 20, 0);
    table->add(black, 30, 20);  // -1
    table->add(white, 30, 20);  // 0
    CHECK(table->find(-0.4).empty());
    table->set_negative_zero(black, 30, 20);
    CHECK(!table->find(-0.4).empty() && table->find(1.0).empty() && table->find(-2.0).empty());
    Scene scene = scenes.plain();
    scene.reward = 0.4;
    const Picture picture = painted(*make_exact_painter(table), scene);
    CHECK(picture[(90 * 96 + 5) * 3] == 253);  // row 750, column 60: inside the white text
    CHECK(picture[(90 * 96 + 10) * 3] == 0);
}

void a_text_that_does_not_fit_is_refused() {
    ScoreTable table(0);
    const std::vector<std::uint8_t> grey(200 * 10, 1);
    int refused = 0;
    for (const auto& [width, height] : {std::pair{200, 10}, std::pair{10, 10}, std::pair{0, 0}, std::pair{-10, -200}}) {
        try {
            table.add(grey, width, height);
        } catch (const std::invalid_argument&) {
            ++refused;
        }
    }
    CHECK(refused == 4);
}

}  // namespace

int main() {
    Scenes scenes;
    every_instruction_set_paints_the_same_bytes(scenes);
    picture_is_the_recorded_one(scenes);
    the_fast_painter_is_close(scenes);
    spans_of_a_band_are_those_of_its_rows();
    a_score_is_shown_from_the_table(scenes);
    a_text_that_does_not_fit_is_refused();
    return report();
}
