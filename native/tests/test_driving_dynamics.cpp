// Vehicle models: the package's golden derivatives, order of convergence, symmetries, limits and the switch between models.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "wm/core/rng.h"
#include "wm/driving/dynamics.h"

using namespace wm::driving;

namespace {

template <class State>
double distance(const State& a, const State& b) {
    double most = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
    return most;
}

template <class State>
bool finite(const State& x) {
    return std::all_of(x.begin(), x.end(), [](double value) { return std::isfinite(value); });
}

// Published with the package (unit_tests/test_derivatives.py), vehicle 2.
void check_golden_derivatives() {
    const VehicleParameters& p = vehicle_parameters(2);
    const Inputs u{0.15, 0.63 * 9.81};
    const KinematicState ks{3.9579422297936526, 0.0391650102771405, 0.0378491427211811, 16.3546957860883566, 0.0294717351052816};
    const KinematicState ks_rate{16.3475935934250209, 0.4819314886013121, 0.15, 5.1464424102339752, 0.2401426578627629};
    CHECK(distance(kinematic_derivatives(p, ks, u), ks_rate) <= 1e-14);
    const SingleTrackState st{2.0233348142065677, 0.0041907137716636, 0.0197545248559617, 15.7216236334290116,
                              0.0025857914776859, 0.0529001056654038, 0.0033012170610298};
    const SingleTrackState st_rate{15.7213512030862397, 0.0925527979719355, 0.15, 5.3536773276413925,
                                   0.0529001056654038, 0.6435589397748606, 0.0313297971641291};
    CHECK(distance(single_track_derivatives(p, st, u), st_rate) <= 1e-14);
}

void check_unknown_vehicle() {
    for (const int vehicle : {0, 4, -1}) {
        bool refused = false;
        try {
            (void)vehicle_parameters(vehicle);
        } catch (const std::invalid_argument&) {
            refused = true;
        }
        CHECK(refused);
    }
}

void check_limits() {
    const VehicleParameters& p = vehicle_parameters(2);
    CHECK(limited(p, 0.0, 10.0, {9.0, -50.0}).steer_rate == 0.4);
    CHECK(limited(p, 0.0, 10.0, {9.0, -50.0}).acceleration == -11.5);
    CHECK(limited(p, p.steer_max, 10.0, {0.1, 0.0}).steer_rate == 0.0);
    CHECK(limited(p, p.steer_max, 10.0, {-0.1, 0.0}).steer_rate == -0.1);
    CHECK(limited(p, 0.0, 20.0, {0.0, 50.0}).acceleration == 11.5 * 7.319 / 20.0);
    CHECK(limited(p, 0.0, p.switching_speed, {0.0, 50.0}).acceleration == 11.5);
    CHECK(limited(p, 0.0, p.speed_max, {0.0, 1.0}).acceleration == 0.0);
    CHECK(limited(p, 0.0, p.speed_min, {0.0, -1.0}).acceleration == 0.0);
}

// A second of smooth driving in steps of dt.
SingleTrackState swerve(double dt) {
    const VehicleParameters& p = vehicle_parameters(2);
    SingleTrackState x{0.0, 0.0, 0.05, 25.0, 0.3, 0.0, 0.0};
    const int steps = static_cast<int>(std::lround(1.0 / dt));
    for (int i = 0; i < steps; ++i) advance_single_track(p, x, {0.2, 1.5}, dt);
    return x;
}

KinematicState turn(double dt) {
    const VehicleParameters& p = vehicle_parameters(2);
    KinematicState x{0.0, 0.0, -0.1, 4.0, 0.3};
    const int steps = static_cast<int>(std::lround(1.0 / dt));
    for (int i = 0; i < steps; ++i) advance_kinematic(p, x, {0.35, 1.5}, dt);
    return x;
}

void check_order_of_convergence() {
    const SingleTrackState exact = swerve(1.0 / 4096);
    const double coarse = distance(swerve(1.0 / 32), exact);
    const double fine = distance(swerve(1.0 / 64), exact);
    CHECK(coarse / fine > 12.0 && coarse / fine < 22.0);
    const KinematicState exact_turn = turn(1.0 / 2048);
    const double coarse_turn = distance(turn(1.0 / 8), exact_turn);
    const double fine_turn = distance(turn(1.0 / 16), exact_turn);
    CHECK(coarse_turn / fine_turn > 12.0 && coarse_turn / fine_turn < 22.0);
}

// Neutral steer: all three vehicles reach yaw rate / steering angle = speed / wheelbase, whatever the friction.
void check_steady_yaw_gain() {
    for (const int vehicle : {1, 2, 3}) {
        for (const double friction : {1.0, 0.3}) {
            const VehicleParameters& p = vehicle_parameters(vehicle);
            SingleTrackState x{0.0, 0.0, 0.02, 15.0, 0.0, 0.0, 0.0};
            for (int i = 0; i < 2000; ++i) advance_single_track(p, x, {0.0, 0.0}, 0.01, friction);
            CHECK(std::abs(x[5] / x[2] - x[3] / p.wheelbase()) < 1e-9);
        }
    }
}

// Whatever the step: with poles of 2000 1/s a step of 0.05 s would diverge undivided.
void check_slow_driving_is_stable() {
    const VehicleParameters& p = vehicle_parameters(2);
    for (const double speed : {0.1, 0.15, 0.5, 1.0, 2.0, 4.0}) {
        SingleTrackState x{0.0, 0.0, 0.2, speed, 0.0, 0.3, -0.2};
        for (int i = 0; i < 60; ++i) advance_single_track(p, x, {0.0, 0.0}, 0.05);
        CHECK(std::abs(x[5] - x[2] * speed / p.wheelbase()) < 1e-9);
    }
}

SingleTrackState drive(SingleTrackState x, double mirror, double friction = 1.0) {
    const VehicleParameters& p = vehicle_parameters(1);
    for (int i = 0; i < 200; ++i) {
        const Inputs u{mirror * 0.3 * std::sin(0.05 * i), 3.0 * std::cos(0.03 * i) - 1.0};
        advance_single_track(p, x, u, 0.02, friction);
    }
    return x;
}

void check_symmetries() {
    const SingleTrackState x{1.0, 2.0, 0.1, 3.0, 0.4, 0.1, 0.01};
    const SingleTrackState end = drive(x, 1.0);
    SingleTrackState mirrored = drive({1.0, -2.0, -0.1, 3.0, -0.4, -0.1, -0.01}, -1.0);
    for (const std::size_t i : {1u, 2u, 4u, 5u, 6u}) mirrored[i] = -mirrored[i];
    CHECK(distance(mirrored, end) == 0.0);
    SingleTrackState moved = drive({101.0, -48.0, 0.1, 3.0, 0.4, 0.1, 0.01}, 1.0);
    CHECK(std::abs(moved[0] - end[0] - 100.0) < 1e-11 && std::abs(moved[1] - end[1] + 50.0) < 1e-11);
    const SingleTrackState turned = drive({-2.0, 1.0, 0.1, 3.0, 0.4 + std::numbers::pi / 2, 0.1, 0.01}, 1.0);
    CHECK(std::abs(turned[0] + end[1]) < 1e-11 && std::abs(turned[1] - end[0]) < 1e-11);
}

// Speed and steering meet their limits to the bit and stay there.
void check_limits_are_met_exactly() {
    const VehicleParameters& p = vehicle_parameters(3);
    SingleTrackState x{0.0, 0.0, 0.0, 40.0, 0.0, 0.0, 0.0};
    for (int i = 0; i < 300; ++i) advance_single_track(p, x, {0.0, 20.0}, 0.01);
    CHECK(x[3] == p.speed_max);
    x = {0.0, 0.0, 0.9, 1.0, 0.0, 0.0, 0.0};
    for (int i = 0; i < 300; ++i) advance_single_track(p, x, {0.4, -1.0}, 0.01);
    CHECK(x[2] == p.steer_max);
    CHECK(std::abs(x[3] + 2.0) < 1e-12);
    KinematicState k{0.0, 0.0, 0.0, 2.0, 0.0};
    advance_kinematic(p, k, {0.0, 100.0}, 20.0);  // one step: power limit and top speed inside it
    CHECK(k[3] == p.speed_max);
    const double power = p.acceleration_max * p.switching_speed;
    const double first = (p.switching_speed - 2.0) / p.acceleration_max;
    const double then = (p.speed_max * p.speed_max - p.switching_speed * p.switching_speed) / (2.0 * power);
    CHECK(first + then < 20.0);
}

void check_power_limit_is_energy() {  // v^2 grows by 2 a_max v_S a second
    const VehicleParameters& p = vehicle_parameters(2);
    for (const double speed : {7.319, 10.0, 30.0}) {
        KinematicState x{0.0, 0.0, 0.0, speed, 0.0};
        for (int i = 0; i < 50; ++i) advance_kinematic(p, x, {0.0, 11.5}, 0.01);
        CHECK(std::abs(x[3] - std::sqrt(speed * speed + p.acceleration_max * p.switching_speed)) < 1e-12);
    }
}

// From slipping to rolling and back: no state moves more in a tiny step than its rates allow.
void check_switch_is_continuous() {
    const VehicleParameters& p = vehicle_parameters(2);
    for (const double acceleration : {-2.0, 2.0}) {
        SingleTrackState x{0.0, 0.0, 0.9, acceleration < 0.0 ? 0.3 : -0.1, 0.0, 0.0, 0.0};
        advance_single_track(p, x, {0.0, 0.0}, 0.1);  // settle
        const double dt = 1e-6;
        double most = 0.0;
        for (int i = 0; i < 250000; ++i) {
            const SingleTrackState before = x;
            advance_single_track(p, x, {0.0, acceleration}, dt);
            most = std::max(most, distance(before, x));
        }
        CHECK(most < 0.2 * 2200 * dt);  // 0.16 rad of slip between the models at this angle, poles of 2150/s
        CHECK(acceleration < 0.0 ? x[3] < -0.15 : x[3] > 0.3);
    }
}

void check_stays_finite() {
    wm::core::Pcg64 rng(std::vector<std::uint32_t>{4});
    const double eps = std::numeric_limits<double>::denorm_min();
    const std::array<double, 11> speeds{0.0, -0.0, eps, -eps, 1e-300, -1e-12, 0.1, -0.1, std::nextafter(0.1, 0.0), std::nextafter(0.1, 1.0), 7.319};
    for (int i = 0; i < 3000; ++i) {
        const VehicleParameters& p = vehicle_parameters(1 + i % 3);
        const double speed = i % 2 == 0 ? speeds[static_cast<std::size_t>(i / 2) % speeds.size()] : rng.uniform(-20.0, 60.0);
        SingleTrackState x{rng.uniform(-100, 100), 0.0, rng.uniform(-1.2, 1.2), speed, rng.uniform(-9, 9), rng.uniform(-3, 3), rng.uniform(-1, 1)};
        KinematicState k{0.0, 0.0, x[2], speed, x[4]};
        const Inputs u{rng.uniform(-2.0, 2.0), i % 5 == 0 ? 0.0 : rng.uniform(-30.0, 30.0)};
        for (int j = 0; j < 20; ++j) {
            CHECK(finite(single_track_derivatives(p, x, u)));
            advance_single_track(p, x, u, 0.05, rng.uniform(0.1, 1.0));
            advance_kinematic(p, k, u, 0.05);
            CHECK(finite(x));
            CHECK(finite(k));
        }
        CHECK(std::abs(x[3] - k[3]) < 1e-9);  // the same longitudinal motion
    }
}

}  // namespace

int main() {
    check_golden_derivatives();
    check_unknown_vehicle();
    check_limits();
    check_order_of_convergence();
    check_steady_yaw_gain();
    check_slow_driving_is_stable();
    check_symmetries();
    check_limits_are_met_exactly();
    check_power_limit_is_energy();
    check_switch_is_continuous();
    check_stays_finite();
    return wm::test::report();
}
