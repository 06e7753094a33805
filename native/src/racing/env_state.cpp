// get_state / set_state of one environment. Nothing that can be computed from the rest is stored.
#include <cmath>
#include <limits>

#include "wm/racing/env.h"
#include "wm/racing/snapshot.h"
#include "wm/racing/track_generator.h"

namespace wm::racing {
namespace {

constexpr std::uint32_t kMaxTiles = 2500;

}  // namespace

template <class Archive>
void RacingEnv::fields(Archive& archive) {
    rng_.fields(archive);
    for (auto* color : {&colors_.road, &colors_.background, &colors_.grass}) {
        archive((*color)[0], (*color)[1], (*color)[2]);
    }
    auto tiles = static_cast<std::uint32_t>(track_.points.size());
    archive(tiles);
    if (tiles > kMaxTiles) throw SnapshotError("snapshot has an impossible number of tiles");
    track_.points.resize(tiles);
    visited_.resize(tiles);
    unshaded_.resize(tiles);
    for (TrackPoint& point : track_.points) archive(point.alpha, point.beta, point.x, point.y);
    for (auto& flag : visited_) archive(flag);
    for (auto& flag : unshaded_) archive(flag);
    car_.fields(archive);
    skid_marks_.fields(archive);
    archive(visited_count_, reward_, previous_reward_, shown_reward_, time_, inverse_step_, new_lap_, ended_, steps_);
}

std::vector<std::uint8_t> RacingEnv::save() const {
    SnapshotWriter writer;
    const_cast<RacingEnv*>(this)->fields(writer);  // the writer only reads; one field list serves both directions
    return writer.finish();
}

void RacingEnv::load(std::span<const std::uint8_t> snapshot) {
    SnapshotReader reader(snapshot);
    RacingEnv loaded(*this);
    loaded.fields(reader);
    reader.expect_end();
    if (loaded.ready()) {
        build_tiles(loaded.track_);
        loaded.rebuild_track_caches();
    }
    *this = std::move(loaded);
}

}  // namespace wm::racing
