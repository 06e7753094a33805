// Planning routes on the lane graph: at random over the exits of whole roads, or the shortest to a goal. Lanes that are
// left by a lane change are not in a route: it names the lane of each road from which the way goes on.
#include "route_planner.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

namespace wm::driving {
namespace {

constexpr float kRoomToChange = 60.0f;  // m of a road on which a lane change can be asked for
constexpr float kChangeCost = 10.0f;    // m that a lane change counts as
constexpr float kBeforeEnd = 4.0f;      // m from the end of a road that ends to the goal: the whole car stays on it
constexpr float kShortest = 5.0f;       // m; a shorter route is none
constexpr int kTries = 8;

struct Exit {
    LaneId from = kNoLane, to = kNoLane;
};
struct Exits {
    std::array<Exit, 32> all{};
    std::uint32_t count = 0;
};

bool for_driving(const Lane& lane) { return lane.kind == LaneKind::road || lane.kind == LaneKind::connector; }

bool offers(const Network& network, const Exits& exits, const Lane& way) {
    return std::any_of(exits.all.begin(), exits.all.begin() + exits.count, [&](const Exit& exit) {
        const Lane& known = network.lane(exit.to);
        return known.kind != LaneKind::connector || way.kind != LaneKind::connector || known.turn == way.turn;
    });
}

// Of a neighbour only ways that lead elsewhere: no lane change for its own sake.
void add_exits(const Network& network, LaneId from, bool neighbour, Exits& exits) {
    for (const LaneId to : network.lane(from).next) {
        if (to == kNoLane) break;
        const Lane& way = network.lane(to);
        if (!for_driving(way) || exits.count == exits.all.size() || (neighbour && offers(network, exits, way))) continue;
        exits.all[exits.count++] = {from, to};
    }
}

// Exits of the lane and, where there is room to change lanes (or no other way), of its neighbours.
Exits exits_of(const Network& network, LaneId id, float room) {
    Exits exits;
    const Lane& lane = network.lane(id);
    if (!lane.ends) add_exits(network, id, false, exits);
    if (exits.count > 0 && (lane.kind != LaneKind::road || room < kRoomToChange)) return exits;
    for (LaneId left = lane.left; left != kNoLane; left = network.lane(left).left) add_exits(network, left, true, exits);
    for (LaneId right = lane.right; right != kNoLane; right = network.lane(right).right) add_exits(network, right, true, exits);
    return exits;
}

std::size_t index(int i) { return static_cast<std::size_t>(i); }

float planned(const Network& network, const Route& route) {  // m from the start to the end of the last lane
    float total = route.base;
    for (int k = route.at; k < route.count; ++k) total += network.lane(route.lanes[index(k)]).length;
    return total;
}

// The lane that is left on the way to the next one takes the place of the last; the start moves over to it.
void replace_last(const Network& network, Route& route, LaneId by) {
    const LaneId old = std::exchange(route.lanes[index(route.count - 1)], by);
    if (route.count > 1 || old == by) return;
    const LanePosition here = network.project(by, network.pose(old, route.start_s).position, route.start_s);
    route.start_s = route.s = here.s;
    route.base = -here.s;
}

// A goal in the last lane, `length` m from the start, or a little before the end of a way that ends.
void set_goal(const Network& network, Route& route) {
    const float total = planned(network, route);
    const float last = network.lane(route.lanes[index(route.count - 1)]).length;
    if (total < route.length + kBeforeEnd) route.length = std::min(route.length, total - kBeforeEnd);
    route.goal_s = std::clamp(last - (total - route.length), 0.0f, last);
}

void begin(Route& route, LaneId lane, float s) {
    route = {};
    route.lanes[0] = lane;
    route.count = 1;
    route.start_s = route.s = s;
    route.base = -s;
}

bool wander(const Network& network, const Layout& layout, const Start& start, float length, core::Pcg64& rng, Route& best) {
    best.length = 0.0f;
    for (int attempt = 0; attempt < kTries; ++attempt) {
        Route route;
        begin(route, start.lane, start.s);
        route.length = length;
        route.endless = true;
        wander_on(network, layout, rng, route);
        if (attempt == 0 || route.length > best.length) best = route;
        if (best.length >= length) break;
    }
    return best.length >= kShortest;
}

struct Step {  // how a lane was reached by the search
    float cost = std::numeric_limits<float>::infinity();
    LaneId before = kNoLane;
    bool change = false;  // by a lane change
};
using Candidate = std::pair<float, LaneId>;
using Queue = std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>>;

void offer(std::vector<Step>& steps, Queue& queue, LaneId lane, const Step& step) {
    if (lane == kNoLane || step.cost >= steps[index(lane)].cost) return;
    steps[index(lane)] = step;
    queue.emplace(step.cost, lane);
}

// Dijkstra; the start lane itself is a goal only further along it, otherwise the way leads round.
std::vector<Step> search(const Network& network, const Start& start) {
    std::vector<Step> steps(network.lanes.size());
    Queue queue;
    const bool behind = start.goal_lane == start.lane && start.goal_s < start.s;
    const auto expand = [&](LaneId id, float cost, float length) {
        const Lane& lane = network.lane(id);
        for (const LaneId next : lane.next) {
            if (next != kNoLane && for_driving(network.lane(next))) offer(steps, queue, next, {cost + length, id, false});
        }
        if (lane.kind != LaneKind::road) return;
        offer(steps, queue, lane.left, {cost + kChangeCost, id, true});
        offer(steps, queue, lane.right, {cost + kChangeCost, id, true});
    };
    if (!behind) steps[index(start.lane)].cost = 0.0f;
    expand(start.lane, 0.0f, network.lane(start.lane).length - start.s);
    while (!queue.empty()) {
        const auto [cost, id] = queue.top();
        queue.pop();
        if (id == start.goal_lane) break;
        if (cost <= steps[index(id)].cost) expand(id, cost, network.lane(id).length);
    }
    return steps;
}

// Lanes from the start to the goal, without those that are left by a lane change.
bool collect(const std::vector<Step>& steps, const Start& start, Route& route) {
    std::array<LaneId, kMaxRoute> reversed{};
    int count = 0;
    bool by_change = false;
    for (LaneId lane = start.goal_lane; lane != kNoLane;) {
        if (!by_change) {
            if (count == kMaxRoute) return false;
            reversed[index(count++)] = lane;
        }
        if (lane == start.lane && lane != start.goal_lane) break;
        by_change = steps[index(lane)].change;
        lane = steps[index(lane)].before;
        if (lane == start.lane && lane == start.goal_lane) {  // once round
            if (count < kMaxRoute) reversed[index(count++)] = lane;
            break;
        }
    }
    std::reverse_copy(reversed.begin(), reversed.begin() + count, route.lanes.begin());
    route.count = static_cast<std::int16_t>(count);
    return count > 0;
}

bool shortest(const Network& network, const Start& start, Route& route) {
    const std::vector<Step> steps = search(network, start);
    begin(route, start.lane, start.s);
    if (!(steps[index(start.goal_lane)].cost < std::numeric_limits<float>::infinity())) return false;
    if (!collect(steps, start, route)) return false;
    const LanePosition here = network.project(route.lanes[0], network.pose(start.lane, start.s).position, start.s);
    route.start_s = route.s = here.s;
    route.base = -here.s;
    route.goal_s = start.goal_s;
    route.length = planned(network, route) - network.lane(start.goal_lane).length + start.goal_s;
    return route.length >= kShortest;
}

}  // namespace

void wander_on(const Network& network, const Layout& layout, core::Pcg64& rng, Route& route) {
    const auto full = [&] { return !layout.ring && planned(network, route) >= route.length + kBeforeEnd; };
    while (!full()) {
        if (route.count == kMaxRoute) return;
        const LaneId last = route.lanes[index(route.count - 1)];
        const float from = route.count == 1 ? route.start_s : 0.0f;
        const Exits exits = exits_of(network, last, network.lane(last).length - from);
        if (exits.count == 0) break;
        const Exit exit = exits.all[exits.count > 1 ? rng.integers(exits.count) : 0];
        replace_last(network, route, exit.from);
        route.lanes[index(route.count++)] = exit.to;
    }
    route.endless = false;
    set_goal(network, route);
}

bool plan_route(const Network& network, const Layout& layout, const Start& start, float length, core::Pcg64& rng, Route& route) {
    const bool planned_one = start.goal_lane == kNoLane ? wander(network, layout, start, length, rng, route)
                                                        : shortest(network, start, route);
    if (planned_one) follow_route(network, route, network.pose(start.lane, start.s).position);
    return planned_one;
}

}  // namespace wm::driving
