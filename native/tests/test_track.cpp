// The hash was taken when all tracks of the golden set were equal to Gymnasium's (tests/native/test_golden.py).
#include <array>
#include <cstdint>
#include <vector>

#include "check_equal.h"
#include "hash.h"
#include "wm/racing/tile_index.h"
#include "wm/racing/track_generator.h"

using namespace wm::racing;

namespace {

bool same(const Polygon& a, const Polygon& b) {
    bool equal = a.count == b.count;
    for (int i = 0; i < a.count; ++i) equal = equal && a[i].x == b[i].x && a[i].y == b[i].y;
    return equal;
}

// The short way to a tile's collision shape gives what gift wrapping gives.
void check_shapes(const Track& track) {
    TileIndex index;
    index.build(track);
    for (std::size_t i = 0; i < track.tiles.size(); ++i) {
        std::array<Vec2, 4> corners;
        for (std::size_t k = 0; k < 4; ++k) {
            corners[k] = {static_cast<float>(track.tiles[i][k].x), static_cast<float>(track.tiles[i][k].y)};
        }
        CHECK(same(index.shape(i), convex_hull(corners)));
    }
}

// Quads that no short way is for: the other way round, with a dent, crossed, flat.
void check_odd_shapes() {
    Track track;
    track.tiles = {Quad{{{0, 0}, {4, 0}, {4, 4}, {0, 4}}}, Quad{{{0, 0}, {0, 4}, {4, 4}, {3, 3}}},
                   Quad{{{0, 0}, {4, 4}, {4, 0}, {0, 4}}}, Quad{{{0, 0}, {1, 0}, {2, 0}, {3, 1e-3}}}};
    track.points.resize(track.tiles.size());
    check_shapes(track);
}

}  // namespace

int main() {
    check_odd_shapes();
    Hash hash;
    Track track;
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        wm::core::Pcg64 rng(std::vector<std::uint32_t>{seed});
        for (int again = 0; again < 2; ++again) {  // the second track goes on in the same stream
            generate_track(rng, track);
            CHECK(track.size() > 200 && track.tiles.size() == track.points.size());
            for (const TrackPoint& point : track.points) {
                for (const double number : {point.alpha, point.beta, point.x, point.y}) hash.add(number);
            }
            for (const Border border : track.border) hash.add(border);
            check_shapes(track);
        }
    }
    CHECK_EQUAL(hash.value, 0x9f271ae2f8c1d483ull);
    return wm::test::report();
}
