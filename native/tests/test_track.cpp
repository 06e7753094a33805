// The hash was taken when all tracks of the golden set were equal to Gymnasium's (tests/native/test_golden.py).
#include <cstdint>
#include <vector>

#include "check_equal.h"
#include "hash.h"
#include "wm/racing/track_generator.h"

using namespace wm::racing;

int main() {
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
        }
    }
    CHECK_EQUAL(hash.value, 0x9f271ae2f8c1d483ull);
    return wm::test::report();
}
