// Vehicle dynamics: kinematic (KS) and dynamic single-track (ST) models with the CommonRoad parameter sets 1-3.
// Source: CommonRoad vehicle models, document v2019b (Althoff, Koschi, Manzinger 2017). Units SI, double precision.
#pragma once

#include <array>
#include <span>

namespace wm::driving {

struct VehicleParameters {
    double length, width;                    // m
    double mass;                             // kg
    double inertia;                          // about the vertical axis, kg m^2
    double front, rear;                      // axle to centre of gravity, m
    double height;                           // of the centre of gravity (the package's h_s), m
    double steer_min, steer_max;             // rad
    double steer_rate_min, steer_rate_max;   // rad/s
    double speed_min, speed_max;             // m/s
    double switching_speed;                  // above it the engine's power limits acceleration, m/s
    double acceleration_max;                 // m/s^2
    double friction;                         // of the tyre on dry asphalt
    double cornering;                        // stiffness coefficient C, 1/rad
    double front_drive;                      // share of the engine's torque on the front axle (the package's T_se)

    [[nodiscard]] double wheelbase() const { return front + rear; }
};

// Parameter set 1 (Ford Escort), 2 (BMW 320i) or 3 (VW Vanagon); throws std::invalid_argument for others.
const VehicleParameters& vehicle_parameters(int vehicle);

struct Inputs {                  // u
    double steer_rate = 0.0;     // rad/s
    double acceleration = 0.0;   // m/s^2
};
using KinematicState = std::array<double, 5>;    // x, y (rear axle), steering angle, speed, heading
using SingleTrackState = std::array<double, 7>;  // x, y (centre of gravity), steering angle, speed, heading, yaw rate, slip angle

// Steering-rate and acceleration limits applied to u, as the package does.
Inputs limited(const VehicleParameters& p, double steer, double speed, const Inputs& u);

// dx/dt exactly as the package computes it (its kinematic branch below 0.1 m/s included); `road_friction`, > 0, scales the tyre's.
KinematicState kinematic_derivatives(const VehicleParameters& p, const KinematicState& x, const Inputs& u);
SingleTrackState single_track_derivatives(const VehicleParameters& p, const SingleTrackState& x, const Inputs& u, double road_friction = 1.0);

// Advance by dt. Fourth order; speed and steering angle are exact, events (a limit, the power limit, the switch between the
// models) are met to the instant. The single track takes as many sub-steps as its stiffness at this speed asks for, and is
// replaced by the kinematic model of the centre of gravity below 0.1 m/s and in reverse, slip and yaw rate being continuous.
void advance_kinematic(const VehicleParameters& p, KinematicState& x, const Inputs& u, double dt);
void advance_single_track(const VehicleParameters& p, SingleTrackState& x, const Inputs& u, double dt, double road_friction = 1.0);

// --- what drives those inputs: pedals and steering wheel ---
struct Pedals {
    double steer = 0.0;     // -1 .. 1, positive to the left; the demanded share of the steering range at this speed
    double throttle = 0.0;  // 0 .. 1
    double brake = 0.0;     // 0 .. 1
};

// A car that an agent drives: model state plus what its powertrain and brakes need. The state is always the seven
// numbers of the single track at the centre of gravity; the kinematic model uses the first five and derives the others.
struct CarState {
    SingleTrackState x{};
    double acceleration = 0.0;   // of the last step, m/s^2
    bool reversing = false;
};

struct CarModel {
    const VehicleParameters* parameters = nullptr;
    bool single_track = true;
    double friction = 1.0;   // of the road relative to dry asphalt, > 0
    bool reverse = false;    // brake at standstill drives backwards (and throttle at standstill forwards again)
    bool grip_limit = true;  // the single track's tyres give no more force than friction allows (CommonRoad's give any)

    // The steering angle that steer = 1 asks for at this speed, rad: all of it when slow, 1.5 times what dry grip allows when fast.
    [[nodiscard]] double steering_range(double speed) const;
    // Pedals to inputs: steering servo, throttle to traction with power limit, aerodynamic drag, rolling resistance, brakes
    // limited by road friction, and no creeping through zero speed. See docs/driving_dynamics.md.
    [[nodiscard]] Inputs inputs(const CarState& car, const Pedals& pedals, double dt) const;
    // One world step: changes gear at standstill, then moves the car by dt.
    void advance(CarState& car, const Pedals& pedals, double dt) const;
};

}  // namespace wm::driving
