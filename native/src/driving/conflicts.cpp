// Which connectors of a junction get in each other's way, and where.
#include <algorithm>

#include "builder_parts.h"

namespace wm::driving {
namespace {

constexpr float kSpacing = 1.5f;  // m between samples of a connector, at most
constexpr float kNear = 0.85f;    // of the mean width: vehicles on centre lines nearer than that may touch, corners of turning ones included

struct Sampled {
    const Vec* at = nullptr;
    int count = 0;
    float step = 0.0f, per_step = 0.0f;  // m, 1/m
};

struct Span { float enter = 1e30f, leave = -1.0f; };

// Is a sample of b within `near` of the point? Samples that a distance rules out are skipped; `last` is the one found.
bool comes_near(Vec point, const Sampled& b, float near, int& last) {
    if (squared_length(point - b.at[last]) < near * near) return true;
    for (int k = 0; k < b.count;) {
        const float away = length(point - b.at[k]) - near;
        if (away < 0.0f) {
            last = k;
            return true;
        }
        k += 1 + static_cast<int>(away * b.per_step);
    }
    return false;
}

// The stretch of a that comes within `near` of b.
Span near_stretch(const Sampled& a, const Sampled& b, float near) {
    Span span;
    int last = 0;
    for (int i = 0; i < a.count; ++i) {
        if (!comes_near(a.at[i], b, near, last)) continue;
        const float s = static_cast<float>(i) * a.step;
        span = {std::min(span.enter, s), s};
    }
    return span;
}

bool apart(const Sampled& a, const Sampled& b, float near) {  // by the circle around each
    const Vec middle_a = 0.5f * (a.at[0] + a.at[a.count - 1]);
    const Vec middle_b = 0.5f * (b.at[0] + b.at[b.count - 1]);
    const float reach = 0.5f * (a.step * static_cast<float>(a.count) + b.step * static_cast<float>(b.count)) + near;
    return squared_length(middle_a - middle_b) > reach * reach;
}

bool share(const std::array<LaneId, 4>& a, const std::array<LaneId, 4>& b) {
    return std::any_of(a.begin(), a.end(), [&](LaneId lane) { return lane != kNoLane && std::find(b.begin(), b.end(), lane) != b.end(); });
}

void widen(Span& span, float step, float length) {  // samples see it late and lose it early
    span = {std::max(0.0f, span.enter - 0.5f * step), std::min(length, span.leave + 0.5f * step)};
}

void compare(Network& network, LaneId first, LaneId second, const Sampled& a, const Sampled& b) {
    const Lane& one = network.lane(first);
    const Lane& other = network.lane(second);
    const float near = kNear * 0.5f * (one.width + other.width);
    if (share(one.previous, other.previous) || apart(a, b, near)) return;
    Span mine = near_stretch(a, b, near);
    if (mine.leave < 0.0f) return;
    Span theirs = near_stretch(b, a, near);
    if (theirs.leave < 0.0f) return;
    const bool merge = share(one.next, other.next);
    widen(mine, a.step, one.length);
    widen(theirs, b.step, other.length);
    if (merge) {
        mine.leave = one.length;
        theirs.leave = other.length;
    }
    BuilderMemory& memory = network.memory;
    memory.owners.push_back(first);
    memory.conflicts.push_back({second, mine.enter, mine.leave, theirs.enter, theirs.leave, merge});
    memory.owners.push_back(second);
    memory.conflicts.push_back({first, theirs.enter, theirs.leave, mine.enter, mine.leave, merge});
}

// Samples of all connectors of one junction, one after the other.
void compare_all(Network& network, std::span<const std::int32_t> connectors) {
    std::vector<Vec>& samples = network.memory.samples;
    std::vector<std::int32_t>& first = network.memory.first;
    samples.clear();
    first.clear();
    for (const std::int32_t id : connectors) {
        const Lane& lane = network.lanes[static_cast<std::size_t>(id)];
        const int pieces = std::max(1, static_cast<int>(std::ceil(lane.length / kSpacing)));
        first.push_back(static_cast<std::int32_t>(samples.size()));
        for (int i = 0; i <= pieces; ++i) {
            samples.push_back(network.point(static_cast<LaneId>(id), lane.length * static_cast<float>(i) / static_cast<float>(pieces)).position);
        }
    }
    first.push_back(static_cast<std::int32_t>(samples.size()));
    const auto sampled = [&](std::size_t i) {
        const int count = first[i + 1] - first[i];
        const float step = network.lanes[static_cast<std::size_t>(connectors[i])].length / static_cast<float>(count - 1);
        return Sampled{samples.data() + first[i], count, step, 1.0f / step};
    };
    for (std::size_t i = 0; i < connectors.size(); ++i) {
        for (std::size_t k = i + 1; k < connectors.size(); ++k) {
            compare(network, static_cast<LaneId>(connectors[i]), static_cast<LaneId>(connectors[k]), sampled(i), sampled(k));
        }
    }
}

// Conflicts were found pair by pair; each lane wants its own in one row.
void gather(Network& network) {
    const BuilderMemory& memory = network.memory;
    for (Lane& lane : network.lanes) lane.conflict_count = 0;
    for (const LaneId owner : memory.owners) ++network.lanes[static_cast<std::size_t>(owner)].conflict_count;
    std::int32_t total = 0;
    for (Lane& lane : network.lanes) {
        lane.first_conflict = total;
        total += lane.conflict_count;
        lane.conflict_count = 0;
    }
    network.conflicts.resize(static_cast<std::size_t>(total));
    for (std::size_t i = 0; i < memory.owners.size(); ++i) {
        Lane& lane = network.lanes[static_cast<std::size_t>(memory.owners[i])];
        network.conflicts[static_cast<std::size_t>(lane.first_conflict + lane.conflict_count++)] = memory.conflicts[i];
    }
}

}  // namespace

void find_conflicts(Network& network) {
    BuilderMemory& memory = network.memory;
    memory.owners.clear();
    memory.conflicts.clear();
    memory.order.clear();
    for (std::size_t i = 0; i < network.lanes.size(); ++i) {
        if (network.lanes[i].kind == LaneKind::connector && network.lanes[i].junction >= 0) memory.order.push_back(static_cast<std::int32_t>(i));
    }
    const auto junction = [&](std::int32_t id) { return network.lanes[static_cast<std::size_t>(id)].junction; };
    std::sort(memory.order.begin(), memory.order.end(),
              [&](std::int32_t a, std::int32_t b) { return junction(a) != junction(b) ? junction(a) < junction(b) : a < b; });
    for (std::size_t from = 0, to = 0; from < memory.order.size(); from = to) {
        while (to < memory.order.size() && junction(memory.order[to]) == junction(memory.order[from])) ++to;
        compare_all(network, std::span<const std::int32_t>(memory.order).subspan(from, to - from));
    }
    gather(network);
}

}  // namespace wm::driving
