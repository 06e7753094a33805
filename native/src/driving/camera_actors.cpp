// Vehicles as a body with a cabin, lamps and wheels' shade; fewer parts the smaller they are. Pedestrians and cones face
// the camera.
#include <algorithm>
#include <array>
#include <cmath>

#include "camera_parts.h"
#include "colors.h"

namespace wm::driving {
namespace {

enum Side : std::size_t { kFront, kLeft, kRear, kRight };

// A box on the plan and which of its sides the camera is outside of.
struct Footprint {
    std::array<Plan, 4> corner;  // rear right, front right, front left, rear left: counter-clockwise from above
    std::array<bool, 4> seen;
    [[nodiscard]] Plan first(Side side) const { return corner[(1 + side) & 3]; }
    [[nodiscard]] Plan second(Side side) const { return corner[(2 + side) & 3]; }
};

struct Body {  // how an actor stands before the camera
    Plan center, axis, side;
    std::array<float, 4> light;  // brightness of each side
    float depth, samples;        // distance ahead, samples per m
};

Footprint footprint(const Body& body, float back, float front, float half_width) {
    const Plan rear = body.center + back * body.axis, nose = body.center + front * body.axis, across = half_width * body.side;
    Footprint f{};
    f.corner = {rear - across, nose - across, nose + across, rear + across};
    const float along = -(body.center.depth * body.axis.depth + body.center.left * body.axis.left);
    const float aside = -(body.center.depth * body.side.depth + body.center.left * body.side.left);
    f.seen = {along > front, aside > half_width, along < back, aside < -half_width};
    return f;
}

void sides(Canvas& canvas, const Body& body, const Footprint& f, float low, float high, Color color) {
    for (const Side side : {kFront, kLeft, kRear, kRight}) {
        if (f.seen[side]) canvas.upright(f.first(side), f.second(side), low, high, shade(color, body.light[side]));
    }
}

// Lamps at both edges of the front or rear; one bar when they would be smaller than a sample.
void lamps(Canvas& canvas, const Body& body, const Footprint& f, Side side, float low, float high, Color color) {
    const Plan a = f.first(side), b = f.second(side);
    const float lift = std::max(0.5f * (1.3f / body.samples - (high - low)), 0.0f);  // never lower than a sample or so
    if (std::abs(b.left - a.left) * body.samples < 5.0f) return canvas.upright(a, b, low - lift, high + lift, color);
    canvas.upright(a, between(a, b, 0.24f), low - lift, high + lift, color);
    canvas.upright(between(a, b, 0.76f), b, low - lift, high + lift, color);
}

// Sloping sides from one footprint to a smaller one above it, between two shares of the slope.
void cabin(Canvas& canvas, const Body& body, const Footprint& base, const Footprint& roof, float low, float high, float from, float to, Color color) {
    for (const Side side : {kFront, kLeft, kRear, kRight}) {
        if (!base.seen[side]) continue;
        const Plan a = base.first(side), b = base.second(side), c = roof.second(side), d = roof.first(side);
        const float z0 = low + from * (high - low), z1 = low + to * (high - low);
        const std::array<Plan, 4> corners{between(a, d, from), between(b, c, from), between(b, c, to), between(a, d, to)};
        canvas.quad(corners, {z0, z0, z1, z1}, shade(color, body.light[side]));
    }
}

Color rear_lamp(const Actor& actor) { return actor.braking ? colors::kBrakeOn : colors::kBrakeOff; }

void paint_lamps(Canvas& canvas, const Actor& actor, const Body& body, const Footprint& f, float low, float high) {
    const float visible = std::min(0.8f * haze(body.depth), 0.4f);
    if (f.seen[kRear]) lamps(canvas, body, f, kRear, low, high, actor.braking ? rear_lamp(actor) : mix(rear_lamp(actor), colors::kHaze, visible));
    if (f.seen[kFront]) lamps(canvas, body, f, kFront, low, high, mix(colors::kHeadlamp, colors::kHaze, visible));
}

void paint_car(Canvas& canvas, const Actor& actor, const Body& body) {
    const float h = actor.height, half = actor.half_length, wide = actor.half_width, belt = 0.58f * h;
    const Color color = hazed(colors::body(actor), body.depth), dark = hazed(colors::kTyre, body.depth);
    const float tall = h * body.samples;  // samples
    const Footprint whole = footprint(body, -half, half, wide);
    if (tall < 6.0f) {  // a few pixels: a coloured box with a dark window
        sides(canvas, body, whole, 0.0f, belt, color);
        sides(canvas, body, footprint(body, -0.8f * half, 0.3f * half, 0.85f * wide), belt, h, hazed(colors::kWindow, body.depth));
        if (actor.braking && whole.seen[kRear]) lamps(canvas, body, whole, kRear, 0.3f * h, belt, colors::kBrakeOn);
        return;
    }
    sides(canvas, body, whole, 0.0f, 0.2f * h, dark);
    sides(canvas, body, whole, 0.2f * h, belt, color);
    canvas.level(whole.corner, belt, shade(color, 1.1f));
    const Footprint base = footprint(body, -0.88f * half, 0.42f * half, 0.92f * wide);
    const Footprint roof = footprint(body, -0.62f * half, 0.08f * half, 0.74f * wide);
    cabin(canvas, body, base, roof, belt, h, 0.0f, tall > 14.0f ? 0.85f : 1.0f, hazed(colors::kWindow, body.depth));
    if (tall > 14.0f) cabin(canvas, body, base, roof, belt, h, 0.85f, 1.0f, color);
    if (h < kEyeHeight) canvas.level(roof.corner, h, shade(color, 1.1f));
    paint_lamps(canvas, actor, body, whole, 0.4f * h, 0.55f * h);
    if (tall > 24.0f && whole.seen[kRear]) {  // number plate
        const Plan a = whole.first(kRear), b = whole.second(kRear);
        canvas.upright(between(a, b, 0.37f), between(a, b, 0.63f), 0.3f * h, 0.38f * h, colors::kWhite);
    }
}

void paint_truck_cab(Canvas& canvas, const Actor& actor, const Body& body) {
    const float h = 0.85f * actor.height, half = actor.half_length;
    const Footprint cab = footprint(body, 0.62f * half, half, 0.95f * actor.half_width);
    const Color color = hazed(colors::body(actor), body.depth);
    sides(canvas, body, cab, 0.1f * h, h, color);
    if (!cab.seen[kFront]) return;
    const Plan a = cab.first(kFront), b = cab.second(kFront);
    canvas.upright(between(a, b, 0.06f), between(a, b, 0.94f), 0.5f * h, 0.88f * h, hazed(colors::kWindow, body.depth));
    lamps(canvas, body, cab, kFront, 0.2f * h, 0.28f * h, colors::kHeadlamp);
}

void paint_truck(Canvas& canvas, const Actor& actor, const Body& body) {
    const float h = actor.height, half = actor.half_length;
    const Footprint box = footprint(body, -half, 0.58f * half, actor.half_width);
    const bool ahead = !box.seen[kFront];  // the box hides the cab unless seen from the front
    if (ahead) paint_truck_cab(canvas, actor, body);
    sides(canvas, body, footprint(body, -half, half, 0.9f * actor.half_width), 0.0f, 0.28f * h, hazed(colors::kTyre, body.depth));
    sides(canvas, body, box, 0.28f * h, h, hazed(mix(colors::kTruckBox, colors::body(actor), 0.25f), body.depth));
    if (box.seen[kRear]) lamps(canvas, body, box, kRear, 0.2f * h, 0.27f * h, actor.braking ? colors::kBrakeOn : hazed(colors::kBrakeOff, body.depth));
    if (!ahead) paint_truck_cab(canvas, actor, body);
}

void paint_pedestrian(Canvas& canvas, const Actor& actor, const Body& body) {
    const float h = actor.height;
    const Plan at = body.center;
    canvas.board(at, 0.34f, 0.0f, 0.48f * h, 1.5f, hazed(colors::kTrousers, body.depth));
    canvas.board(at, 0.52f, 0.46f * h, 0.84f * h, 1.7f, hazed(colors::coat(actor.look), body.depth));
    canvas.board(at, 0.24f, 0.85f * h, h, 1.0f, hazed(colors::kSkin, body.depth));
}

void paint_cone(Canvas& canvas, const Actor& actor, const Body& body) {
    canvas.board(body.center, 0.4f, 0.0f, 0.1f, 1.0f, colors::kTyre);
    canvas.board(body.center, 0.28f, 0.08f, actor.height, 1.4f, colors::kCone);
    canvas.board(body.center, 0.28f, 0.45f * actor.height, 0.65f * actor.height, 0.6f, colors::kWhite);
}

}  // namespace

void paint_actor(Canvas& canvas, const Actor& actor) {
    Body body{};
    body.center = canvas.place(actor.position);
    body.axis = canvas.turn(actor.forward);
    body.side = canvas.turn(left_of(actor.forward));
    body.depth = std::max(body.center.depth, kNear);
    body.samples = canvas.scale(body.depth);
    if (actor.kind == ActorKind::pedestrian) return paint_pedestrian(canvas, actor, body);
    if (actor.kind == ActorKind::cone) return paint_cone(canvas, actor, body);
    const Vec forward = actor.forward, left = left_of(forward);
    body.light = {sunlight(forward), sunlight(left), sunlight(-1.0f * forward), sunlight(-1.0f * left)};
    if (actor.height * body.samples > 6.0f) {  // its shadow on the road
        const Footprint f = footprint(body, -1.03f * actor.half_length, 1.03f * actor.half_length, 1.12f * actor.half_width);
        canvas.level(f.corner, 0.0f, hazed(rgb(44, 46, 50), body.depth));
    }
    if (actor.kind == ActorKind::truck) return paint_truck(canvas, actor, body);
    paint_car(canvas, actor, body);
}

void paint_signal(Canvas& canvas, const Signal& signal, Light light) {
    const Plan at = canvas.place(signal.position);
    const Plan heading = canvas.turn({std::cos(signal.heading), std::sin(signal.heading)});
    const bool faces = heading.depth > 0.3f;  // seen from behind it shows its back
    canvas.board({at.depth, at.left}, 0.12f, 0.0f, 3.0f, 0.7f, hazed(colors::kPole, at.depth));
    canvas.board(at, 0.46f, 2.7f, 4.0f, 1.5f, hazed(colors::kSignalHead, at.depth));
    if (!faces) return;
    for (const Light lamp : {Light::green, Light::yellow, Light::red}) {
        const float low = 2.78f + 0.4f * static_cast<float>(lamp);
        if (lamp != light) canvas.board(at, 0.32f, low, low + 0.32f, 0.0f, hazed(colors::lamp(lamp, false), at.depth));
    }
    const float low = 2.78f + 0.4f * static_cast<float>(light);
    const float glare = std::max(2.2f, 0.012f * canvas.focal());  // samples: to be seen however far
    canvas.board(at, 0.36f, low - 0.02f, low + 0.34f, glare, colors::lamp(light, true));
}

}  // namespace wm::driving
