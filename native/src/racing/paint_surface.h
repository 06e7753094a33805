// Gymnasium's 1000x800 surface, drawn in bands of rows with pygame's integer rules. The score is the caller's.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "paint_bars.h"
#include "paint_exact_kernels.h"
#include "paint_outline.h"
#include "paint_polygon_list.h"

namespace wm::racing {

class SurfacePainter {
public:
    explicit SurfacePainter(const ExactKernels& kernels);

    // What the next bands show; the skid marks are no part of the observation.
    void look_at(const Scene& scene, Marks marks);
    // kBandRows rows, all above the panel or all within it, with the indicator bars.
    void draw(const Band& band);

private:
    std::span<const DrawnPolygon> draw_ground(const Band& band);
    void draw_polygon(const DrawnPolygon& polygon, const Band& band);
    void draw_bars(const Band& band);
    void fill_polygon(const DrawnPolygon& polygon, const Band& band);
    void fill_span(int first, int last, std::uint32_t* row, std::uint32_t color);

    const ExactKernels& kernels_;
    BandSpans band_spans_{};
    Bars bars_;
    std::vector<DrawnPolygon> polygons_;
};

}  // namespace wm::racing
