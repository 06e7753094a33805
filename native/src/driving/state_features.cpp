#include <algorithm>
#include <cmath>

#include "state_layout.h"
#include "wm/driving/sensors.h"

namespace wm::driving {
namespace {

float clipped(float value) { return std::clamp(value, -1.0f, 1.0f); }

class Features {
public:
    Features(const World& world, const AgentRecord& record, int index, float* out)
        : world_(world), network_(*world.network), record_(record), self_(world.actors[static_cast<std::size_t>(index)]), index_(index), out_(out) {}

    void motion(const DynamicsConfig& dynamics) {
        const VehicleParameters& vehicle = vehicle_parameters(dynamics.vehicle);
        const SingleTrackState& x = record_.car.x;
        put(self_.speed / kSpeedScale);
        put(static_cast<float>(x[2] / vehicle.steer_max));
        put(static_cast<float>(x[5]) / kYawScale);
        put(static_cast<float>(x[6]) / kSlipScale);
        put(record_.acceleration / kAccelerationScale);
        put(record_.lateral_acceleration / kAccelerationScale);
        put(static_cast<float>(record_.last_action.steer));
        put(static_cast<float>(record_.last_action.throttle));
        put(static_cast<float>(record_.last_action.brake));
    }

    void lane() {
        const Route& route = record_.route;
        const LaneId id = self_.lane != kNoLane ? self_.lane : route.count > 0 ? route.lanes[static_cast<std::size_t>(route.at)] : kNoLane;
        put((self_.lane != kNoLane ? self_.d : route.d) / kLaneScale);
        put(record_.lane_heading_error / (kPi / 2.0f));
        put(route.count > 0 ? route_point(network_, route, self_, 0.0f).curvature / kCurvatureScale : 0.0f);
        put(id != kNoLane ? network_.lane(id).width / kLaneScale : 0.0f);
        put(id != kNoLane && network_.lane(id).left != kNoLane ? 1.0f : 0.0f);
        put(id != kNoLane && network_.lane(id).right != kNoLane ? 1.0f : 0.0f);
        put(record_.speed_limit / kSpeedScale);
        put((self_.speed - record_.speed_limit) / (kSpeedScale / 2.0f));
    }

    void preview() {
        for (int i = 1; i <= kPreviewPoints; ++i) {
            if (record_.route.count == 0) {
                put_place(self_.position);
            } else {
                put_place(route_point(network_, record_.route, self_, kPreviewStep * static_cast<float>(i)).position);
            }
        }
    }

    void goal() {
        const Route& route = record_.route;
        put(record_.route_completion);
        put(route.endless ? 1.0f : (route.length - route.base - route.s) / kRemainingScale);
        put_place(record_.goal.position);
        const Vec there{std::cos(record_.goal.heading), std::sin(record_.goal.heading)};
        put(dot(there, self_.forward));
        put(cross(self_.forward, there));
    }

    void light() {
        const Route& route = record_.route;
        const auto lane_at = [&](int i) -> const Lane& { return network_.lane(route.lanes[static_cast<std::size_t>(i)]); };
        float ahead = route.count > 0 ? lane_at(route.at).length - route.s - self_.half_length : 0.0f;
        for (int i = route.at + 1; i < route.count && ahead < kGapScale; ahead += lane_at(i).length, ++i) {
            const int signal = lane_at(i).signal;
            if (signal < 0) continue;
            const Light now = network_.light(signal, world_.time);
            put(ahead / kGapScale);
            for (const Light light : {Light::green, Light::yellow, Light::red}) put(light == now ? 1.0f : 0.0f);
            return;
        }
        put(1.0f);
        for (int i = 0; i < 3; ++i) put(0.0f);
    }

    void leader() {
        put(record_.headway / kTimeScale);
        put(record_.time_to_collision / kTimeScale);
    }

    void neighbours() {
        if (self_.lane == kNoLane) return neighbours_of(kNoLane, 0.0f), neighbours_of(kNoLane, 0.0f), neighbours_of(kNoLane, 0.0f);
        const Lane& own = network_.lane(self_.lane);
        neighbours_of(self_.lane, self_.s);
        for (const LaneId side : {own.left, own.right}) neighbours_of(side, side == kNoLane ? 0.0f : network_.project(side, self_.position, self_.s).s);
    }

private:
    void put(float value) { *out_++ = clipped(value); }
    void put_place(Vec point) {
        const Vec offset = point - self_.position;
        put(dot(offset, self_.forward) / kPreviewScale);
        put(cross(self_.forward, offset) / kPreviewScale);
    }

    void put_neighbour(const LaneEntry* entry, float distance) {
        if (entry == nullptr) {
            put(1.0f);
            put(0.0f);
            return;
        }
        const Actor& other = world_.actors[static_cast<std::size_t>(entry->actor)];
        put((distance - self_.half_length - other.half_length) / kGapScale);
        put((other.speed - self_.speed) / (kSpeedScale / 2.0f));
    }

    void neighbours_of(LaneId lane, float s) {
        if (lane == kNoLane) {
            put_neighbour(nullptr, 0.0f);
            put_neighbour(nullptr, 0.0f);
            return;
        }
        const LaneEntry* ahead = world_.order.ahead(lane, s, index_);
        float distance = ahead != nullptr ? ahead->s - s : network_.lane(lane).length - s;
        if (ahead == nullptr && distance < kGapScale) {  // on the next lane, perhaps
            const LaneId next = next_of(lane);
            if (next != kNoLane) ahead = world_.order.ahead(next, -1e9f, index_);
            if (ahead != nullptr) distance += ahead->s;
        }
        put_neighbour(ahead, distance);
        const LaneEntry* behind = world_.order.behind(lane, s, index_);
        distance = behind != nullptr ? s - behind->s : s;
        if (behind == nullptr && distance < kGapScale) {
            const LaneId before = network_.lane(lane).previous[0];
            if (before != kNoLane) behind = world_.order.behind(before, 1e9f, index_);
            if (behind != nullptr) distance += network_.lane(before).length - behind->s;
        }
        put_neighbour(behind, distance);
    }

    // Where the route goes on from its own lane, the first way from others.
    [[nodiscard]] LaneId next_of(LaneId lane) const {
        const Route& route = record_.route;
        const bool routed = route.at + 1 < route.count && route.lanes[static_cast<std::size_t>(route.at)] == lane;
        return routed ? route.lanes[static_cast<std::size_t>(route.at + 1)] : network_.lane(lane).next[0];
    }

    const World& world_;
    const Network& network_;
    const AgentRecord& record_;
    const Actor& self_;
    int index_;
    float* out_;
};

}  // namespace

void state_features(const World& world, const AgentRecord& agent, int index, const DynamicsConfig& dynamics, float* out) {
    Features features(world, agent, index, out);
    features.motion(dynamics);
    features.lane();
    features.preview();
    features.goal();
    features.light();
    features.leader();
    features.neighbours();
}

}  // namespace wm::driving
