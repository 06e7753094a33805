// Curves to evenly spaced lane points: cubic Hermite pieces, measured by Simpson's rule and walked by arc length.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "wm/driving/network_builder.h"

namespace wm::driving {
namespace {

constexpr float kSteepest = 0.15f;  // rad that neighbouring points' tangents may differ
constexpr float kMostPieces = 1e6f;  // of a lane
constexpr float kShortest = 0.5f;   // m between points

Vec direction(float heading) { return {std::cos(heading), std::sin(heading)}; }

struct Derivatives { Vec position, first, second; };

struct Piece {
    Vec start, out, end, in;  // positions and tangents

    Piece(const Pose& from, const Pose& to) : start(from.position), end(to.position) {
        // Tangents as long as a circular arc through both poses asks for: then the cubic is almost that arc.
        const float turn = std::abs(wrap_angle(to.heading - from.heading));
        const float stretch = turn < 1e-3f ? 1.0f : 2.0f * std::tan(0.25f * turn) / std::sin(0.5f * turn);
        const float size = stretch * length(end - start);
        out = size * direction(from.heading);
        in = size * direction(to.heading);
    }
    [[nodiscard]] Derivatives at(float u) const {
        const Vec chord = end - start;
        const Vec c2 = 3.0f * chord - 2.0f * out - in;
        const Vec c3 = out + in - 2.0f * chord;
        return {start + u * (out + u * (c2 + u * c3)), out + u * (2.0f * c2 + 3.0f * u * c3), 2.0f * c2 + 6.0f * u * c3};
    }
};

float curvature_of(const Derivatives& at) {
    const float speed = length(at.first);
    return cross(at.first, at.second) / (speed * speed * speed);
}

// A stretch of a piece short enough that its speed is a parabola of the parameter.
struct Stretch {
    float from = 0.0f, width = 1.0f;               // parameter
    float v0 = 0.0f, mid = 0.0f, v1 = 0.0f;        // speeds
    [[nodiscard]] float length() const { return width * (v0 + 4.0f * mid + v1) / 6.0f; }
    // The parameter at which `s` m have been covered: Newton on the integral of the parabola.
    [[nodiscard]] float at(float s) const {
        const float b = 0.5f * (-3.0f * v0 + 4.0f * mid - v1);
        const float c = (2.0f * v0 - 4.0f * mid + 2.0f * v1) / 3.0f;
        float t = s / length();
        for (int i = 0; i < 2; ++i) {
            const float error = width * t * (v0 + t * (b + t * c)) - s;
            t -= error / (width * (v0 + t * (2.0f * b + 3.0f * t * c)));
        }
        return from + width * std::clamp(t, 0.0f, 1.0f);
    }
};

Stretch stretch_of(const Piece& piece, int index, int count) {
    Stretch part;
    part.width = 1.0f / static_cast<float>(count);
    part.from = part.width * static_cast<float>(index);
    part.v0 = length(piece.at(part.from).first);
    part.mid = length(piece.at(part.from + 0.5f * part.width).first);
    part.v1 = length(piece.at(part.from + part.width).first);
    return part;
}

struct Measure { float length = 0.0f, curvature = 0.0f; };

Measure measure(const Piece& piece, int stretches) {
    Measure total;
    for (int i = 0; i < stretches; ++i) {
        total.length += stretch_of(piece, i, stretches).length();
        const float u = (static_cast<float>(i) + 0.5f) / static_cast<float>(stretches);
        const float u_next = u + 0.5f / static_cast<float>(stretches);
        total.curvature = std::max({total.curvature, std::abs(curvature_of(piece.at(u))), std::abs(curvature_of(piece.at(u_next)))});
    }
    return total;
}

LanePoint point_at(const Piece& piece, float u, float near_heading) {
    const Derivatives at = piece.at(u);
    const float heading = std::atan2(at.first.y, at.first.x);
    return {at.position, (1.0f / length(at.first)) * at.first, near_heading + wrap_angle(heading - near_heading), curvature_of(at)};
}

// Points every `step` m along pieces, except for the last one.
class Walk {
public:
    Walk(std::span<const Pose> knots, int stretches) : knots_(knots), stretches_(stretches), piece_(knots[0], knots[1]) { open(); }

    LanePoint advance_to(float s, float near_heading) {
        while (s > passed_ + part_.length() && next()) {}
        return point_at(piece_, part_.at(s - passed_), near_heading);
    }

private:
    void open() { part_ = stretch_of(piece_, index_, stretches_); }
    bool next() {
        const bool last_part = index_ + 1 == stretches_;
        if (last_part && knot_ + 2 >= knots_.size()) return false;
        passed_ += part_.length();
        index_ = last_part ? 0 : index_ + 1;
        if (last_part) {
            ++knot_;
            piece_ = Piece(knots_[knot_], knots_[knot_ + 1]);
        }
        open();
        return true;
    }

    std::span<const Pose> knots_;
    int stretches_;
    std::size_t knot_ = 0;
    int index_ = 0;
    float passed_ = 0.0f;
    Piece piece_;
    Stretch part_;
};

bool straight(std::span<const Pose> knots) {
    const Vec along = direction(knots[0].heading);
    return std::all_of(knots.begin(), knots.end(), [&](const Pose& knot) {
        return std::abs(cross(along, knot.position - knots[0].position)) < 1e-3f && std::abs(wrap_angle(knot.heading - knots[0].heading)) < 1e-4f;
    });
}

LanePoint end_point(const Pose& pose, float curvature, float near_heading) {
    return {pose.position, direction(pose.heading), near_heading + wrap_angle(pose.heading - near_heading), curvature};
}

}  // namespace

LaneId NetworkBuilder::add_curve(const Pose& from, const Pose& to, const LaneSpec& spec) {
    const std::array<Pose, 2> ends{from, to};
    return add_poses(ends, spec, 8.0f);
}

LaneId NetworkBuilder::add_poses(std::span<const Pose> line, const LaneSpec& spec, float max_step) {
    if (line.size() < 2) throw std::invalid_argument("a lane needs at least two points");
    if (straight(line)) return add_straight(line.front().position, line.back().position, spec);
    const int stretches = line.size() == 2 ? 8 : 1;
    Measure whole;
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        const Measure part = measure(Piece(line[i], line[i + 1]), stretches);
        whole = {whole.length + part.length, std::max(whole.curvature, part.curvature)};
    }
    const float step = std::clamp(kSteepest / whole.curvature, kShortest, std::max(max_step, kShortest));
    const float wanted = std::ceil(whole.length / step);
    if (!(wanted <= kMostPieces)) throw std::invalid_argument("a lane's points are not finite, or too far apart");
    const int pieces = std::max(4, static_cast<int>(wanted));
    new_lane(spec);
    Walk walk(line, stretches);
    float heading = line.front().heading;
    for (int i = 0; i <= pieces; ++i) {
        const LanePoint at = walk.advance_to(whole.length * static_cast<float>(i) / static_cast<float>(pieces), heading);
        const bool end = i == 0 || i == pieces;
        network_.points.push_back(end ? end_point(i == 0 ? line.front() : line.back(), at.curvature, heading) : at);
        heading = network_.points.back().heading;
    }
    return close_lane(whole.length);
}

LaneId NetworkBuilder::add_polyline(std::span<const Vec> line, const LaneSpec& spec, float max_step) {
    if (line.size() < 2) throw std::invalid_argument("a lane needs at least two points");
    std::vector<Pose>& knots = network_.memory.knots;
    knots.clear();
    const std::size_t last = line.size() - 1;
    for (std::size_t i = 0; i <= last; ++i) {
        // The tangent of the circle through three points; at the ends, of the first and last three.
        const std::size_t middle = last < 2 ? 0 : std::clamp<std::size_t>(i, 1, last - 1);
        const Vec before = last < 2 ? line[1] - line[0] : line[middle] - line[middle - 1];
        const Vec after = last < 2 ? before : line[middle + 1] - line[middle];
        const float one = std::atan2(before.y, before.x);
        const float turn = wrap_angle(std::atan2(after.y, after.x) - one);
        const float share = length(before) / (length(before) + length(after));
        // Heading changes evenly with arc length; the chords' headings are those of their middles.
        const float along = i < middle ? -share : i > middle ? 2.0f - share : share;
        knots.push_back({line[i], one + turn * along});
    }
    return add_poses(knots, spec, max_step);
}

}  // namespace wm::driving
