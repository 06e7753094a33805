// Walks over a Network's grids: every item near a place once, in a fixed order.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "wm/driving/network.h"

namespace wm::driving {

struct Area {  // an upright rectangle, m
    Vec low, high;
};

struct CellBlock {
    int column_low, column_high, row_low, row_high;  // inclusive; empty when high < low
};

inline int cell_index(float offset, int count) {  // clamped, as Grid does
    const float cell = std::floor(offset * (1.0f / kCell));
    return static_cast<int>(std::clamp(cell, 0.0f, static_cast<float>(count - 1)));
}

inline CellBlock cells_of(const Grid& grid, const Area& area) {
    if (grid.columns <= 0 || grid.rows <= 0) return {0, -1, 0, -1};
    return {cell_index(area.low.x - grid.origin.x, grid.columns), cell_index(area.high.x - grid.origin.x, grid.columns),
            cell_index(area.low.y - grid.origin.y, grid.rows), cell_index(area.high.y - grid.origin.y, grid.rows)};
}

inline const CellRange& cell_at(const Grid& grid, int column, int row) {
    return grid.cells[static_cast<std::size_t>(row) * static_cast<std::size_t>(grid.columns) + static_cast<std::size_t>(column)];
}

// Remembers which items of a grid a walk has met: most lie in several cells.
class Walk {
public:
    Walk() { met_.reserve(4096); }

    // visit(item) for every item that lies in a cell of the area, once, in the order of the cells.
    template <class Visit>
    void near(const Grid& grid, std::size_t items, const Area& area, Visit&& visit) {
        if (grid.items.empty()) return;
        if (met_.size() < items) met_.resize(items, 0);
        if (++round_ == 0) {  // after 2^32 walks
            std::fill(met_.begin(), met_.end(), 0);
            round_ = 1;
        }
        const CellBlock block = cells_of(grid, area);
        for (int row = block.row_low; row <= block.row_high; ++row) {
            for (int column = block.column_low; column <= block.column_high; ++column) {
                const CellRange& cell = cell_at(grid, column, row);
                for (std::int32_t i = cell.first; i < cell.first + cell.count; ++i) {
                    const std::int32_t item = grid.items[static_cast<std::size_t>(i)];
                    std::uint32_t& met = met_[static_cast<std::size_t>(item)];
                    if (met == round_) continue;
                    met = round_;
                    visit(item);
                }
            }
        }
    }

private:
    std::vector<std::uint32_t> met_;  // [items] the last walk that met each
    std::uint32_t round_ = 0;
};

}  // namespace wm::driving
