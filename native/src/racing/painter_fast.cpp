// The fast painter: palette indices in a 4x4 supersampled picture, in Gymnasium's painting order, then a box average.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "paint_camera.h"
#include "paint_car.h"
#include "paint_convex.h"
#include "paint_kernels.h"
#include "paint_panel.h"
#include "paint_view_kernels.h"
#include "painter_fast.h"
#include "wm/racing/painter.h"

namespace wm::racing {
namespace {

enum Index : std::uint8_t { kBlack, kBackground, kGrass, kRoad, kRoadShade1, kRoadShade2, kWhite, kRed, kHull, kStripe };

constexpr Growth kFieldGrowth{0.58f, 0.5f};
constexpr Growth kCarGrowth{0.4f, 0.5f};

std::uint8_t channel(double c) { return static_cast<std::uint8_t>(static_cast<int>(c)); }

void set_color(Palette& palette, Index index, double r, double g, double b) {
    palette[0][index] = channel(r);
    palette[1][index] = channel(g);
    palette[2][index] = channel(b);
}

void set_palette(const Colors& colors, Palette& palette) {
    constexpr double kShade = 0.01 * 255.0;  // Gymnasium lightens every second and third tile until it is touched
    const auto& road = colors.road;
    set_color(palette, kBlack, 0.0, 0.0, 0.0);
    set_color(palette, kBackground, colors.background[0], colors.background[1], colors.background[2]);
    set_color(palette, kGrass, colors.grass[0], colors.grass[1], colors.grass[2]);
    set_color(palette, kRoad, road[0], road[1], road[2]);
    set_color(palette, kRoadShade1, road[0] + kShade, road[1] + kShade, road[2] + kShade);
    set_color(palette, kRoadShade2, road[0] + 2.0 * kShade, road[1] + 2.0 * kShade, road[2] + 2.0 * kShade);
    set_color(palette, kWhite, 255.0, 255.0, 255.0);
    set_color(palette, kRed, 255.0, 0.0, 0.0);
    set_color(palette, kHull, 204.0, 0.0, 0.0);
    set_color(palette, kStripe, 77.0, 77.0, 77.0);
}

Pixel truncated(Vec2d p) { return {static_cast<int>(p.x), static_cast<int>(p.y)}; }

class FastPainter final : public Painter {
public:
    explicit FastPainter(const Kernels& kernels) : kernels_(kernels) {}

    void paint(const Scene& scene, std::uint8_t* out) override {
        paint_world(scene);
        kernels_.resolve(samples_.data(), palette_, out);
        paint_panel(scene, out + kWorldRows * kObsSize * 3);
    }

    void paint_small(const Scene& scene, std::uint8_t* out) override {
        constexpr int kSmallWorldRows = kWorldRows / 3 * 2;
        paint_world(scene);
        kernels_.resolve_small(samples_.data(), palette_, out);
        paint_panel(scene, panel_.data());
        best_view_kernels().shrink(panel_.data(), kPanelRows / 3, out + kSmallWorldRows * kSmallSize * 3);
    }

private:
    void paint_world(const Scene& scene) {
        camera_ = camera_of(scene);
        set_palette(scene.colors, palette_);
        paint_field();
        paint_road(scene);
        for_each_car_polygon(scene, [this](const CarPolygon& polygon, CarPart part) { paint_car(polygon, part); });
    }
    void fill(std::span<const Pixel> corners, const Growth& growth, Index index) {
        if (convex_spans(corners, growth, spans_)) kernels_.fill_convex(spans_, index, samples_.data());
    }
    void fill_quad(const Quad& quad, Index index) {
        std::array<Pixel, 4> corners{};
        for (std::size_t i = 0; i < 4; ++i) corners[i] = truncated(camera_.to_screen(quad[i]));
        fill(corners, kFieldGrowth, index);
    }
    void fill_square(double x0, double y0, double x1, double y1, Index index) {
        fill_quad({{{x1, y0}, {x0, y0}, {x0, y1}, {x1, y1}}}, index);
    }

    void paint_field();
    void paint_grass(double x0, double y0, double x1, double y1);
    void paint_road(const Scene& scene);
    void paint_car(const CarPolygon& polygon, CarPart part);

    const Kernels& kernels_;
    Camera camera_{};
    Palette palette_{};
    ConvexSpans spans_{};
    alignas(64) std::array<std::uint8_t, static_cast<std::size_t>(kSubSize) * kSubSize> samples_{};
    std::array<std::uint8_t, static_cast<std::size_t>(kPanelRows) * kObsSize * 3> panel_{};
};

void FastPainter::paint_field() {
    double x0 = 1e9, x1 = -1e9, y0 = 1e9, y1 = -1e9;  // what the camera sees, track units
    constexpr double kPanelTop = 100.0;
    for (const Vec2d corner : {Vec2d{0, kPanelTop}, Vec2d{kWindowW, kPanelTop}, Vec2d{0, kWindowH}, Vec2d{kWindowW, kWindowH}}) {
        const Vec2d p = camera_.to_track(corner);
        x0 = std::min(x0, p.x);
        x1 = std::max(x1, p.x);
        y0 = std::min(y0, p.y);
        y1 = std::max(y1, p.y);
    }
    const bool inside = std::max({-x0, x1, -y0, y1}) < kPlayfield;
    std::memset(samples_.data(), inside ? kBackground : kBlack, static_cast<std::size_t>(kWorldRows) * kSamples * kSubSize);
    if (!inside) fill_square(-kPlayfield, -kPlayfield, kPlayfield, kPlayfield, kBackground);
    paint_grass(x0, y0, x1, y1);
}

void FastPainter::paint_grass(double x0, double y0, double x1, double y1) {
    constexpr int kEnd = 20;  // squares start at the even multiples of kGrassDim in [-20, 20)
    const auto first = [](double v) { return std::max(2 * static_cast<int>(std::floor((v / kGrassDim - 1.01) / 2.0)), -kEnd); };
    const auto last = [](double v) { return std::min(static_cast<int>(std::floor(v / kGrassDim + 0.01)), kEnd - 1); };
    for (int x = first(x0); x <= last(x1); x += 2) {
        for (int y = first(y0); y <= last(y1); y += 2) {
            fill_square(kGrassDim * x, kGrassDim * y, kGrassDim * x + kGrassDim, kGrassDim * y + kGrassDim, kGrass);
        }
    }
}

void FastPainter::paint_road(const Scene& scene) {
    const Track& track = *scene.track;
    constexpr double kReach = 20.0;  // no tile, border included, is longer than this (track units)
    const double margin = kReach * camera_.zoom;
    for (std::size_t i = 0; i < track.tiles.size(); ++i) {
        const Vec2d p = camera_.to_screen(track.tiles[i][0]);
        if (p.x < -margin || p.x > kWindowW + margin || p.y < -margin || p.y > kWindowH + margin) continue;
        const int shade = scene.tile_visited[i] != 0 ? 0 : static_cast<int>(i % 3);
        fill_quad(track.tiles[i], static_cast<Index>(kRoad + shade));
        if (track.border[i] != Border::none) fill_quad(track.border_quads[i], track.border[i] == Border::white ? kWhite : kRed);
    }
}

void FastPainter::paint_car(const CarPolygon& polygon, CarPart part) {
    constexpr Index kColor[] = {kBlack, kStripe, kHull};
    std::array<Pixel, kMaxCarVertices> corners{};
    for (std::size_t i = 0; i < static_cast<std::size_t>(polygon.count); ++i) corners[i] = truncated(camera_.to_screen(polygon.points[i]));
    fill(std::span<const Pixel>(corners).first(static_cast<std::size_t>(polygon.count)), kCarGrowth, kColor[static_cast<std::size_t>(part)]);
}

}  // namespace

std::unique_ptr<Painter> make_fast_painter(const Kernels& kernels) { return std::make_unique<FastPainter>(kernels); }
std::unique_ptr<Painter> make_fast_painter() { return make_fast_painter(best_kernels()); }

}  // namespace wm::racing
