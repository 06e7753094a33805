// What one can ask of a driving world. Plain numbers; checked by the Python side and again in the bindings.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

namespace wm::driving {

class Network;

enum class Scenario : std::uint8_t { highway, merge, roundabout, intersection, racetrack, parking, town, map };  // map: an imported network
enum class VehicleModel : std::uint8_t { kinematic, single_track };
enum class ActionMode : std::uint8_t { pedals, accel };  // steer, throttle, brake | steer, accel in [-1, 1]

struct ScenarioConfig {
    Scenario scenario = Scenario::town;
    bool signals = true;          // intersection, town
    int lanes = 0;                // per direction; 0: the scenario's default
    int vehicles = -1;            // traffic vehicles; -1: from density
    float density = 1.0f;         // 0 none, 1 usual, 2 dense
    float aggressiveness = 0.5f;  // 0 timid .. 1 aggressive; 0.5: the published IDM and MOBIL parameters
    int pedestrians = -1;         // -1: the scenario's default times density
    float parked = 0.5f;          // share of roadside places taken (town), of bays (parking)
    int broken_down = -1;         // vehicles that stand on a lane; -1: the scenario's default
    std::shared_ptr<const Network> map;  // of Scenario::map
};

struct DynamicsConfig {
    VehicleModel model = VehicleModel::single_track;
    int vehicle = 2;              // CommonRoad parameter set 1..3
    float friction = 1.0f;        // road friction relative to dry asphalt: wet about 0.7, ice about 0.2
    bool reverse = false;         // brake at standstill drives backwards
    float control_step = 0.1f;    // s between decisions
    int substeps = 2;             // world steps in each
};

struct SensorConfig {
    bool camera = true, birdseye = false, lidar = true, state = true;
    int camera_height = 64, camera_width = 64;
    float camera_fov = 90.0f;       // degrees, horizontal
    int birdseye_size = 64;         // pixels, square
    float birdseye_range = 40.0f;   // m shown ahead of and behind the car
    int lidar_beams = 72;           // over 360 degrees, counter-clockwise, the first straight ahead
    float lidar_range = 60.0f;      // m
    float lidar_noise = 0.0f;       // standard deviation, m
    float lidar_dropout = 0.0f;     // probability a beam returns nothing
    float camera_noise = 0.0f;      // standard deviation, levels of 255
    float camera_dropout = 0.0f;    // probability a frame is black
    float state_noise = 0.0f;       // standard deviation in units of the scaled features
    float state_dropout = 0.0f;     // probability that all features are zero
};

struct TaskConfig {
    float route_length = 400.0f;   // m to drive until success (scenarios without a natural goal)
    bool end_on_collision = true;
    bool end_off_road = true;     // leaving the road, and leaving the route by more than kOffRoute m
    bool end_on_red_light = false;
    bool end_on_wrong_way = false;
    // Weights of the reward's named terms.
    float w_progress = 1.0f, w_speed = 0.2f, w_comfort = 0.05f, w_lane = 0.05f, w_collision = 10.0f, w_off_road = 10.0f, w_success = 10.0f,
          w_rules = 1.0f;
};

struct DrivingConfig {
    ScenarioConfig scenario;
    DynamicsConfig dynamics;
    SensorConfig sensors;
    TaskConfig task;
    int num_agents = 1;
};

}  // namespace wm::driving
