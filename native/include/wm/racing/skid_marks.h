// The tyre marks that the human and rgb_array views show: at most 30, of at most 30 points, oldest forgotten first.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "wm/racing/car.h"
#include "wm/racing/scene.h"

namespace wm::racing {

class SkidMarks {
public:
    void clear() { *this = {}; }
    // To be called between drive() and the world step: marks take the wheels' positions and ground from before it.
    void record(const Car& car);
    [[nodiscard]] std::span<const SkidMark> marks() const { return {marks_.data(), static_cast<std::size_t>(count_)}; }

    [[nodiscard]] bool plausible() const;  // for marks that come from outside

    template <class Archive>
    void fields(Archive& archive) {
        archive(first_, count_);
        for (auto& trail : trails_) archive(trail.armed, trail.active, trail.grass, trail.mark, trail.length);
        const auto used = static_cast<std::size_t>(std::clamp(count_, 0, kMarks));
        for (std::size_t i = 0; i < used; ++i) {
            archive(marks_[i].count, marks_[i].grass);
            for (auto& point : marks_[i].poly) archive(point.x, point.y);
        }
    }

private:
    static constexpr int kMarks = 30;
    static constexpr int kPoints = 30;

    struct Trail {  // what one wheel is drawing
        std::uint8_t armed = 0;   // slid one step: the next one starts a mark
        std::uint8_t active = 0;  // has a mark
        std::uint8_t grass = 0;
        std::int64_t mark = 0;    // serial number; the mark may be forgotten while the wheel still adds to it
        std::int32_t length = 0;
    };

    [[nodiscard]] bool plausible(const Trail& trail) const;
    void slide(Trail& trail, Vec2d place, bool grass);
    void start_mark(Trail& trail, Vec2d place, bool grass);
    void extend_mark(Trail& trail, Vec2d place);

    std::array<SkidMark, kMarks> marks_{};
    std::array<Trail, 4> trails_{};
    std::int64_t first_ = 0;  // serial number of marks_[0]
    std::int32_t count_ = 0;
};

}  // namespace wm::racing
