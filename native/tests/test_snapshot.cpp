#include <stdexcept>

#include "check_equal.h"
#include "racing_fixture.h"
#include "sealed_snapshot.h"
#include "wm/core/snapshot.h"

namespace {

using Bytes = std::vector<std::uint8_t>;

bool refused(fixture::Run& run, const Bytes& bytes) {
    try {
        run.batch.load(0, bytes);
    } catch (const wm::core::SnapshotError&) {
        return true;
    }
    return false;
}

void check_round_trip() {
    fixture::Run run(fixture::config(3, 1));
    for (int t = 0; t < 70; ++t) run.step(t);
    std::vector<Bytes> snapshots;
    for (std::size_t lane = 0; lane < 3; ++lane) snapshots.push_back(run.batch.save(lane));
    for (int t = 70; t < 140; ++t) run.step(t);
    const std::uint64_t expected = run.state_hash();
    run.reset();
    for (std::size_t lane = 0; lane < 3; ++lane) run.batch.load(lane, snapshots[lane]);
    for (std::size_t lane = 0; lane < 3; ++lane) CHECK(run.batch.save(lane) == snapshots[lane]);
    for (int t = 70; t < 140; ++t) run.step(t);
    CHECK_EQUAL(run.state_hash(), expected);
}

void check_every_byte_counts() {
    fixture::Run run(fixture::config(1, 1));
    const Bytes good = run.batch.save(0);
    const std::uint64_t before = run.state_hash();
    for (std::size_t i = 0; i < good.size(); i += (i < 64 ? 1 : 97)) {
        Bytes bad = good;
        bad[i] ^= 0x10;
        CHECK(refused(run, bad));
        CHECK(refused(run, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(i))));
    }
    CHECK_EQUAL(run.state_hash(), before);
    CHECK(!refused(run, good));
}

// The checksum is no secret: bytes that carry the right one must be looked at, too.
void check_forged_snapshots() {
    fixture::Run run(fixture::config(1, 1));
    for (int t = 0; t < 200; ++t) run.step(t);
    const Bytes good = run.batch.save(0);
    CHECK(!refused(run, wm::test::sealed(wm::test::payload_of(good))));
    const std::uint64_t before = run.state_hash();
    std::size_t taken = 0;
    for (std::size_t i = 0; i < good.size() - 24; i += 7) {  // seven: every byte of every eight
        Bytes payload = wm::test::payload_of(good);
        payload[i] = 0xff;  // NaN, huge numbers, flags that are none
        taken += refused(run, wm::test::sealed(payload)) ? 0 : 1;
        run.step(0);
        run.batch.load(0, good);
    }
    CHECK_EQUAL(run.state_hash(), before);
    CHECK(taken > 0 && taken < good.size() / 7);
}

void check_bad_actions_move_nothing() {
    fixture::Run run(fixture::config(2, 1));
    const Bytes before = run.batch.save(0);
    run.actions[5] = 0.0 / 0.0;
    bool thrown = false;
    try {
        run.batch.step(run.actions.data(), run.obs.data(), nullptr);
    } catch (const std::invalid_argument&) {
        thrown = true;
    }
    CHECK(thrown);
    CHECK(run.batch.save(0) == before);
}

}  // namespace

int main() {
    check_round_trip();
    check_every_byte_counts();
    check_forged_snapshots();
    check_bad_actions_move_nothing();
    return wm::test::report();
}
