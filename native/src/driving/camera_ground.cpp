#include <algorithm>
#include <cmath>

#include "camera_parts.h"
#include "cells.h"
#include "colors.h"

namespace wm::driving {
namespace {

constexpr std::size_t kReserve = 8192;
constexpr float kHalfQuad = 0.5f * kMaxQuad;
constexpr float kLowest = 0.25f;    // rows of samples that a mark must be high
constexpr float kFaintest = 0.15f;  // share of a sample that a line must fill to be drawn

// Width of a mark seen along the road, m: beyond the distance where it fills a sample it is drawn one sample wide and paler.
float line_width(Paint paint) {
    switch (paint) {
        case Paint::white_line:
        case Paint::yellow_line: return 0.15f;
        case Paint::crossing_stripe:
        case Paint::stop_line: return 0.5f;
        default: return 0.0f;
    }
}

}  // namespace

float haze(float depth) { return depth / (depth + 220.0f); }

Color hazed(Color color, float depth) { return mix(color, colors::kHaze, haze(depth)); }

float sunlight(Vec normal) { return 0.82f + 0.18f * dot(normal, {-0.8f, -0.6f}); }

GroundPainter::GroundPainter(Canvas& canvas) : canvas_(canvas) {
    far_ = std::clamp(2.0f * canvas.focal() * kEyeHeight, 100.0f, 400.0f);
    mark_far_ = std::clamp(canvas.focal() * 0.15f / kFaintest, 40.0f, far_);
    const int rows = canvas.raster().height();
    for (auto& paint : paints_) paint.resize(static_cast<std::size_t>(rows));
    background_.resize(static_cast<std::size_t>(rows));
    for (int row = 0; row < rows; ++row) {
        const auto i = static_cast<std::size_t>(row);
        const float below = static_cast<float>(row) + 0.5f - canvas.horizon();
        if (below <= 0.0f) {
            const float up = -below / canvas.horizon();
            background_[i] = mix(colors::kHaze, colors::kSkyTop, std::sqrt(up));
            for (auto& paint : paints_) paint[i] = background_[i];
            continue;
        }
        const float depth = canvas.focal() * kEyeHeight / below;
        background_[i] = hazed(colors::kGrass, depth);
        for (std::size_t k = 0; k < paints_.size(); ++k) {
            const auto paint = static_cast<Paint>(k);
            Color color = colors::of(paint);
            const float width = line_width(paint);
            if (width > 0.0f) color = mix(colors::of(Paint::asphalt), color, std::min(width * canvas.scale(depth), 1.0f));
            paints_[k][i] = hazed(color, depth);
        }
    }
    placed_.reserve(kReserve);
    for (auto& list : visible_) list.reserve(kReserve);
}

void GroundPainter::collect(const Network& network) {
    for (auto& list : visible_) list.clear();
    const Grid& grid = network.quad_grid;
    const Area area = canvas_.seen_area(far_);
    const Vec margin{kHalfQuad, kHalfQuad};
    const CellBlock block = cells_of(grid, {area.low - margin, area.high + margin});
    constexpr float kReach = 1.42f * (0.5f * kCell + kHalfQuad);  // around a cell's centre
    for (int row = block.row_low; row <= block.row_high; ++row) {
        for (int column = block.column_low; column <= block.column_high; ++column) {
            const CellRange& cell = cell_at(grid, column, row);
            if (cell.count == 0) continue;
            const Vec center{grid.origin.x + (static_cast<float>(column) + 0.5f) * kCell, grid.origin.y + (static_cast<float>(row) + 0.5f) * kCell};
            const Plan at = canvas_.place(center);
            if (!canvas_.sees(at, kReach, far_)) continue;
            const int layers = at.depth > mark_far_ + kReach ? 3 : 4;  // far cells: no marks
            for (std::int32_t i = cell.first; i < cell.first + cell.count; ++i) {
                const std::int32_t item = grid.items[static_cast<std::size_t>(i)];
                const int layer = layer_of(network.quads[static_cast<std::size_t>(item)].paint);
                if (layer >= layers) break;  // items are in painter's order
                visible_[static_cast<std::size_t>(layer)].push_back(item);
            }
        }
    }
}

// Lines thinner than a sample would flicker: each end becomes at least one sample wide (and is painted paler).
Plans GroundPainter::widened(const Plans& c) const {
    const float depth = c.depth[1] - c.depth[0], left = c.left[1] - c.left[0], next_depth = c.depth[2] - c.depth[1], next_left = c.left[2] - c.left[1];
    const bool ends_first = depth * depth + left * left < next_depth * next_depth + next_left * next_left;  // which edges are the ends
    const auto other_of_end = [ends_first](Four v) { return ends_first ? Four{v[1], v[0], v[3], v[2]} : Four{v[3], v[2], v[1], v[0]}; };
    const Four other_depth = other_of_end(c.depth), other_left = other_of_end(c.left);
    const Four half_depth = 0.5f * (other_depth - c.depth), half_left = 0.5f * (other_left - c.left);
    const Four least = 0.5f * (c.depth + other_depth) / canvas_.focal();  // m across a sample
    const Four across = 2.0f * (half_left < 0.0f ? -half_left : half_left);
    const Four share = least / across;
    const Four grown = (share < 8.0f ? share : Four{} + 8.0f) - 1.0f;
    const Four by = ((across < least) & (across >= 0.02f)) ? grown : Four{};
    return {c.depth - by * half_depth, c.left - by * half_left};
}

// Those that may show, without a branch: nothing can be foretold about the next.
std::span<const GroundPainter::PlacedQuad> GroundPainter::place(const Network& network, std::span<const std::int32_t> quads, bool marks) {
    if (placed_.size() < quads.size()) placed_.resize(quads.size());
    std::size_t count = 0;
    const Four far = Four{} + (marks ? mark_far_ : far_);
    for (const std::int32_t i : quads) {
        const GroundQuad& quad = network.quads[static_cast<std::size_t>(i)];
        const Plans c = canvas_.place(quad.corner);
        const Four edge = canvas_.slope() * c.depth;
        placed_[count] = {c, paints_[static_cast<std::size_t>(quad.paint)].data()};
        const auto some = [](FourBits flags) { return core::lanes_of(flags) != 0 ? 1u : 0u; };
        count += some(c.depth >= kNear) & some(c.depth <= far) & some(c.left >= -edge) & some(c.left <= edge) & (marks ? high_enough(c.depth) : 1u);
    }
    return std::span(placed_).first(count);
}

unsigned GroundPainter::high_enough(Four depth) const {
    const Four other{depth[1], depth[0], depth[3], depth[2]}, low = depth < other ? depth : other, high = depth < other ? other : depth;
    const float nearest = std::min(low[0], low[2]), farthest = std::max(high[0], high[2]);
    const float rows = canvas_.focal() * kEyeHeight * (farthest - nearest);  // times nearest * farthest
    return (nearest <= kNear ? 1u : 0u) | (rows >= kLowest * nearest * farthest ? 1u : 0u);
}

void GroundPainter::paint(const Network& network) {
    canvas_.raster().clear(background_);
    if (network.quad_grid.items.empty()) return;
    collect(network);
    for (std::size_t layer = 0; layer < visible_.size(); ++layer) {
        const bool marks = layer == 3;
        for (const PlacedQuad& quad : place(network, visible_[layer], marks)) canvas_.ground(marks ? widened(quad.corners) : quad.corners, quad.rows);
    }
}

}  // namespace wm::driving
