// Following a route: where the agent is on it, what lies ahead, and further lanes for routes that never end.
#include <algorithm>

#include "route_planner.h"
#include "wm/driving/task.h"

namespace wm::driving {
namespace {

constexpr float kArrived = 0.01f;   // m before a lane's end that count as its end
constexpr float kBack = 0.5f;       // m before a lane's beginning until the one before it is looked at again
constexpr float kPreview = 200.0f;  // m planned ahead on endless routes
constexpr int kDriven = 8;          // lanes kept behind the agent

void step_back(const Network& network, Route& route, Vec position, LanePosition& here) {
    const auto before = static_cast<std::size_t>(route.at - 1);
    const float length = network.lane(route.lanes[before]).length;
    const LanePosition there = network.project(route.lanes[before], position, length);
    if (there.s >= length - kArrived) return;
    --route.at;
    route.base -= length;
    here = there;
}

}  // namespace

void follow_route(const Network& network, Route& route, Vec position) {
    LanePosition here = network.project(route.lanes[static_cast<std::size_t>(route.at)], position, route.s);
    while (route.at + 1 < route.count && here.s >= network.lane(here.lane).length - kArrived) {
        route.base += network.lane(here.lane).length;
        ++route.at;
        here = network.project(route.lanes[static_cast<std::size_t>(route.at)], position, 0.0f);
    }
    if (route.at > 0 && here.s < -kBack) step_back(network, route, position, here);
    route.s = here.s;
    route.d = here.d;
    route.heading = here.heading;
}

LanePoint route_point(const Network& network, const Route& route, const Actor& /*agent*/, float ahead) {
    auto at = static_cast<std::size_t>(route.at);
    const auto last = static_cast<std::size_t>(route.count - 1);
    float s = route.s + ahead;
    while (at < last && s > network.lane(route.lanes[at]).length) s -= network.lane(route.lanes[at++]).length;
    const LaneId lane = route.lanes[at];
    const float beyond = s - network.lane(lane).length;
    if (beyond <= 0.0f) return network.point(lane, std::max(s, 0.0f));
    LanePoint end = network.point(lane, network.lane(lane).length);
    end.position = end.position + beyond * end.forward;
    end.curvature = 0.0f;
    return end;
}

void extend_route(const Network& network, const Layout& layout, core::Pcg64& rng, Route& route) {
    if (!route.endless) return;
    float ahead = -route.s;
    for (int k = route.at; k < route.count; ++k) ahead += network.lane(route.lanes[static_cast<std::size_t>(k)]).length;
    if (ahead > kPreview) return;
    if (const int dropped = route.at - kDriven; dropped > 0) {
        std::shift_left(route.lanes.begin(), route.lanes.begin() + route.count, dropped);
        route.count = static_cast<std::int16_t>(route.count - dropped);
        route.at = static_cast<std::int16_t>(route.at - dropped);
    }
    wander_on(network, layout, rng, route);
}

}  // namespace wm::driving
