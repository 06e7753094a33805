// Names, scales and meaning of the `state` vector, in the order in which state_features.cpp writes it.
#include <string>

#include "state_layout.h"
#include "wm/driving/sensors.h"

namespace wm::driving {
namespace {

std::vector<StateFeature> make_table() {
    std::vector<StateFeature> table{
        {"speed", kSpeedScale, "m/s", "speed along the heading, negative in reverse"},
        {"steering_angle", 1.0f, "of the greatest", "angle of the front wheels, positive to the left"},
        {"yaw_rate", kYawScale, "rad/s", "positive to the left"},
        {"slip_angle", kSlipScale, "rad", "from the heading to the direction of motion"},
        {"acceleration", kAccelerationScale, "m/s^2", "along the heading"},
        {"lateral_acceleration", kAccelerationScale, "m/s^2", "positive to the left"},
        {"last_steer", 1.0f, "action", "steer of the last action"},
        {"last_throttle", 1.0f, "action", "throttle of the last action"},
        {"last_brake", 1.0f, "action", "brake of the last action"},
        {"lane_offset", kLaneScale, "m", "from the centre of the lane, positive to the left"},
        {"heading_error", kPi / 2.0f, "rad", "heading minus the lane's"},
        {"curvature", kCurvatureScale, "1/m", "of the route where the car is, positive to the left"},
        {"lane_width", kLaneScale, "m", "of the lane"},
        {"lane_left", 1.0f, "0 or 1", "there is a lane of the same direction to the left"},
        {"lane_right", 1.0f, "0 or 1", "there is a lane of the same direction to the right"},
        {"speed_limit", kSpeedScale, "m/s", "where the car is"},
        {"over_limit", kSpeedScale / 2.0f, "m/s", "speed minus the limit"}};
    for (int i = 1; i <= kPreviewPoints; ++i) {
        const std::string metres = std::to_string(static_cast<int>(kPreviewStep) * i);
        table.push_back({"route_" + metres + "m_x", kPreviewScale, "m", "route " + metres + " m further on: ahead of the car"});
        table.push_back({"route_" + metres + "m_y", kPreviewScale, "m", "route " + metres + " m further on: to its left"});
    }
    const std::vector<StateFeature> task{
        {"route_completion", 1.0f, "share", "of the route that is driven"},
        {"route_remaining", kRemainingScale, "m", "along the route to its end; 1 on a ring"},
        {"goal_x", kPreviewScale, "m", "end of the route or bay to park in: ahead of the car"},
        {"goal_y", kPreviewScale, "m", "end of the route or bay to park in: to its left"},
        {"goal_cos", 1.0f, "", "cosine of the goal's heading minus the car's"},
        {"goal_sin", 1.0f, "", "sine of the goal's heading minus the car's"},
        {"light_distance", kGapScale, "m", "from the front bumper to the next stop line with a light on the route; 1 without"},
        {"light_green", 1.0f, "0 or 1", "that light is green"},
        {"light_yellow", 1.0f, "0 or 1", "that light is yellow"},
        {"light_red", 1.0f, "0 or 1", "that light is red"},
        {"headway", kTimeScale, "s", "time gap to the leader"},
        {"time_to_collision", kTimeScale, "s", "with the leader at present speeds"}};
    table.insert(table.end(), task.begin(), task.end());
    for (const char* const lane : {"own", "left", "right"}) {
        for (const char* const side : {"ahead", "behind"}) {
            const std::string name = std::string(lane) + "_" + side, who = std::string(" nearest vehicle ") + side + ", " + lane + " lane";
            table.push_back({name + "_gap", kGapScale, "m", "bumper to bumper to the" + who + "; 1 without"});
            table.push_back({name + "_speed", kSpeedScale / 2.0f, "m/s", "its speed minus the car's:" + who});
        }
    }
    return table;
}

std::vector<std::string> make_names() {
    std::vector<std::string> names;
    for (const StateFeature& feature : state_table()) names.push_back(feature.name);
    return names;
}

}  // namespace

const std::vector<StateFeature>& state_table() {
    static const std::vector<StateFeature> table = make_table();
    return table;
}

const std::vector<std::string>& state_names() {
    static const std::vector<std::string> names = make_names();
    return names;
}

int state_size() { return kStateSize; }

}  // namespace wm::driving
