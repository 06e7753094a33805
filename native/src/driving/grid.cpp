#include <algorithm>
#include <utility>

#include "builder_parts.h"

namespace wm::driving {
namespace {

struct Bounds {
    Vec low{1e30f, 1e30f};
    Vec high{-1e30f, -1e30f};

    void include(Vec point, float margin) {
        low = {std::min(low.x, point.x - margin), std::min(low.y, point.y - margin)};
        high = {std::max(high.x, point.x + margin), std::max(high.y, point.y + margin)};
    }
};

int cell_of(float metres, int count) {  // not a number: the first
    return metres > 0.0f ? std::min(static_cast<int>(std::min(metres / kCell, 1e6f)), count - 1) : 0;
}

int cells_over(float metres) { return std::max(1, static_cast<int>(std::ceil(metres / kCell))); }

// Fills a grid: visit(mark) must call mark(item, bounds) for every part of every item, items ascending.
template <class Visit>
void fill(Grid& grid, BuilderMemory& memory, const Visit& visit) {
    const auto count = static_cast<std::size_t>(grid.columns) * static_cast<std::size_t>(grid.rows);
    grid.cells.assign(count, CellRange{});
    memory.cells.assign(count, -1);  // the last item in each cell
    memory.marks.clear();
    visit([&](std::int32_t item, const Bounds& box) {
        const int left = grid.column(box.low.x), right = grid.column(box.high.x);
        const int top = grid.row(box.high.y);
        for (int row = grid.row(box.low.y); row <= top; ++row) {
            for (int column = left; column <= right; ++column) {
                const auto cell = static_cast<std::size_t>(row * grid.columns + column);
                if (memory.cells[cell] == item) continue;
                memory.cells[cell] = item;
                memory.marks.emplace_back(static_cast<std::int32_t>(cell), item);
                ++grid.cells[cell].count;
            }
        }
    });
    std::int32_t total = 0;
    for (CellRange& range : grid.cells) {
        range.first = total;
        total += std::exchange(range.count, 0);
    }
    grid.items.resize(static_cast<std::size_t>(total));
    for (const auto& [cell, item] : memory.marks) {
        CellRange& range = grid.cells[static_cast<std::size_t>(cell)];
        grid.items[static_cast<std::size_t>(range.first + range.count++)] = item;
    }
}

Bounds measure(Network& network) {
    Bounds roads;
    for (const Lane& lane : network.lanes) {
        for (const LanePoint& at : network.points_of(lane)) roads.include(at.position, 0.5f * lane.width);
    }
    network.low = roads.low;
    network.high = roads.high;
    for (const GroundQuad& quad : network.quads) {
        for (const Vec corner : quad.corner) roads.include(corner, 0.0f);
    }
    for (const Obstacle& obstacle : network.obstacles) roads.include(obstacle.box.center, obstacle.box.half_length + obstacle.box.half_width);
    for (const Wall& wall : network.walls) {
        roads.include(wall.a, 0.1f);
        roads.include(wall.b, 0.1f);
    }
    return roads;
}

void lay_out(Grid& grid, const Bounds& bounds) {
    grid.origin = bounds.low;
    grid.columns = cells_over(bounds.high.x - bounds.low.x);
    grid.rows = cells_over(bounds.high.y - bounds.low.y);
}

// The boxes along a line of width 2 * margin, at most `step` m each.
template <class Mark>
void mark_line(Vec a, Vec b, float margin, std::int32_t item, const Mark& mark) {
    constexpr float kStep = 16.0f;
    const int pieces = std::max(1, static_cast<int>(std::ceil(length(b - a) / kStep)));
    for (int i = 0; i < pieces; ++i) {
        Bounds box;
        box.include(a + (static_cast<float>(i) / static_cast<float>(pieces)) * (b - a), margin);
        box.include(a + (static_cast<float>(i + 1) / static_cast<float>(pieces)) * (b - a), margin);
        mark(item, box);
    }
}

// The same along the points of a lane, `step` m apart.
template <class Mark>
void mark_curve(std::span<const LanePoint> line, float step, float margin, std::int32_t item, const Mark& mark) {
    if (line.size() == 2) return mark_line(line[0].position, line[1].position, margin, item, mark);
    const std::size_t stride = std::max<std::size_t>(1, static_cast<std::size_t>(10.0f / step));
    for (std::size_t from = 0; from + 1 < line.size(); from += stride) {
        Bounds box;
        for (std::size_t k = from; k <= std::min(from + stride, line.size() - 1); ++k) box.include(line[k].position, margin);
        mark(item, box);
    }
}

Bounds bounds_of(const GroundQuad& quad) {
    Bounds box;
    for (const Vec corner : quad.corner) box.include(corner, 0.0f);
    return box;
}

Bounds bounds_of(const Box& box) {
    const Vec along = box.half_length * box.forward;
    const Vec aside = box.half_width * left_of(box.forward);
    Bounds bounds;
    for (const Vec corner : {along + aside, along - aside, aside - along, -1.0f * (along + aside)}) bounds.include(box.center + corner, 0.0f);
    return bounds;
}

void index_obstacles(Network& network) {
    fill(network.obstacle_grid, network.memory, [&](const auto& mark) {
        for (std::size_t i = 0; i < network.obstacles.size(); ++i) mark(static_cast<std::int32_t>(i), bounds_of(network.obstacles[i].box));
    });
    fill(network.wall_grid, network.memory, [&](const auto& mark) {
        for (std::size_t i = 0; i < network.walls.size(); ++i) {
            mark_line(network.walls[i].a, network.walls[i].b, 0.0f, static_cast<std::int32_t>(i), mark);
        }
    });
}

}  // namespace

int Grid::column(float x) const { return cell_of(x - origin.x, columns); }
int Grid::row(float y) const { return cell_of(y - origin.y, rows); }

std::span<const std::int32_t> Grid::at(int column, int row) const {
    const CellRange range = cells[static_cast<std::size_t>(row * columns + column)];
    return {items.data() + range.first, static_cast<std::size_t>(range.count)};
}

void index_lanes(Network& network) {
    const Bounds bounds = measure(network);
    for (Grid* grid : {&network.lane_grid, &network.quad_grid, &network.obstacle_grid, &network.wall_grid, &network.drivable_grid}) {
        lay_out(*grid, bounds);
    }
    fill(network.lane_grid, network.memory, [&](const auto& mark) {
        constexpr float kMargin = 0.5f;  // m: the curve between two points, and corners of wide lanes
        for (std::size_t i = 0; i < network.lanes.size(); ++i) {
            const float margin = 0.5f * network.lanes[i].width + kMargin;
            mark_curve(network.points_of(network.lanes[i]), network.lanes[i].step, margin, static_cast<std::int32_t>(i), mark);
        }
    });
    index_obstacles(network);
}

void index_quads(Network& network) {
    fill(network.quad_grid, network.memory, [&](const auto& mark) {
        for (std::size_t i = 0; i < network.quads.size(); ++i) {
            const Bounds box = bounds_of(network.quads[i]);
            Bounds center;
            center.include(0.5f * (box.low + box.high), 0.0f);
            mark(static_cast<std::int32_t>(i), center);
        }
    });
    fill(network.drivable_grid, network.memory, [&](const auto& mark) {
        for (std::size_t i = 0; i < network.quads.size(); ++i) {
            const int layer = layer_of(network.quads[i].paint);
            if (layer == 1 || layer == 2) mark(static_cast<std::int32_t>(i), bounds_of(network.quads[i]));
        }
    });
}

}  // namespace wm::driving
