// Frames for people. Equality with Gymnasium's, pixel by pixel, is tested live in tests/envs/test_car_racing_pictures.py.
#include <array>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "paint_camera.h"
#include "paint_stroke.h"
#include "painter_scenes.h"
#include "racing_fixture.h"
#include "wm/racing/frame.h"

using namespace wm::racing;
using namespace wm::test;

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kWindow = std::size_t{FramePainter::kWindowWidth} * FramePainter::kWindowHeight * 3;
constexpr std::size_t kVideo = std::size_t{FramePainter::kVideoWidth} * FramePainter::kVideoHeight * 3;

std::array<int, 3> pixel(const Bytes& picture, std::size_t width, std::size_t x, std::size_t y) {
    const std::uint8_t* const at = &picture[(y * width + x) * 3];
    return {at[0], at[1], at[2]};
}

void every_scene_can_be_drawn(Scenes& scenes) {
    FramePainter painter;
    const Bytes text(80 * 30, 200);
    Bytes window(kWindow), video(kVideo);
    for (const NamedScene& s : scenes.all()) {
        painter.paint_window(s.scene, {text, 80, 30}, window.data());
        painter.paint_video(s.scene, {text, 80, 30}, video.data());
        CHECK((pixel(window, 1000, 60, 750) == std::array{200, 200, 200}));
        CHECK((pixel(window, 1000, 500, 790) == std::array{0, 0, 0}));
        CHECK(pixel(video, 600, 36, 375)[0] >= 197 && pixel(video, 600, 36, 375)[0] <= 200);
    }
}

void the_marks_lie_on_the_road_and_under_the_car(Scenes& scenes) {
    SkidMark mark;
    mark.count = 2;
    mark.grass = true;
    mark.poly[0] = {-5.0, -80.0};
    mark.poly[1] = {5.0, -80.0};  // ten units ahead of the car
    Scene scene = scenes.plain();
    const Bytes text(80 * 30, 0);
    FramePainter painter;
    Bytes without(kWindow), with(kWindow);
    painter.paint_window(scene, {text, 80, 30}, without.data());
    scene.skid_marks = {&mark, 1};
    painter.paint_window(scene, {text, 80, 30}, with.data());
    std::size_t changed = 0;
    for (std::size_t i = 0; i < kWindow; i += 3) {
        const bool mud = with[i] == 0x66 && with[i + 1] == 0x66 && with[i + 2] == 0;
        const bool same = std::equal(&with[i], &with[i] + 3, &without[i]);
        CHECK(mud || same);
        changed += same ? 0 : 1;
    }
    CHECK(changed == 2 * 163);  // 162 pixels long, both ends included, two wide
}

void a_text_out_of_place_is_refused(Scenes& scenes) {
    FramePainter painter;
    const Bytes text(200 * 10);
    Bytes window(kWindow);
    bool refused = false;
    try {
        painter.paint_window(scenes.plain(), {text, 200, 10}, window.data());
    } catch (const std::invalid_argument&) {
        refused = true;
    }
    CHECK(refused);
}

// Far ends, both directions, every slope: nothing is written outside the band.
void strokes_stay_in_their_band() {
    constexpr int kStride = 1040;
    std::vector<std::uint32_t> memory(static_cast<std::size_t>(kStride) * (kBandRows + 2), 7U);
    const Band band{memory.data() + kStride, 100, 100 + kBandRows, kStride};
    for (int dx = -3000; dx <= 3000; dx += 375) {
        for (int dy = -3000; dy <= 3000; dy += 375) {
            DrawnPolygon line;
            line.count = 2;
            line.corners[0] = {500, 112};
            line.corners[1] = {500 + dx, 112 + dy};
            line.color = 9;
            draw_stroke(line, band);
            CHECK(band.row(112)[500] == 9U);
        }
    }
    for (std::size_t i = 0; i < memory.size(); ++i) {
        const std::size_t row = i / kStride;
        const bool inside = row >= 1 && row <= static_cast<std::size_t>(kBandRows) && i % kStride < static_cast<std::size_t>(kWindowW);
        if (!inside) CHECK(memory[i] == 7U);
    }
}

void frames_show_the_paid_reward() {
    fixture::Run run(fixture::config(2, 1));
    for (int t = 0; t < 30; ++t) run.step(t);
    const Bytes text(80 * 30, 90);
    Bytes video(kVideo), picture(run.batch.obs_bytes());
    run.batch.render_video(1, {text, 80, 30}, video.data());
    run.batch.render_picture(1, picture.data());
    Bytes obs(picture.size());
    run.batch.observe(1, obs.data());
    picture.resize(84 * 96 * 3);
    obs.resize(picture.size());
    CHECK(picture == obs);  // above the panel, where the score stands
}

}  // namespace

int main() {
    Scenes scenes;
    every_scene_can_be_drawn(scenes);
    the_marks_lie_on_the_road_and_under_the_car(scenes);
    a_text_out_of_place_is_refused(scenes);
    strokes_stay_in_their_band();
    frames_show_the_paid_reward();
    return report();
}
