#include "paint_digits.h"

namespace wm::racing {
namespace {

constexpr std::array<Ink, 8> kInk0{{
    {5.6f, 3.3f, 11.0f, 4.9f}, {5.9f, 28.8f, 11.0f, 4.9f}, {1.8f, 6.3f, 5.8f, 7.1f}, {15.6f, 5.9f, 5.2f, 9.9f},
    {1.1f, 14.4f, 5.9f, 10.9f}, {16.0f, 15.8f, 5.9f, 8.9f}, {2.4f, 25.0f, 5.1f, 5.1f}, {15.4f, 24.0f, 5.1f, 5.8f},
}};
constexpr std::array<Ink, 2> kInk1{{
    {10.0f, 5.4f, 5.9f, 29.1f}, {3.2f, 8.0f, 6.8f, 4.5f},
}};
constexpr std::array<Ink, 7> kInk2{{
    {4.6f, 3.3f, 12.0f, 4.8f}, {1.3f, 8.1f, 6.0f, 6.7f}, {15.2f, 6.0f, 5.3f, 10.3f}, {8.1f, 17.5f, 8.3f, 3.6f},
    {3.3f, 24.4f, 7.5f, 4.8f}, {1.1f, 28.0f, 19.7f, 5.0f}, {12.3f, 20.0f, 7.4f, 3.0f},
}};
constexpr std::array<Ink, 7> kInk3{{
    {4.7f, 3.3f, 11.2f, 4.6f}, {1.4f, 8.9f, 6.0f, 5.8f}, {14.8f, 5.4f, 5.6f, 12.3f}, {9.4f, 15.5f, 8.2f, 4.8f},
    {15.7f, 21.1f, 5.8f, 9.3f}, {5.2f, 29.0f, 12.2f, 4.7f}, {1.4f, 25.0f, 5.8f, 5.7f},
}};
constexpr std::array<Ink, 6> kInk4{{
    {12.8f, 3.9f, 6.1f, 29.5f}, {2.2f, 22.8f, 22.4f, 1.6f}, {9.6f, 5.3f, 3.4f, 3.8f}, {2.8f, 14.7f, 4.9f, 4.6f},
    {1.4f, 21.2f, 8.4f, 5.0f}, {6.7f, 9.0f, 4.9f, 4.6f},
}};
constexpr std::array<Ink, 6> kInk5{{
    {7.3f, 4.0f, 13.2f, 5.1f}, {3.5f, 4.6f, 4.1f, 11.1f}, {2.3f, 15.5f, 15.3f, 4.3f}, {15.5f, 17.8f, 5.9f, 13.0f},
    {4.2f, 30.0f, 13.3f, 4.6f}, {1.2f, 22.0f, 6.0f, 4.9f},
}};
constexpr std::array<Ink, 8> kInk6{{
    {6.2f, 3.3f, 12.1f, 5.3f}, {2.5f, 6.1f, 4.7f, 5.9f}, {1.1f, 12.6f, 6.6f, 12.8f}, {8.1f, 15.5f, 9.3f, 4.4f},
    {15.7f, 17.2f, 5.7f, 13.0f}, {6.0f, 28.8f, 11.5f, 4.8f}, {15.5f, 9.0f, 5.7f, 3.0f}, {2.6f, 25.0f, 4.3f, 5.2f},
}};
constexpr std::array<Ink, 4> kInk7{{
    {1.0f, 5.3f, 21.1f, 4.8f}, {13.7f, 10.4f, 6.1f, 4.9f}, {9.5f, 15.9f, 6.0f, 8.4f}, {6.4f, 23.9f, 5.3f, 10.9f},
}};
constexpr std::array<Ink, 7> kInk8{{
    {6.8f, 3.1f, 9.5f, 4.8f}, {2.5f, 5.7f, 4.9f, 12.9f}, {15.6f, 5.6f, 4.9f, 12.2f}, {5.4f, 15.5f, 12.2f, 4.8f},
    {1.4f, 21.8f, 5.8f, 8.6f}, {15.7f, 21.0f, 5.8f, 9.4f}, {5.4f, 29.0f, 12.0f, 4.7f},
}};
constexpr std::array<Ink, 8> kInk9{{
    {6.6f, 3.1f, 9.6f, 5.0f}, {1.7f, 5.7f, 5.5f, 14.7f}, {15.6f, 6.0f, 4.8f, 5.6f}, {5.5f, 15.5f, 9.4f, 4.4f},
    {15.3f, 12.0f, 6.4f, 13.4f}, {4.9f, 28.3f, 11.6f, 5.4f}, {1.7f, 25.0f, 4.9f, 3.9f}, {15.6f, 24.0f, 4.2f, 5.0f},
}};
constexpr std::array<Ink, 1> kInkMinus{{
    {1.0f, 19.0f, 11.0f, 6.0f},
}};

}  // namespace

std::span<const Ink> ink_of(std::size_t glyph) {
    static constexpr std::array<std::span<const Ink>, kGlyphs> kAll{kInk0, kInk1, kInk2, kInk3, kInk4, kInk5, kInk6, kInk7, kInk8, kInk9, kInkMinus};
    return kAll[glyph];
}

}  // namespace wm::racing
