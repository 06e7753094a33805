#include "paint_polygon_list.h"

#include <array>
#include <cstddef>
#include <span>

#include "paint_camera.h"
#include "paint_car.h"

namespace wm::racing {
namespace {

std::uint32_t packed(const std::array<double, 3>& c, double shade = 0.0) {
    return racing::packed(static_cast<int>(c[0] + shade), static_cast<int>(c[1] + shade), static_cast<int>(c[2] + shade));
}

class Collector {
public:
    Collector(const Camera& camera, std::vector<DrawnPolygon>& out) : camera_(camera), out_(out) {}
    void field(const Scene& scene);
    void road(const Scene& scene);
    void marks(const Scene& scene);
    void car(const Scene& scene);

private:
    [[nodiscard]] bool is_far(Vec2d corner) const;
    void add(std::span<const Vec2d> points, std::uint32_t color, FillRule rule);

    const Camera& camera_;
    std::vector<DrawnPolygon>& out_;
};

// Far from the surface by its first corner: no tile, border or grass square is longer than this.
bool Collector::is_far(Vec2d corner) const {
    constexpr double kReach = 30.0;  // track units
    const double reach = kReach * camera_.zoom;
    const Vec2d at = camera_.to_screen(corner);
    return at.x < -reach || at.x > kWindowW + reach || at.y < -reach || at.y > kWindowH + reach;
}

void Collector::add(std::span<const Vec2d> points, std::uint32_t color, FillRule rule) {
    DrawnPolygon polygon;
    polygon.color = color;
    polygon.rule = rule;
    for (const Vec2d& p : points) {
        const Vec2d at = camera_.to_screen(p);
        polygon.corners[static_cast<std::size_t>(polygon.count++)] = {static_cast<int>(at.x), static_cast<int>(at.y)};
    }
    polygon.close();
    if (rule == FillRule::stroke) polygon.widen();
    const bool seen = polygon.x_min < kWindowW && polygon.x_max >= 0 && polygon.y_min < kWindowH && polygon.y_max >= kPanelHeight;
    if (seen) out_.push_back(polygon);
}

void Collector::field(const Scene& scene) {
    constexpr double f = kPlayfield;
    add(Quad{{{f, f}, {f, -f}, {-f, -f}, {-f, f}}}, packed(scene.colors.background), FillRule::outlined);
    const std::uint32_t color = packed(scene.colors.grass);
    constexpr double d = kGrassDim;
    for (int x = -20; x < 20; x += 2) {
        for (int y = -20; y < 20; y += 2) {
            if (is_far({d * x, d * y})) continue;
            add(Quad{{{d * x + d, d * y + 0}, {d * x + 0, d * y + 0}, {d * x + 0, d * y + d}, {d * x + d, d * y + d}}}, color, FillRule::outlined);
        }
    }
}

void Collector::road(const Scene& scene) {
    constexpr std::uint32_t kWhite = 0xffffff;
    constexpr std::uint32_t kRed = 0xff0000;
    const Track& track = *scene.track;
    for (std::size_t i = 0; i < track.tiles.size(); ++i) {
        if (is_far(track.tiles[i][0])) continue;
        const double shade = scene.tile_visited[i] != 0 ? 0.0 : 0.01 * static_cast<double>(i % 3) * 255.0;
        add(track.tiles[i], packed(scene.colors.road, shade), FillRule::outlined);
        if (track.border[i] != Border::none) add(track.border_quads[i], track.border[i] == Border::white ? kWhite : kRed, FillRule::outlined);
    }
}

// Each stretch of a mark is a line of its own, two pixels wide.
void Collector::marks(const Scene& scene) {
    constexpr std::uint32_t kRubber = 0x000000;
    constexpr std::uint32_t kMud = 0x666600;
    for (const SkidMark& mark : scene.skid_marks) {
        const auto points = std::span<const Vec2d>(mark.poly).first(static_cast<std::size_t>(mark.count));
        for (std::size_t i = 1; i < points.size(); ++i) add(points.subspan(i - 1, 2), mark.grass ? kMud : kRubber, FillRule::stroke);
    }
}

void Collector::car(const Scene& scene) {
    for_each_car_polygon(scene, [this](const CarPolygon& polygon, CarPart part) {
        constexpr std::uint32_t kColor[] = {0x000000, 0x4d4d4d, 0xcc0000};
        add(std::span<const Vec2d>(polygon.points).first(static_cast<std::size_t>(polygon.count)), kColor[static_cast<std::size_t>(part)], FillRule::plain);
    });
}

}  // namespace

void collect_polygons(const Scene& scene, Marks marks, std::vector<DrawnPolygon>& out) {
    out.clear();
    const Camera camera = camera_of(scene);
    Collector collector(camera, out);
    collector.field(scene);
    collector.road(scene);
    if (marks == Marks::shown) collector.marks(scene);
    collector.car(scene);
}

}  // namespace wm::racing
