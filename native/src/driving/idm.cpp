#include "traffic_parts.h"

namespace wm::driving {

float idm_acceleration(const Driver& driver, float speed, float limit, float gap, float approach) {
    const float target = std::min(driver.desired_speed, limit);
    return acceleration_of(driver, speed, target, std::isinf(gap) ? 0.0f : push_of(driver, speed, gap, approach));
}

Driver published_driver(DriverModel model) {
    Driver driver;
    const auto set = [&](float speed, float time_gap, float acceleration, float braking, float gap) {
        driver.desired_speed = speed;
        driver.time_gap = time_gap;
        driver.max_acceleration = acceleration;
        driver.comfortable_braking = braking;
        driver.min_gap = gap;
    };
    switch (model) {
        case DriverModel::treiber_2000: set(33.3f, 1.6f, 0.73f, 1.67f, 2.0f); break;
        case DriverModel::kesting_2010: set(33.3f, 1.5f, 1.4f, 2.0f, 2.0f); break;
        case DriverModel::highway_env: set(30.0f, 1.5f, 3.0f, 5.0f, 5.0f); break;
        case DriverModel::waymax: set(30.0f, 2.0f, 2.0f, 4.0f, 2.0f); break;
        case DriverModel::nuplan: set(10.0f, 1.5f, 1.0f, 2.0f, 1.0f); break;
    }
    return driver;
}

float travel_time(float distance, float speed, float top, float acceleration) {
    if (distance <= 0.0f) return 0.0f;
    if (speed >= top) return distance / std::max(speed, 0.1f);
    const float run_up = (top * top - speed * speed) / (2.0f * acceleration);
    if (distance <= run_up) return (std::sqrt(speed * speed + 2.0f * acceleration * distance) - speed) / acceleration;
    return (top - speed) / acceleration + (distance - run_up) / top;
}

namespace {

float curve_speed(float curvature) { return std::sqrt(kLateralLimit / std::max(std::abs(curvature), 1e-4f)); }

// The speed that may be driven now so that comfortable braking meets `then` after `distance` m.
float before(float then, float distance, float braking) { return std::sqrt(then * then + 2.0f * braking * std::max(distance, 0.0f)); }

float along_curves(const World& world, const Actor& actor, const Driver& driver, float target) {
    constexpr float kEvery = 6.0f;  // m
    const Lane& lane = world.network->lane(actor.lane);
    const float reach = std::min(lane.length, actor.s + actor.speed * actor.speed / (2.0f * driver.comfortable_braking) + 2.0f * kEvery);
    const LanePoint* points = world.network->points.data() + lane.first_point;
    for (float s = actor.s; s < reach; s += kEvery) {
        const int i = std::clamp(static_cast<int>(s * lane.per_step + 0.5f), 0, lane.point_count - 1);
        target = std::min(target, before(curve_speed(points[i].curvature), s - actor.s, driver.comfortable_braking));
    }
    return target;
}

}  // namespace

float target_speed(const World& world, const Actor& actor, const Driver& driver) {
    const Lane& lane = world.network->lane(actor.lane);
    const LaneFacts& facts = world.facts.lanes[at(actor.lane)];
    const float braking = driver.comfortable_braking;
    float target = std::min(driver.desired_speed, lane.speed_limit * driver.limit_factor);
    if (curve_speed(facts.curve) < target) {
        if (lane.kind == LaneKind::connector) target = std::max(curve_speed(facts.curve), 2.0f);
        else target = along_curves(world, actor, driver, target);
    }
    if (driver.next_lane == kNoLane) return target;
    const float remaining = lane.length - actor.s;
    if (actor.speed * actor.speed < target * target * 0.25f && remaining > 20.0f) return target;
    const Lane& next = world.network->lane(driver.next_lane);
    const LaneFacts& ahead = world.facts.lanes[at(driver.next_lane)];
    float then = next.speed_limit * driver.limit_factor;
    if (next.kind == LaneKind::connector) then = std::min(then, std::max(curve_speed(ahead.curve), 2.0f));
    return then < target ? std::min(target, before(then, remaining - actor.half_length, braking)) : target;
}

Driver draw_driver(const ScenarioConfig& config, bool truck, core::Pcg64& rng) {
    const auto vary = [&](double share) { return static_cast<float>(rng.uniform(1.0 - share, 1.0 + share)); };
    const float boldness = std::clamp(config.aggressiveness, 0.0f, 1.0f) - 0.5f;  // 0: the published values
    Driver driver = published_driver(DriverModel::kesting_2010);
    driver.desired_speed = (truck ? 22.2f : driver.desired_speed) * vary(0.1);
    driver.limit_factor = (1.0f + 0.2f * boldness) * (truck ? 0.9f : 1.0f) * vary(0.06);
    driver.time_gap = (truck ? 1.7f : driver.time_gap) * (1.0f - 0.8f * boldness) * vary(0.1);
    driver.max_acceleration *= (truck ? 0.6f : 1.0f) * (1.0f + 0.8f * boldness) * vary(0.1);
    driver.comfortable_braking *= (1.0f + 0.6f * boldness) * vary(0.1);
    driver.min_gap *= (1.0f - 0.5f * boldness) * vary(0.1);
    driver.politeness = std::max(0.3f - 0.6f * boldness, 0.0f);
    return driver;
}

}  // namespace wm::driving
