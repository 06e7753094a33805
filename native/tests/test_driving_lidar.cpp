// The lidar against a plain double-precision ray caster; noise and dropout of readings.
#include <algorithm>
#include <cmath>
#include <limits>

#include "check.h"
#include "driving_scene.h"

namespace {

using namespace scene;

struct Ray {
    double x, y, dx, dy;
};

double to_box(const Ray& ray, const Box& box, double grown) {  // slabs
    const double fx = static_cast<double>(box.forward.x), fy = static_cast<double>(box.forward.y);
    const double ox = ray.x - static_cast<double>(box.center.x), oy = ray.y - static_cast<double>(box.center.y);
    const double origin[2] = {ox * fx + oy * fy, oy * fx - ox * fy}, direction[2] = {ray.dx * fx + ray.dy * fy, ray.dy * fx - ray.dx * fy};
    const double half[2] = {static_cast<double>(box.half_length) + grown, static_cast<double>(box.half_width) + grown};
    double enter = 0.0, leave = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 2; ++i) {
        double a = (-half[i] - origin[i]) / direction[i], b = (half[i] - origin[i]) / direction[i];
        if (a > b) std::swap(a, b);
        enter = std::max(enter, a);
        leave = std::min(leave, b);
    }
    return enter <= leave ? enter : std::numeric_limits<double>::infinity();
}

double to_wall(const Ray& ray, const Wall& wall, double grown) {
    const double ax = static_cast<double>(wall.a.x), ay = static_cast<double>(wall.a.y);
    const double ex = static_cast<double>(wall.b.x) - ax, ey = static_cast<double>(wall.b.y) - ay;
    const double turn = ray.dx * ey - ray.dy * ex, wx = ax - ray.x, wy = ay - ray.y;
    const double t = (wx * ey - wy * ex) / turn, u = (wx * ray.dy - wy * ray.dx) / turn, slack = grown / std::sqrt(ex * ex + ey * ey);
    return t >= 0.0 && u >= -slack && u <= 1.0 + slack ? t : std::numeric_limits<double>::infinity();
}

double cast(const World& world, int beam, const SensorConfig& config, double grown) {
    const Actor& self = world.actors[0];
    const double heading = std::atan2(static_cast<double>(self.forward.y), static_cast<double>(self.forward.x));
    const double angle = heading + 2.0 * std::numbers::pi * beam / config.lidar_beams;
    const Ray ray{static_cast<double>(self.position.x), static_cast<double>(self.position.y), std::cos(angle), std::sin(angle)};
    double nearest = static_cast<double>(config.lidar_range);
    for (std::size_t i = 1; i < world.actors.size(); ++i) {
        if (world.actors[i].present) nearest = std::min(nearest, to_box(ray, world.actors[i].box(), grown));
    }
    for (const Obstacle& obstacle : world.network->obstacles) nearest = std::min(nearest, to_box(ray, obstacle.box, grown));
    for (const Wall& wall : world.network->walls) nearest = std::min(nearest, to_wall(ray, wall, grown));
    return nearest;
}

World random_world(std::uint32_t seed) {
    const std::array<std::uint32_t, 1> words{seed};
    wm::core::Pcg64 rng(words);
    const auto draw = [&](double low, double high) { return static_cast<float>(rng.uniform(low, high)); };
    const auto place = [&] { return Vec{draw(-90.0, 90.0), draw(-90.0, 90.0)}; };
    auto network = std::make_shared<Network>();
    NetworkBuilder builder(*network);
    builder.add_straight({-200.0f, 0.0f}, {200.0f, 0.0f}, LaneSpec{});
    const int crowd = seed % 10 == 9 ? 8 : 1;  // more than a scan looks at side by side
    for (int i = 0; i < 12 * crowd; ++i) {
        const float turn = draw(-3.0, 3.0);
        builder.add_obstacle({{place(), {std::cos(turn), std::sin(turn)}, draw(2.0, 12.0), draw(1.0, 8.0)}, 6.0f, 0});
        builder.add_wall(place(), place(), 1.0f);
    }
    builder.finish();
    World w = world(network);
    w.actors[0] = actor(place(), draw(-3.0, 3.0), ActorKind::agent);
    for (int i = 0; i < 25 * crowd; ++i) {
        Actor a = actor(place(), draw(-3.0, 3.0), i % 5 == 0 ? ActorKind::pedestrian : ActorKind::car);
        if (a.kind == ActorKind::pedestrian) a.half_length = a.half_width = 0.25f;
        a.present = i % 7 != 3;
        w.actors.push_back(a);
    }
    return w;
}

// Within 0.2 mm of the truth; at a corner, which side of it a beam passes may be off by as much.
void check_distances(const SensorConfig& config) {
    Lidar lidar(config);
    std::vector<float> beams(static_cast<std::size_t>(config.lidar_beams));
    int wrong = 0, hits = 0;
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        const World w = random_world(seed);
        lidar.scan(w, 0, beams.data());
        for (int k = 0; k < config.lidar_beams; ++k) {
            const double read = static_cast<double>(beams[static_cast<std::size_t>(k)]) * static_cast<double>(config.lidar_range);
            const double low = cast(w, k, config, 2e-4), high = cast(w, k, config, -2e-4);
            if (read < low - 2e-4 || read > high + 2e-4) ++wrong;
            if (read < static_cast<double>(config.lidar_range)) ++hits;
        }
    }
    CHECK(wrong == 0);
    CHECK(hits > 20 * config.lidar_beams);
}

void check_simple_scene() {
    World w = world(road());
    SensorConfig config;
    Lidar lidar(config);
    std::vector<float> beams(72);
    lidar.scan(w, 0, beams.data());
    CHECK(std::all_of(beams.begin(), beams.end(), [](float b) { return b == 1.0f; }));  // it does not see itself
    w.actors.push_back(actor({20.0f, 0.0f}, 0.0f));
    w.actors.push_back(actor({0.0f, 6.0f}, 0.0f));
    lidar.scan(w, 0, beams.data());
    CHECK(std::abs(beams[0] * 60.0f - 17.75f) < 1e-4f);
    CHECK(std::abs(beams[18] * 60.0f - 5.1f) < 1e-4f);  // to the left
    CHECK(beams[36] == 1.0f);
    CHECK(beams[54] == 1.0f);
    w.actors[1].present = false;
    lidar.scan(w, 0, beams.data());
    CHECK(beams[0] == 1.0f);
    w.actors[2].position = {1.0f, 0.0f};  // inside of it
    lidar.scan(w, 0, beams.data());
    CHECK(std::all_of(beams.begin(), beams.end(), [](float b) { return b < 1e-6f; }));
}

wm::core::Pcg64 generator(std::uint32_t seed) {
    const std::array<std::uint32_t, 1> words{seed};
    return wm::core::Pcg64(words);
}

void check_lidar_noise() {
    SensorConfig config;
    config.lidar_noise = 0.3f;
    std::vector<float> beams(20000, 0.5f);
    auto rng = generator(1);
    disturb_lidar(config, rng, beams);
    double sum = 0.0, squares = 0.0, fourth = 0.0;
    for (const float b : beams) {
        const double error = (static_cast<double>(b) - 0.5) * static_cast<double>(config.lidar_range);
        sum += error;
        squares += error * error;
        fourth += error * error * error * error;
    }
    const double count = static_cast<double>(beams.size()), variance = squares / count;
    CHECK(std::abs(sum / count) < 0.01);
    CHECK(std::abs(std::sqrt(variance) - 0.3) < 0.01);
    CHECK(std::abs(fourth / count / (variance * variance) - 3.0) < 0.2);  // a normal distribution's kurtosis
    std::vector<float> again(20000, 0.5f), nothing(100, 1.0f);
    rng = generator(1);
    disturb_lidar(config, rng, again);
    CHECK(again == beams);
    disturb_lidar(config, rng, nothing);
    CHECK(std::all_of(nothing.begin(), nothing.end(), [](float b) { return b == 1.0f; }));  // no return, no error
    config.lidar_noise = 0.0f;
    config.lidar_dropout = 0.25f;
    std::fill(beams.begin(), beams.end(), 0.5f);
    disturb_lidar(config, rng, beams);
    const double dropped = static_cast<double>(std::count(beams.begin(), beams.end(), 1.0f)) / count;
    CHECK(std::abs(dropped - 0.25) < 0.01);
}

void check_camera_noise() {
    SensorConfig config;
    config.camera_noise = 6.0f;
    std::vector<std::uint8_t> pixels(40000, 128), black(300, 128);
    auto rng = generator(2);
    disturb_camera(config, rng, pixels);
    double sum = 0.0, squares = 0.0;
    for (const std::uint8_t p : pixels) {
        const double error = static_cast<double>(p) - 128.0;
        sum += error;
        squares += error * error;
    }
    const double count = static_cast<double>(pixels.size());
    CHECK(std::abs(sum / count) < 0.15);
    CHECK(std::abs(std::sqrt(squares / count) - 6.0) < 0.15);
    config.camera_dropout = 1.0f;
    disturb_camera(config, rng, black);
    CHECK(std::all_of(black.begin(), black.end(), [](std::uint8_t p) { return p == 0; }));
}

void check_silence() {  // nothing asked for: nothing drawn, nothing changed
    const SensorConfig config;
    auto rng = generator(3), untouched = generator(3);
    std::vector<float> beams(72, 0.3f);
    std::vector<std::uint8_t> pixels(300, 77);
    disturb_lidar(config, rng, beams);
    disturb_state(config, rng, beams);
    disturb_camera(config, rng, pixels);
    CHECK(rng.next64() == untouched.next64());
    CHECK(std::all_of(beams.begin(), beams.end(), [](float b) { return b == 0.3f; }));
    CHECK(std::all_of(pixels.begin(), pixels.end(), [](std::uint8_t p) { return p == 77; }));
    SensorConfig noisy;
    noisy.state_noise = 0.5f;
    disturb_state(noisy, rng, beams);
    CHECK(std::all_of(beams.begin(), beams.end(), [](float b) { return b >= -1.0f && b <= 1.0f; }));
    CHECK(std::count(beams.begin(), beams.end(), 0.3f) < 3);
}

}  // namespace

int main() {
    check_simple_scene();
    SensorConfig config;
    check_distances(config);
    for (const int beams : {1, 5, 240}) {
        config.lidar_beams = beams;
        if (beams > 1) check_distances(config);
    }
    check_lidar_noise();
    check_camera_noise();
    check_silence();
    return wm::test::report();
}
