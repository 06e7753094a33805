#include <cstdlib>
#include <new>

#include "check.h"
#include "painter_fast.h"
#include "painter_scenes.h"

using namespace wm::racing;
using namespace wm::test;

namespace {
int allocations = 0;
}

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size)) return memory;
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

std::array<int, 3> pixel(const Picture& picture, std::size_t x, std::size_t y) {
    const std::uint8_t* const at = &picture[(y * 96 + x) * 3];
    return {at[0], at[1], at[2]};
}

Picture painted(Painter& painter, const Scene& scene) {
    Picture out{};
    painter.paint(scene, out.data());
    return out;
}

void every_instruction_set_paints_the_same_bytes(Scenes& scenes) {
    const auto reference = make_fast_painter(usable_kernels().front());
    for (const Kernels& kernels : usable_kernels()) {
        const auto painter = make_fast_painter(kernels);
        for (const NamedScene& s : scenes.all()) {
            const bool same = painted(*reference, s.scene) == painted(*painter, s.scene);
            if (!same) std::fprintf(stderr, "%s on %.*s\n", s.name.c_str(), static_cast<int>(kernels.name.size()), kernels.name.data());
            CHECK(same);
        }
    }
}

void picture_is_the_recorded_one(Scenes& scenes) {
    const Picture picture = painted(*make_fast_painter(), scenes.plain());
    CHECK(fnv1a(picture) == 0xd8b15005413e6dfbULL);
}

void flat_colours_come_out_two_lower(Scenes& scenes) {
    const Picture picture = painted(*make_fast_painter(), scenes.plain());
    CHECK((pixel(picture, 48, 5) == std::array{102, 102, 102} || pixel(picture, 48, 5) == std::array{105, 105, 105} ||
           pixel(picture, 48, 5) == std::array{100, 100, 100}));
    CHECK((pixel(picture, 2, 40) == std::array{100, 202, 100} || pixel(picture, 2, 40) == std::array{100, 228, 100}));
    CHECK((pixel(picture, 47, 73) == std::array{202, 0, 0}));  // the hull
    CHECK((pixel(picture, 40, 95) == std::array{0, 0, 0}));    // the panel
}

void beyond_the_field_is_black(Scenes& scenes) {
    const auto painter = make_fast_painter();
    for (const NamedScene& s : scenes.all()) {
        if (s.name != "far outside") continue;
        const Picture picture = painted(*painter, s.scene);
        CHECK((pixel(picture, 3, 3) == std::array{0, 0, 0}));
        CHECK((pixel(picture, 90, 80) == std::array{0, 0, 0}));
        CHECK((pixel(picture, 47, 73) != std::array{0, 0, 0}));  // the car
    }
}

void visited_tiles_lose_their_shade(Scenes& scenes) {
    const auto painter = make_fast_painter();
    Scene scene = scenes.plain();
    const Picture before = painted(*painter, scene);
    const std::vector<std::uint8_t> all(scene.tile_visited.size(), 1);
    scene.tile_visited = all;
    const Picture after = painted(*painter, scene);
    CHECK(before != after);
    CHECK((pixel(after, 46, 5) == std::array{100, 100, 100}));
}

void scores_differ(Scenes& scenes) {
    const auto painter = make_fast_painter();
    Scene scene = scenes.plain();
    scene.reward = 0.3;
    const Picture zero = painted(*painter, scene);
    scene.reward = -0.3;  // "-000"
    CHECK(painted(*painter, scene) != zero);
    scene.reward = 0.5;  // half to even
    CHECK(painted(*painter, scene) == zero);
    scene.reward = 123456.0;  // wider than its place: no crash
    CHECK(painted(*painter, scene) != zero);
}

void painting_allocates_nothing(Scenes& scenes) {
    const auto painter = make_fast_painter();
    const auto all = scenes.all();
    Picture out{};
    painter->paint(all.front().scene, out.data());  // the digits' table is made once
    const int before = allocations;
    for (const NamedScene& s : all) painter->paint(s.scene, out.data());
    CHECK(allocations == before);
}

void absurd_bars_point_the_right_way(Scenes& scenes) {
    Scene far = scenes.plain(), farther = scenes.plain();
    far.steer_angle = -1e3f;
    farther.steer_angle = -1e9f;
    CHECK(painted(*make_fast_painter(), far) == painted(*make_fast_painter(), farther));
}

}  // namespace

int main() {
    Scenes scenes;
    absurd_bars_point_the_right_way(scenes);
    every_instruction_set_paints_the_same_bytes(scenes);
    picture_is_the_recorded_one(scenes);
    flat_colours_come_out_two_lower(scenes);
    beyond_the_field_is_black(scenes);
    visited_tiles_lose_their_shade(scenes);
    scores_differ(scenes);
    painting_allocates_nothing(scenes);
    return report();
}
