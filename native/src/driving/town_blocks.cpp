// What stands beside the streets: houses in rows along them, places to park.
#include <algorithm>
#include <cmath>

#include "town_plan.h"

namespace wm::driving {
namespace {

constexpr float kClear = 1.5f;             // m between a house and any lane, at least
constexpr float kBay = 6.2f;               // m of street for one parked car
constexpr float kBayWidth = 2.2f;
constexpr int kSegments = 4;               // of a curved street, for keeping houses off it

struct Course {  // a street as houses see it
    std::array<Vec, kSegments + 1> at;
    int count = 0;
    float reach = 0.0f;   // m from its middle to its ends
    float clear = 0.0f;   // m from its line
};

class Blocks {
public:
    Blocks(TownRandom& random, NetworkBuilder& builder, const Network& network, const TownPlan& plan, Layout& layout)
        : random_(random), builder_(builder), network_(network), plan_(plan), layout_(layout) {
        for (int id = 0; id < plan.street_count; ++id) courses_[static_cast<std::size_t>(id)] = course_of(plan.streets[static_cast<std::size_t>(id)]);
    }

    void build() {
        for (int id = 0; id < plan_.street_count; ++id) {
            const Street& street = plan_.streets[static_cast<std::size_t>(id)];
            for (const LaneId lane : {street.forward[0], street.backward[0]}) {
                if (!street.main && random_.chance(0.6f)) add_places(lane);
                add_houses(lane);
            }
        }
    }

private:
    [[nodiscard]] Course course_of(const Street& street) const {
        const LaneId inner = street.forward[static_cast<std::size_t>(street.lanes - 1)];
        const float length = network_.lane(inner).length;
        Course course;
        course.count = street.straight ? 1 : kSegments;
        for (int i = 0; i <= course.count; ++i) {
            const float s = length * static_cast<float>(i) / static_cast<float>(course.count);
            course.at[static_cast<std::size_t>(i)] = network_.pose(inner, s, 0.5f * street.lane_width).position;
        }
        course.reach = 0.5f * length;
        course.clear = street.half_width() + kClear + (street.straight ? 0.0f : 0.7f);  // chords cut the curve
        return course;
    }

    [[nodiscard]] bool clear_of_streets(const Box& house) const {
        const float size = house.half_length + house.half_width;
        for (int id = 0; id < plan_.street_count; ++id) {
            const Course& course = courses_[static_cast<std::size_t>(id)];
            const Vec middle = 0.5f * (course.at[0] + course.at[static_cast<std::size_t>(course.count)]);
            const float near = course.reach + course.clear + size;
            if (squared_length(house.center - middle) > near * near) continue;
            Box wide = house;
            wide.half_length += course.clear;
            wide.half_width += course.clear;
            for (std::size_t i = 0; i < static_cast<std::size_t>(course.count); ++i) {
                if (crosses(wide, course.at[i], course.at[i + 1])) return false;
            }
        }
        return true;
    }

    [[nodiscard]] bool clear_of_nodes(const Box& house) const {
        for (int i = 0; i < plan_.node_count; ++i) {
            const TownNode& node = plan_.nodes[static_cast<std::size_t>(i)];
            const Vec from = node.at - house.center;
            const float near = node.radius + 3.0f + house.half_length + house.half_width;
            if (squared_length(from) < near * near && distance(house, node.at) < node.radius + 3.0f) return false;
        }
        return true;
    }

    [[nodiscard]] bool clear_of_houses(const Box& house) const {
        Box wide = house;
        wide.half_length += 1.0f;
        wide.half_width += 1.0f;
        const float size = wide.half_length + wide.half_width;
        return std::none_of(network_.obstacles.begin(), network_.obstacles.end(), [&](const Obstacle& other) {
            const float near = size + other.box.half_length + other.box.half_width;
            return squared_length(other.box.center - house.center) < near * near && overlap(wide, other.box);
        });
    }

    void add_houses(LaneId lane) {
        const Lane& along = network_.lane(lane);
        const float setback = random_.within(4.5f, 7.5f);
        const float density = random_.within(0.6f, 1.0f);  // of this side of the street
        for (float s = random_.within(0.0f, 6.0f); s < along.length - 8.0f;) {
            const float front = random_.within(9.0f, 18.0f);
            const float depth = random_.within(8.0f, 13.0f);
            const float gap = random_.chance(0.35f) ? 1.0f : random_.within(2.0f, 7.0f);
            const Pose at = network_.pose(lane, s + 0.5f * front, -(0.5f * along.width + setback + 0.5f * depth));
            const Box house{at.position, {std::cos(at.heading), std::sin(at.heading)}, 0.5f * front, 0.5f * depth};
            const float height = random_.within(5.0f, 16.0f);
            const auto look = static_cast<std::uint8_t>(random_.below(6));
            const bool wanted = random_.chance(density);
            s += front + gap;
            if (wanted && clear_of_streets(house) && clear_of_nodes(house) && clear_of_houses(house)) builder_.add_obstacle({house, height, look});
        }
    }

    // Parallel to the curb, away from junctions and crossings.
    void add_places(LaneId lane) {
        const Lane& along = network_.lane(lane);
        const float offset = -(0.5f * along.width + 0.1f + 0.5f * kBayWidth);
        for (float s = 12.0f + random_.within(0.0f, kBay); s < along.length - 12.0f; s += kBay) {
            if (random_.chance(0.15f)) continue;  // a drive, a tree
            const Pose at = network_.pose(lane, s, offset);
            const Vec forward{std::cos(at.heading), std::sin(at.heading)};
            const Vec half = 0.5f * (kBay - 0.2f) * forward;
            const Vec aside = 0.5f * kBayWidth * left_of(forward);
            const std::array<Vec, 4> bay{at.position - half - aside, at.position + half - aside, at.position + half + aside, at.position - half + aside};
            builder_.add_surface(bay, Paint::parking_bay);
            layout_.places.push_back({at, lane});
        }
    }

    TownRandom& random_;
    NetworkBuilder& builder_;
    const Network& network_;
    const TownPlan& plan_;
    Layout& layout_;
    std::array<Course, kMaxStreets> courses_;
};

}  // namespace

void build_blocks(TownRandom& random, NetworkBuilder& builder, const Network& network, const TownPlan& plan, Layout& layout) {
    Blocks(random, builder, network, plan, layout).build();
}

}  // namespace wm::driving
