// The world from above on a Raster: a turned and scaled plan. Shared by the bird's-eye sensor and the picture for people.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "cells.h"
#include "raster.h"
#include "wm/driving/world.h"

namespace wm::driving {

class FlatView {
public:
    FlatView(int height, int width);

    // The world's `center` comes to sample `at`, the direction `up` points up; `scale` in samples per m.
    void look(Vec center, Vec up, float scale, Corner at);
    [[nodiscard]] Corner place(Vec point) const {
        const Vec v = point - center_;
        return {at_.x + scale_ * cross(v, up_), at_.y - scale_ * dot(v, up_)};
    }
    [[nodiscard]] float scale() const { return scale_; }
    [[nodiscard]] Raster& raster() { return raster_; }

    void polygon(std::span<const Vec> corners, Color color, float alpha = 1.0f);  // at most kMaxCorners
    void box(const Box& box, Color color, float alpha = 1.0f);
    void band(Vec a, Vec b, float width, Color color, float alpha = 1.0f);  // m; at least a sample wide
    void disc(Vec center, float radius, Color color, float alpha = 1.0f);   // m

    void ground(const Network& network);  // meadow, surfaces, marks
    void lights(const Network& network, float time);
    void standing(const Network& network);  // obstacles and walls
    void actor(const Actor& actor, Color body);
    [[nodiscard]] bool sees(Vec center, float radius) const;

private:
    void ground_quad(const GroundQuad& quad);
    void vehicle(const Actor& actor, Color body);

    Raster raster_;
    Vec center_, up_{0.0f, 1.0f};
    float scale_ = 1.0f, reach_ = 0.0f;
    Corner at_{0.0f, 0.0f};
    Walk walk_;
    std::array<std::vector<std::int32_t>, 4> visible_;  // quads by layer
};

// The colour of somebody from above: agents stand out.
Color plan_color(const Actor& actor, bool own);

}  // namespace wm::driving
