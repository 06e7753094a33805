// What the forward camera draws, in the order of drawing: ground, then everything that stands on it from far to near.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "canvas.h"
#include "wm/driving/world.h"

namespace wm::driving {

// Amount of haze in front of something, 0 .. 1.
float haze(float depth);
Color hazed(Color color, float depth);
// Brightness of an upright face with this outward normal: the sun stands in the south-west.
float sunlight(Vec normal);

class GroundPainter {
public:
    explicit GroundPainter(Canvas& canvas);
    // Sky, meadow, surfaces, marks.
    void paint(const Network& network);

    [[nodiscard]] float far() const { return far_; }  // m; what lies beyond is not drawn

private:
    void collect(const Network& network);
    struct PlacedQuad {
        Plans corners;
        const Color* rows;  // its colour in each row of samples
    };
    std::span<const PlacedQuad> place(const Network& network, std::span<const std::int32_t> quads, bool marks);
    [[nodiscard]] unsigned high_enough(Four depth) const;
    [[nodiscard]] Plans widened(const Plans& corners) const;

    Canvas& canvas_;
    float far_, mark_far_;
    std::vector<Color> background_;                                                   // [rows of samples]
    std::array<std::vector<Color>, static_cast<std::size_t>(Paint::count)> paints_;  // each [rows of samples]
    std::array<std::vector<std::int32_t>, 4> visible_;                                // by layer
    std::vector<PlacedQuad> placed_;                                                  // working memory of place()
};

// Vehicles, pedestrians, cones.
void paint_actor(Canvas& canvas, const Actor& actor);
void paint_signal(Canvas& canvas, const Signal& signal, Light light);

struct FacePiece {  // part of an upright face of a building or wall
    Plan p, q;
    float high = 0.0f;   // m
    Color color = 0;
    enum class Look : std::uint8_t { plain, house, rail } look = Look::plain;
};
void paint_face(Canvas& canvas, const FacePiece& face);

class StandingPainter {
public:
    explicit StandingPainter(Canvas& canvas, float far);
    void paint(const World& world, int agent);

private:
    enum class What : std::uint32_t { face, actor, signal };
    void remember(What what, std::size_t index, Plan at);
    void collect_box(const Obstacle& obstacle);
    void collect_wall(const Wall& wall);
    void collect_face(const FacePiece& face);
    void collect_even(const FacePiece& face, float width, float distance);
    void collect_graded(const FacePiece& face, Plan nearest, float width, float distance, float sign);
    void collect_piece(const FacePiece& face, Plan p, Plan q, float width);
    void collect(const World& world, int agent);

    Canvas& canvas_;
    float far_;
    Walk walk_;
    std::vector<FacePiece> faces_;
    std::vector<std::uint64_t> order_;  // squared distance (bits of the float), what, index: sorted as whole numbers
};

}  // namespace wm::driving
