// Camera, bird's-eye view and the picture for people: what must be where, the same bytes from every instruction set,
// nothing allocated.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>

#include "check.h"
#include "driving_scene.h"
#include "raster.h"
#include "wm/driving/render.h"

static std::atomic<long> allocations{0};
void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace scene;

constexpr int kSize = 256;
constexpr float kFocal = 128.0f, kHorizonRow = 0.42f * 256.0f, kEye = 1.4f;  // of a 256 x 256 picture, 90 degrees
constexpr float kEyeX = 0.3f * 2.25f;                                        // m ahead of the agent's middle

SensorConfig big() {
    SensorConfig config;
    config.camera_height = config.camera_width = kSize;
    config.birdseye_size = 128;
    config.birdseye_range = 32.0f;
    return config;
}

Picture shot(const World& w) {
    Picture picture(kSize, kSize);
    make_camera(big())->paint(w, 0, picture.bytes.data());
    return picture;
}

struct Extent {
    int top = 9999, bottom = -1, left = 9999, right = -1, count = 0;
};
Extent changed(const Picture& a, const Picture& b) {
    Extent e;
    for (int row = 0; row < a.height; ++row) {
        for (int column = 0; column < a.width; ++column) {
            if (a.at(row, column) == b.at(row, column)) continue;
            e = {std::min(e.top, row), std::max(e.bottom, row), std::min(e.left, column), std::max(e.right, column), e.count + 1};
        }
    }
    return e;
}

bool near(int got, float expected, float tolerance) { return std::abs(static_cast<float>(got) - expected) <= tolerance; }

void check_car_ahead() {
    World w = world(road());
    const Picture empty = shot(w);
    for (const float x : {10.0f, 16.0f, 30.0f}) {
        for (const float y : {0.0f, 3.5f, -2.0f}) {
            w.actors.resize(1);
            w.actors.push_back(actor({x, y}, 0.0f, ActorKind::car, 3));
            const Extent seen = changed(empty, shot(w));
            const float scale = kFocal / (x - 2.25f - kEyeX);  // of its rear
            CHECK(near(seen.bottom, kHorizonRow + kEye * scale, 2.0f));
            CHECK(near(seen.top, kHorizonRow + (kEye - 1.5f) * kFocal / (x - kEyeX), 2.0f));
            if (y == 0.0f) CHECK(near(seen.left, 128.0f - 0.9f * scale, 3.0f) && near(seen.right, 128.0f + 0.9f * scale, 3.0f));
            if (y > 0.0f) CHECK(near(seen.left, 128.0f - (y + 0.9f) * scale, 4.0f) && seen.right < 128);
            if (y < 0.0f) CHECK(near(seen.right, 128.0f - (y - 0.9f) * scale, 4.0f) && seen.left > 128);
        }
    }
    w.actors[1].present = false;
    CHECK(changed(empty, shot(w)).count == 0);
    w.actors[1] = actor({-10.0f, 0.0f}, 0.0f);
    CHECK(changed(empty, shot(w)).count == 0);  // behind
}

void check_brake_lights() {
    World w = world(road());
    w.actors.push_back(actor({10.0f, 0.0f}, 0.0f, ActorKind::car, 4));
    const Picture off = shot(w);
    w.actors[1].braking = true;
    const Picture on = shot(w);
    const Extent lamps = changed(off, on);
    CHECK(lamps.count > 20);
    int red = 0;
    for (int row = lamps.top; row <= lamps.bottom; ++row) {
        for (int column = lamps.left; column <= lamps.right; ++column) {
            const Rgb p = on.at(row, column);
            if (p[0] > 220 && p[1] < 70 && p[2] < 70) ++red;
        }
    }
    CHECK(red > lamps.count / 2);
    const float scale = kFocal / (10.0f - 2.25f - kEyeX);
    CHECK(near(lamps.top, kHorizonRow + (kEye - 0.55f * 1.5f) * scale, 2.0f));
    CHECK(near(lamps.bottom, kHorizonRow + (kEye - 0.4f * 1.5f) * scale, 2.0f));
    SensorConfig small;  // and in the small picture, 20 m ahead
    Picture tiny_off(64, 64), tiny_on(64, 64);
    w.actors[1] = actor({20.0f, 0.0f}, 0.0f, ActorKind::car, 4);
    auto camera = make_camera(small);
    camera->paint(w, 0, tiny_off.bytes.data());
    w.actors[1].braking = true;
    camera->paint(w, 0, tiny_on.bytes.data());
    const Extent tiny = changed(tiny_off, tiny_on);
    CHECK(tiny.count >= 1);
    bool glows = false;
    for (int row = 0; row < 64; ++row) {
        for (int column = 0; column < 64; ++column) {
            const Rgb p = tiny_on.at(row, column);
            glows = glows || (p[0] > 150 && p[0] > 2 * p[1] && p[0] > 2 * p[2]);
        }
    }
    CHECK(glows);
}

void check_ground() {
    const Picture picture = shot(world(road()));
    for (const float ahead : {4.0f, 8.0f}) {  // the solid line on the right edge, about 1.75 m to the right
        const float scale = kFocal / ahead;
        const int row = static_cast<int>(kHorizonRow + kEye * scale);
        const int from = static_cast<int>(128.0f + 1.3f * scale), to = static_cast<int>(128.0f + 2.0f * scale);
        int brightest = 0;
        for (int column = from; column < std::min(to, kSize); ++column) brightest = std::max(brightest, picture.at(row, column)[1]);
        CHECK(brightest > 190);
        const Rgb asphalt = picture.at(row, 128);
        CHECK(asphalt[0] < 110 && std::abs(asphalt[0] - asphalt[1]) < 12);
    }
    const Rgb sky = picture.at(2, 128), meadow = picture.at(125, 250);
    CHECK(sky[2] > sky[0] + 40);
    CHECK(meadow[1] > meadow[0] && meadow[1] > meadow[2]);
}

void check_near_hides_far() {
    World w = world(road());
    w.actors.push_back(actor({10.0f, 0.0f}, 0.0f, ActorKind::car, 3));
    const Picture alone = shot(w);
    w.actors.push_back(actor({18.0f, 0.0f}, 0.0f, ActorKind::car, 4));  // hidden but for the roof's edge
    CHECK(changed(alone, shot(w)).count < 100);
    std::swap(w.actors[1], w.actors[2]);
    const Picture swapped = shot(w);
    std::swap(w.actors[1], w.actors[2]);
    CHECK(changed(swapped, shot(w)).count == 0);  // whatever their order
}

void check_signal() {
    World w = world(road(true));
    const float scale = kFocal / (30.0f - kEyeX);
    const int column = static_cast<int>(128.0f + 3.0f * scale);
    const auto lamp = [&](float height) { return static_cast<int>(kHorizonRow + (kEye - height) * scale); };
    const Rgb green = shot(w).at(lamp(2.94f), column);
    CHECK(green[1] > 200 && green[0] < 120);
    w.time = 40.0f;
    const Rgb red = shot(w).at(lamp(3.74f), column);
    CHECK(red[0] > 200 && red[1] < 120);
}

void check_birdseye() {
    World w = world(road());
    w.actors[0] = actor({5.0f, 0.0f}, 0.0f, ActorKind::agent);
    auto view = make_birdseye(big());
    Picture empty(128, 128), one(128, 128);
    view->paint(w, 0, empty.bytes.data());
    w.actors.push_back(actor({5.0f + 12.0f, 3.5f}, 0.0f, ActorKind::car, 3));
    view->paint(w, 0, one.bytes.data());
    const Extent seen = changed(empty, one);  // two pixels a metre, heading up
    CHECK(near(seen.top, 64.0f - 2.0f * (12.0f + 2.25f), 1.0f) && near(seen.bottom, 64.0f - 2.0f * (12.0f - 2.25f), 1.0f));
    CHECK(near(seen.left, 64.0f - 2.0f * (3.5f + 0.9f), 1.0f) && near(seen.right, 64.0f - 2.0f * (3.5f - 0.9f), 1.0f));
    const Rgb self = empty.at(64, 64), road_colour = empty.at(40, 64), meadow = empty.at(64, 120);
    CHECK(self[0] > 200 && self[2] < 120);
    CHECK(std::abs(road_colour[0] - road_colour[1]) < 12);
    CHECK(meadow[1] > meadow[0] && meadow[1] > meadow[2]);
    AgentRecord record;
    record.route.count = 1;
    record.route.s = 205.0f;
    record.route.length = 390.0f;
    record.goal.position = {1000.0f, 0.0f};
    view->paint(w, 0, one.bytes.data(), &record);
    const Rgb route = one.at(30, 64);
    CHECK(route[2] > route[0] + 50);
}

void check_top_view() {
    World w = world(road(true));
    w.actors.push_back(actor({12.0f, 3.5f}, 0.0f));
    DrivingConfig config;
    auto view = make_top_view(config);
    AgentRecord record;
    record.route.count = 1;
    record.route.s = 200.0f;
    record.route.length = 390.0f;
    record.speed_limit = 13.9f;
    const std::vector<float> lidar(72, 0.4f);
    Picture slow(400, 600), fast(400, 600);
    view->paint(w, {&record, 1}, {}, lidar.data(), 400, 600, slow.bytes.data());
    w.actors[0].speed = 12.0f;
    view->paint(w, {&record, 1}, {}, lidar.data(), 400, 600, fast.bytes.data());
    const Extent digits = changed(slow, fast);
    CHECK(digits.count > 20);
    CHECK(digits.top > 400 - 64 && digits.right < 90);  // only the speed, on the dashboard
    const Rgb self = fast.at((400 - 64) / 2, 300);
    CHECK(self[0] > 150 && self[2] < 120);
    Picture odd(123, 77);  // any size
    view->paint(w, {&record, 1}, {}, nullptr, 123, 77, odd.bytes.data());
    CHECK(odd.at(20, 38) != (Rgb{0, 0, 0}));
}

// The same bytes from every instruction set, at even and odd widths, for polygons that reach far outside.
void check_kernels() {
    const std::array<std::uint32_t, 1> words{7};
    for (const int width : {64, 61, 3}) {
        std::vector<std::vector<std::uint8_t>> pictures;
        for (const RasterKernels& kernels : usable_raster_kernels()) {
            wm::core::Pcg64 rng(words);
            Raster raster(width, 50, kernels);
            raster.clear(rgb(10, 20, 30));
            for (int i = 0; i < 300; ++i) {
                const auto x = static_cast<float>(rng.uniform(-40.0, 170.0)), y = static_cast<float>(rng.uniform(-40.0, 140.0));
                const float size = static_cast<float>(rng.uniform(0.2, i % 10 == 0 ? 4000.0 : 30.0));
                std::array<Corner, 5> corners;
                for (std::size_t k = 0; k < 5; ++k) {
                    const float angle = 1.2566f * static_cast<float>(k) + static_cast<float>(i);
                    corners[k] = {x + size * std::cos(angle), y + 0.6f * size * std::sin(angle)};
                }
                const Color color = rng.next32() & 0xffffffu;
                if (i % 3 == 0) {
                    raster.blend(corners, color, 0.4f);
                } else {
                    raster.fill(corners, color);
                }
            }
            std::vector<std::uint8_t> bytes(static_cast<std::size_t>(width) * 50 * 3);
            raster.resolve(bytes.data());
            pictures.push_back(bytes);
        }
        for (const auto& picture : pictures) CHECK(picture == pictures.front());
    }
    Raster raster(8, 8);  // analytic: a rectangle's exact share of each pixel
    raster.clear(0);
    raster.fill(std::array<Corner, 4>{{{2.0f, 2.0f}, {9.0f, 2.0f}, {9.0f, 6.0f}, {2.0f, 6.0f}}}, rgb(200, 100, 50));
    std::array<std::uint8_t, 192> bytes;
    raster.resolve(bytes.data());
    CHECK(bytes[(1 * 8 + 1) * 3] == 200 && bytes[(2 * 8 + 3) * 3 + 1] == 100 && bytes[(1 * 8 + 4) * 3] == 100);
    CHECK(bytes[0] == 0 && bytes[(3 * 8 + 2) * 3] == 0 && bytes[(1 * 8 + 5) * 3] == 0);
}

// Quadrilaterals wait and are set up side by side; with a corner twice they are polygons of five, filled at once. Same bytes,
// whatever comes between them, more than the queue has room for, of every size, winding and colouring.
void check_quads() {
    const std::array<std::uint32_t, 1> words{11};
    for (const RasterKernels& kernels : usable_raster_kernels()) {
        wm::core::Pcg64 rng(words);
        Raster waiting(61, 50, kernels), at_once(61, 50, kernels);
        std::vector<Color> rows(100);
        for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = rgb(200, 100, static_cast<int>(2 * i));
        waiting.clear(rows);
        at_once.clear(rows);
        for (int i = 0; i < 700; ++i) {
            const auto x = static_cast<float>(rng.uniform(-40.0, 170.0)), y = static_cast<float>(rng.uniform(-40.0, 140.0));
            const float size = static_cast<float>(rng.uniform(0.2, i % 9 == 0 ? 300.0 : 9.0)), flat = i % 2 == 0 ? 0.1f : -0.8f;
            std::array<Corner, 5> corners;
            for (std::size_t k = 0; k < 4; ++k) {
                const float angle = 1.5708f * static_cast<float>(k) + static_cast<float>(i);
                corners[k] = {x + size * std::cos(angle), y + flat * size * std::sin(angle)};
            }
            if (i % 5 == 0) corners[1].y = corners[0].y = std::floor(corners[0].y) + 0.5f;  // level, through the middle of a row
            corners[4] = corners[3];
            const std::span<const Corner> four(corners.data(), 4), five(corners);
            const Color color = rng.next32() & 0xffffffu;
            const auto paint = [&](Raster& raster, std::span<const Corner> polygon) {
                if (i % 41 == 0) return raster.blend(five, color, 0.4f);
                if (i % 3 == 0) return raster.fill_rows(polygon, rows.data());
                raster.fill(polygon, color);
            };
            paint(waiting, four);
            paint(at_once, five);
        }
        std::vector<std::uint8_t> a(61 * 50 * 3), b(a.size());
        waiting.resolve(a.data());
        at_once.resolve(b.data());
        CHECK(a == b);
    }
}

// Nothing of an earlier picture stays, whatever it touched and whatever the background was.
void check_clear() {
    std::vector<Color> rows(32);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = rgb(10, 20, static_cast<int>(5 * i));
    const auto square = [](float x, float y, float size) {
        return std::array<Corner, 4>{{{x, y}, {x + size, y}, {x + size, y + size}, {x, y + size}}};
    };
    const auto paint = [&](Raster& raster, int kind) {
        if (kind % 2 == 0) raster.clear(rows);
        if (kind % 2 == 1) raster.clear(rgb(kind, kind, kind));
        raster.fill(square(4.0f, 25.0f - 5.0f * static_cast<float>(kind), 3.0f), rgb(200, 100, 50));
        std::vector<std::uint8_t> bytes(16 * 16 * 3);
        raster.resolve(bytes.data());
        return bytes;
    };
    Raster used(16, 16);
    for (const int kind : {0, 4, 2, 1, 3, 3, 0, 1, 5, 4, 6}) {  // 6: the square lies outside
        Raster fresh(16, 16);
        CHECK(paint(used, kind) == paint(fresh, kind));
    }
}

void check_allocations() {
    World w = world(road(true));
    for (int i = 0; i < 15; ++i) w.actors.push_back(actor({8.0f * static_cast<float>(i + 1), 3.5f * static_cast<float>(i % 2)}, 0.0f));
    const SensorConfig config;
    auto camera = make_camera(config), birdseye = make_birdseye(config);
    Lidar lidar(config);
    Picture picture(64, 64);
    std::vector<float> beams(72), features(static_cast<std::size_t>(state_size()));
    AgentRecord record;
    record.route.count = 1;
    record.route.length = 100.0f;
    const long before = allocations;
    for (int i = 0; i < 20; ++i) {
        w.actors[0].position.x = static_cast<float>(i);
        camera->paint(w, 0, picture.bytes.data());
        birdseye->paint(w, 0, picture.bytes.data(), &record);
        lidar.scan(w, 0, beams.data());
        state_features(w, record, 0, DynamicsConfig{}, features.data());
    }
    CHECK(allocations == before);
}

void check_state() {
    World w = world(road());
    w.actors[0].lane = 0;
    w.actors[0].s = 200.0f;
    w.actors[0].speed = 10.0f;
    w.actors[0].d = 0.5f;
    AgentRecord record;
    record.route.count = 1;
    record.route.s = 200.0f;
    record.route.length = 350.0f;
    record.speed_limit = 13.9f;
    record.goal.position = {20.0f, 10.0f};
    std::vector<float> f(static_cast<std::size_t>(state_size()), 9.0f);
    state_features(w, record, 0, DynamicsConfig{}, f.data());
    const auto value = [&](const std::string& name) {
        const auto& names = state_names();
        const auto found = std::find(names.begin(), names.end(), name);
        CHECK(found != names.end());
        return f[static_cast<std::size_t>(found - names.begin())] * state_table()[static_cast<std::size_t>(found - names.begin())].scale;
    };
    const auto is = [&](const std::string& name, float expected) { return std::abs(value(name) - expected) < 1e-3f; };
    CHECK(state_table().size() == f.size() && state_names().size() == f.size());
    CHECK(std::all_of(f.begin(), f.end(), [](float x) { return x >= -1.0f && x <= 1.0f; }));
    CHECK(is("speed", 10.0f) && is("speed_limit", 13.9f) && is("over_limit", -3.9f) && is("lane_offset", 0.5f) && is("lane_width", 3.5f));
    CHECK(is("lane_left", 1.0f) && is("lane_right", 0.0f));
    CHECK(is("route_5m_x", 5.0f) && is("route_50m_x", 50.0f) && is("route_30m_y", 0.0f));
    CHECK(is("route_remaining", 150.0f) && is("goal_x", 20.0f) && is("goal_y", 10.0f) && is("goal_cos", 1.0f));
    CHECK(is("light_distance", 100.0f) && is("light_red", 0.0f) && is("own_ahead_gap", 100.0f));
}

}  // namespace

int main() {
    check_kernels();
    check_quads();
    check_clear();
    check_car_ahead();
    check_brake_lights();
    check_ground();
    check_near_hides_far();
    check_signal();
    check_birdseye();
    check_top_view();
    check_state();
    check_allocations();
    return wm::test::report();
}
