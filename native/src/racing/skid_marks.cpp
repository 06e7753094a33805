#include "wm/racing/skid_marks.h"

#include <algorithm>
#include <cmath>

namespace wm::racing {

void SkidMarks::record(const Car& car) {
    for (std::size_t i = 0; i < 4; ++i) {
        if (car.wheels[i].skidding == 0) {
            trails_[i].armed = 0;
            trails_[i].active = 0;
            continue;
        }
        const Vec2 place = car.bodies[i].pose.p;
        slide(trails_[i], {place.x, place.y}, car.wheels[i].on_road == 0);
    }
}

void SkidMarks::slide(Trail& trail, Vec2d place, bool grass) {
    if (trail.active != 0 && (trail.grass != 0) == grass && trail.length < kPoints) {
        extend_mark(trail, place);
    } else if (trail.armed == 0) {
        trail.armed = 1;
    } else {
        start_mark(trail, place, grass);
    }
}

// Gymnasium remembers the start as a live reference to the wheel's position, so both first points are the same.
void SkidMarks::start_mark(Trail& trail, Vec2d place, bool grass) {
    if (count_ == kMarks) {
        std::move(marks_.begin() + 1, marks_.end(), marks_.begin());
        ++first_;
        --count_;
    }
    trail = {0, 1, static_cast<std::uint8_t>(grass), first_ + count_, 2};
    SkidMark& mark = marks_[static_cast<std::size_t>(count_++)];
    mark = {};
    mark.poly[0] = place;
    mark.poly[1] = place;
    mark.count = 2;
    mark.grass = grass;
}

void SkidMarks::extend_mark(Trail& trail, Vec2d place) {
    ++trail.length;
    const std::int64_t index = trail.mark - first_;
    if (index < 0 || index >= count_) return;
    SkidMark& mark = marks_[static_cast<std::size_t>(index)];
    mark.poly[static_cast<std::size_t>(mark.count++)] = place;
}

bool SkidMarks::plausible(const Trail& trail) const {
    if (trail.armed > 1 || trail.active > 1 || trail.grass > 1 || trail.length < 0 || trail.length > kPoints) return false;
    if (trail.mark < 0 || trail.mark > first_ + count_) return false;
    const std::int64_t index = trail.mark - first_;
    const bool drawing = trail.active != 0 && index >= 0 && index < count_;
    return !drawing || marks_[static_cast<std::size_t>(index)].count == trail.length;
}

bool SkidMarks::plausible() const {
    constexpr std::int64_t kManyMarks = std::int64_t{1} << 53;
    constexpr double kStretch = 100.0;  // track units; a wheel moves 2 in a step
    constexpr double kFar = 1e6;
    if (first_ < 0 || first_ > kManyMarks || count_ < 0 || count_ > kMarks) return false;
    for (const SkidMark& mark : marks()) {
        if (mark.count < 2 || mark.count > kPoints) return false;
        for (std::size_t i = 0; i < static_cast<std::size_t>(mark.count); ++i) {
            const Vec2d& p = mark.poly[i];
            const Vec2d& before = mark.poly[i == 0 ? 0 : i - 1];
            if (std::abs(p.x) > kFar || std::abs(p.y) > kFar) return false;
            if (std::abs(p.x - before.x) > kStretch || std::abs(p.y - before.y) > kStretch) return false;
        }
    }
    return std::ranges::all_of(trails_, [this](const Trail& trail) { return plausible(trail); });
}

}  // namespace wm::racing
