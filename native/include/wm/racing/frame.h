// What people see: Gymnasium's window (1000x800) and its rgb_array (600x400), skid marks included, equal to the last bit.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "wm/racing/scene.h"

namespace wm::racing {

struct GreyText {  // the score as the caller's font renders it, row-major
    std::span<const std::uint8_t> pixels;
    int width = 0;
    int height = 0;
};

class FramePainter {
public:
    static constexpr int kWindowWidth = 1000;
    static constexpr int kWindowHeight = 800;
    static constexpr int kVideoWidth = 600;
    static constexpr int kVideoHeight = 400;

    FramePainter();
    ~FramePainter();
    FramePainter(FramePainter&&) noexcept;
    FramePainter& operator=(FramePainter&&) noexcept;

    // Row-major RGB of that size. Throws std::invalid_argument when the text does not fit its place (see ScoreTable).
    void paint_window(const Scene& scene, const GreyText& score, std::uint8_t* rgb);
    void paint_video(const Scene& scene, const GreyText& score, std::uint8_t* rgb);

private:
    class Canvas;
    std::unique_ptr<Canvas> canvas_;
};

}  // namespace wm::racing
