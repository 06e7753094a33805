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
void GroundPainter::widen(std::array<Plan, 4>& c) const {
    const auto square = [](Plan v) { return v.depth * v.depth + v.left * v.left; };
    const std::size_t shift = square(c[1] - c[0]) < square(c[2] - c[1]) ? 0 : 1;  // which edges are the ends
    for (std::size_t end = 0; end < 2; ++end) {
        Plan& p = c[(2 * end + shift) & 3];
        Plan& q = c[(2 * end + shift + 1) & 3];
        const Plan half = 0.5f * (q - p);
        const float least = 0.5f * (p.depth + q.depth) / canvas_.focal();  // m across a sample
        const float across = 2.0f * std::abs(half.left);
        if (across >= least || across < 0.02f) continue;
        const Plan grown = (std::min(least / across, 8.0f) - 1.0f) * half;
        p = p - grown;
        q = q + grown;
    }
}

void GroundPainter::paint_quad(const GroundQuad& quad) {
    const bool mark = layer_of(quad.paint) == 3;
    const float far = mark ? mark_far_ : far_;
    std::array<Plan, 4> corners;
    corners[0] = canvas_.place(quad.corner[0]);
    constexpr float kLongest = 1.42f * kMaxQuad;  // corner to corner
    if (corners[0].depth < kNear - kLongest || corners[0].depth > far + kLongest) return;
    for (std::size_t i = 1; i < 4; ++i) corners[i] = canvas_.place(quad.corner[i]);
    float nearest = corners[0].depth, farthest = nearest, right = 1e9f, left = 1e9f;
    for (const Plan c : corners) {
        nearest = std::min(nearest, c.depth);
        farthest = std::max(farthest, c.depth);
        const float edge = canvas_.slope() * c.depth;
        right = std::min(right, -c.left - edge);  // all positive: beyond the right edge
        left = std::min(left, c.left - edge);
    }
    if (farthest < kNear || nearest > far || right > 0.0f || left > 0.0f) return;
    if (mark) {
        const float rows = canvas_.focal() * kEyeHeight * (farthest - nearest);  // times nearest * farthest
        if (nearest > kNear && rows < kLowest * nearest * farthest) return;
        widen(corners);
    }
    canvas_.level_rows(corners, 0.0f, paints_[static_cast<std::size_t>(quad.paint)].data());
}

void GroundPainter::paint(const Network& network) {
    canvas_.raster().clear(background_);
    if (network.quad_grid.items.empty()) return;
    collect(network);
    for (const auto& list : visible_) {
        for (const std::int32_t i : list) paint_quad(network.quads[static_cast<std::size_t>(i)]);
    }
}

}  // namespace wm::driving
