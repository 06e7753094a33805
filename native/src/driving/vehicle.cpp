// Parameter sets 1-3 as the pip package commonroad-vehicle-models 3.0.2 has them (parameters_vehicle{1,2,3}.yaml and
// parameters_tire.yaml), every digit. Where the document v2019b differs, the package wins; see docs/driving_dynamics.md.
#include <stdexcept>
#include <string>

#include "wm/driving/dynamics.h"

namespace wm::driving {
namespace {

constexpr double kLateralFriction = 1.0489;                       // p_dy1
constexpr double kCorneringStiffness = 21.92 / kLateralFriction;  // -p_ky1 / p_dy1

constexpr VehicleParameters kFordEscort = {
    .length = 4.298, .width = 1.674,
    .mass = 1225.8878467253344, .inertia = 1538.8533713561394,
    .front = 0.88392, .rear = 1.50876, .height = 0.59436,
    .steer_min = -0.91, .steer_max = 0.91, .steer_rate_min = -0.4, .steer_rate_max = 0.4,
    .speed_min = -13.9, .speed_max = 45.8, .switching_speed = 4.755, .acceleration_max = 11.5,
    .friction = kLateralFriction, .cornering = kCorneringStiffness, .front_drive = 1.0,
};

constexpr VehicleParameters kBmw320i = {
    .length = 4.508, .width = 1.61,
    .mass = 1093.2952334674046, .inertia = 1791.5995300122856,
    .front = 1.1561957064, .rear = 1.4227170936, .height = 0.61373004,
    .steer_min = -1.066, .steer_max = 1.066, .steer_rate_min = -0.4, .steer_rate_max = 0.4,
    .speed_min = -13.9, .speed_max = 50.8, .switching_speed = 7.319, .acceleration_max = 11.5,
    .friction = kLateralFriction, .cornering = kCorneringStiffness, .front_drive = 0.0,
};

constexpr VehicleParameters kVwVanagon = {
    .length = 4.569, .width = 1.844,
    .mass = 1478.8979637767998, .inertia = 2473.1176915564442,
    .front = 1.1507916024, .rear = 1.3211363976000001, .height = 0.804490644,
    .steer_min = -1.023, .steer_max = 1.023, .steer_rate_min = -0.4, .steer_rate_max = 0.4,
    .speed_min = -11.2, .speed_max = 41.7, .switching_speed = 7.824, .acceleration_max = 11.5,
    .friction = kLateralFriction, .cornering = kCorneringStiffness, .front_drive = 0.0,
};

double limited_steer_rate(const VehicleParameters& p, double steer, double rate) {
    if ((steer <= p.steer_min && rate <= 0.0) || (steer >= p.steer_max && rate >= 0.0)) return 0.0;
    if (rate <= p.steer_rate_min) return p.steer_rate_min;
    return rate >= p.steer_rate_max ? p.steer_rate_max : rate;
}

double limited_acceleration(const VehicleParameters& p, double speed, double acceleration) {
    if ((speed <= p.speed_min && acceleration <= 0.0) || (speed >= p.speed_max && acceleration >= 0.0)) return 0.0;
    if (acceleration <= -p.acceleration_max) return -p.acceleration_max;
    const double most = speed > p.switching_speed ? p.acceleration_max * p.switching_speed / speed : p.acceleration_max;
    return acceleration >= most ? most : acceleration;
}

}  // namespace

const VehicleParameters& vehicle_parameters(int vehicle) {
    switch (vehicle) {
        case 1: return kFordEscort;
        case 2: return kBmw320i;
        case 3: return kVwVanagon;
        default: throw std::invalid_argument("vehicle " + std::to_string(vehicle) + ": expected 1, 2 or 3");
    }
}

Inputs limited(const VehicleParameters& p, double steer, double speed, const Inputs& u) {
    return {limited_steer_rate(p, steer, u.steer_rate), limited_acceleration(p, speed, u.acceleration)};
}

}  // namespace wm::driving
