#include <bit>

#include "builder_parts.h"

namespace wm::driving {
namespace {

// FNV-1a's shape, a word at a time: quick enough for a town at every reset, and it needs to tell networks apart only.
struct Mixer {
    std::uint64_t value = 0xcbf29ce484222325ull;

    void word(std::uint64_t bits) {
        value = (value ^ bits) * 0x9e3779b97f4a7c15ull;
        value ^= value >> 29;
    }
    void pair(float a, float b) { word((std::uint64_t{std::bit_cast<std::uint32_t>(a)} << 32) | std::bit_cast<std::uint32_t>(b)); }
    void add(Vec at) { pair(at.x, at.y); }
};

void add_lane(Mixer& mixer, const Lane& lane) {
    mixer.pair(lane.length, lane.width);
    mixer.pair(lane.speed_limit, static_cast<float>(lane.point_count));
    for (std::size_t i = 0; i < 4; ++i) {
        mixer.word((std::uint64_t{static_cast<std::uint16_t>(lane.next[i])} << 16) | static_cast<std::uint16_t>(lane.previous[i]));
    }
    mixer.word((std::uint64_t{static_cast<std::uint16_t>(lane.left)} << 48) | (std::uint64_t{static_cast<std::uint16_t>(lane.right)} << 32) |
               (std::uint64_t{static_cast<std::uint16_t>(lane.junction)} << 16) | static_cast<std::uint16_t>(lane.signal));
    mixer.word((std::uint64_t{static_cast<std::uint8_t>(lane.kind)} << 24) | (std::uint64_t{static_cast<std::uint8_t>(lane.turn)} << 16) |
               (std::uint64_t{static_cast<std::uint8_t>(lane.priority)} << 8) | static_cast<std::uint64_t>(lane.ends));
}

void add_furniture(Mixer& mixer, const Network& network) {
    for (const Signal& signal : network.signals) {
        mixer.add(signal.position);
        mixer.pair(signal.cycle, signal.heading);
        mixer.pair(signal.green_from, signal.green_to);
    }
    for (const Crossing& crossing : network.crossings) {
        mixer.add(crossing.a);
        mixer.add(crossing.b);
        mixer.pair(crossing.half_width, static_cast<float>(crossing.signal));
    }
    for (const Obstacle& obstacle : network.obstacles) {
        mixer.add(obstacle.box.center);
        mixer.add(obstacle.box.forward);
        mixer.pair(obstacle.box.half_length, obstacle.box.half_width);
        mixer.pair(obstacle.height, static_cast<float>(obstacle.look));
    }
    for (const Wall& wall : network.walls) {
        mixer.add(wall.a);
        mixer.add(wall.b);
        mixer.pair(wall.height, 0.0f);
    }
}

}  // namespace

std::uint64_t content_hash(const Network& network) {
    Mixer mixer;
    for (const LanePoint& at : network.points) {
        mixer.add(at.position);
        mixer.pair(at.heading, at.curvature);
    }
    for (const Lane& lane : network.lanes) add_lane(mixer, lane);
    add_furniture(mixer, network);
    for (const GroundQuad& quad : network.quads) {
        mixer.word(static_cast<std::uint64_t>(quad.paint));
        for (const Vec corner : quad.corner) mixer.add(corner);
    }
    return mixer.value;
}

}  // namespace wm::driving
