// Pedals and steering wheel: what the powertrain, brakes, tyres and gears make of them.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "check.h"
#include "wm/core/rng.h"
#include "wm/driving/dynamics.h"

using namespace wm::driving;

namespace {

constexpr double kStep = 0.05;  // a world step, s

CarModel model(int vehicle = 2, double friction = 1.0) {
    CarModel car;
    car.parameters = &vehicle_parameters(vehicle);
    car.friction = friction;
    return car;
}

CarState at_speed(double speed) {
    CarState car;
    car.x[3] = speed;
    return car;
}

// Metres until it stands.
double braking_distance(const CarModel& model, double speed) {
    CarState car = at_speed(speed);
    for (int i = 0; i < 2000 && car.x[3] != 0.0; ++i) {
        model.advance(car, {0.0, 0.0, 1.0}, kStep);
        CHECK(car.x[3] >= 0.0);
    }
    CHECK(car.x[3] == 0.0);
    return car.x[0];
}

void check_brakes_use_the_friction_there_is() {
    for (const double friction : {1.0, 0.7, 0.2}) {
        const double grip = 1.0489 * friction * 9.81;
        const double distance = braking_distance(model(2, friction), 20.0);
        CHECK(distance < 400.0 / (2.0 * grip));         // drag helps
        CHECK(distance > 400.0 / (2.0 * (grip + 0.4)));  // but not much
    }
}

void check_brake_holds_and_nothing_creeps() {
    for (const bool single_track : {true, false}) {
        CarModel car_model = model();
        car_model.single_track = single_track;
        CarState car = at_speed(3.0);
        for (int i = 0; i < 400; ++i) car_model.advance(car, {0.3, 0.0, i < 40 ? 1.0 : 0.0}, kStep);
        const CarState stood = car;
        for (int i = 0; i < 100; ++i) car_model.advance(car, {0.3, 0.0, i % 2 == 0 ? 1.0 : 0.0}, kStep);
        CHECK(car.x[3] == 0.0 && std::abs(car.x[5]) < 1e-12);
        CHECK(car.x[0] == stood.x[0] && car.x[1] == stood.x[1] && car.x[4] == stood.x[4]);
    }
}

void check_stops_at_exactly_zero() {
    wm::core::Pcg64 rng(std::vector<std::uint32_t>{3});
    for (int i = 0; i < 1000; ++i) {
        CarState car = at_speed(rng.uniform(0.0, 0.4));
        model().advance(car, {0.0, 0.0, 1.0}, i % 2 == 0 ? kStep : 0.07);
        CHECK(car.x[3] == 0.0);
    }
}

void check_rolls_to_a_halt() {
    const CarModel car_model = model();
    CarState car = at_speed(10.0);
    int steps = 0;
    for (; steps < 4000 && car.x[3] != 0.0; ++steps) car_model.advance(car, {}, kStep);
    CHECK(steps * kStep > 50.0 && steps * kStep < 10.0 / (0.012 * 9.81));
}

double time_to(const CarModel& car_model, double speed) {
    CarState car;
    int steps = 0;
    for (; steps < 4000 && car.x[3] < speed; ++steps) car_model.advance(car, {0.0, 1.0, 0.0}, kStep);
    return steps * kStep;
}

void check_powertrain() {
    const double dry = time_to(model(), 27.8);  // 0 to 100 km/h
    CHECK(dry > 5.0 && dry < 9.0);
    CHECK(time_to(model(2, 0.2), 27.8) > 3.0 * dry);  // wheels slip on ice
    CarState car = at_speed(50.0);
    for (int i = 0; i < 4000; ++i) model().advance(car, {0.0, 1.0, 0.0}, kStep);
    CHECK(car.x[3] <= vehicle_parameters(2).speed_max);
    const Inputs start = model().inputs(CarState{}, {0.0, 1.0, 0.0}, kStep);  // rear-wheel drive
    const VehicleParameters& p = vehicle_parameters(2);
    const double mu_g = p.friction * 9.81;
    const double expected = mu_g * p.front / (p.wheelbase() - p.friction * p.height) - 0.012 * 9.81;
    CHECK(std::abs(start.acceleration - expected) < 1e-12);
}

void check_steering_servo() {
    const CarModel car_model = model();
    CarState car = at_speed(5.0);
    double before = 0.0;
    for (int i = 0; i < 200; ++i) {
        car_model.advance(car, {1.0, 0.2, 0.0}, kStep);
        CHECK(car.x[2] - before <= 0.4 * kStep + 1e-12);
        before = car.x[2];
    }
    CHECK(std::abs(car.x[2] - car_model.steering_range(car.x[3])) < 0.02);
    CHECK(car_model.steering_range(0.0) == vehicle_parameters(2).steer_max);
    CHECK(car_model.steering_range(30.0) < 0.05);
}

// A car thrown into a corner: what the tyres are asked for is more than there is.
void check_grip_limit() {
    for (const int vehicle : {1, 2, 3}) {
        for (const double friction : {1.0, 0.2}) {
            const CarModel car_model = model(vehicle, friction);
            CarState car = at_speed(20.0);
            for (int i = 0; i < 40; ++i) {
                const double course = car.x[4] + car.x[6];
                car_model.advance(car, {i < 20 ? 1.0 : -1.0, 0.1, 0.0}, kStep);
                const double lateral = car.x[3] * (car.x[4] + car.x[6] - course) / kStep;
                CHECK(std::abs(lateral) <= 1.02 * 1.0489 * 9.81 * friction);
                if (i == 19) CHECK(lateral > 0.7 * 1.0489 * 9.81 * friction);
                CHECK(std::abs(car.x[6]) < 0.6);  // it slides over the front axle and does not spin
            }
        }
    }
    CarModel linear = model(2, 0.2);
    linear.grip_limit = false;
    CarState car = at_speed(20.0);
    for (int i = 0; i < 20; ++i) linear.advance(car, {1.0, 0.1, 0.0}, kStep);
    CHECK(car.x[3] * car.x[5] > 2.0 * 1.0489 * 9.81 * 0.2);
}

// The rear axle is unloaded, and still the car does not overtake itself.
void check_braking_in_a_corner_does_not_spin() {
    for (const int vehicle : {1, 2, 3}) {
        for (const double brake : {0.2, 0.5, 0.8, 1.0}) {
            const CarModel car_model = model(vehicle);
            CarState car = at_speed(35.0);
            for (int i = 0; i < 30; ++i) car_model.advance(car, {0.6, 0.2, 0.0}, kStep);
            double most = 0.0;
            for (int i = 0; i < 40; ++i) {
                car_model.advance(car, {1.0, 0.0, brake}, kStep);
                if (car.x[3] > 5.0) most = std::max(most, std::abs(car.x[6]));
            }
            CHECK(most < 0.4);
        }
    }
}

// Within the limit it is CommonRoad's model: the same as without the limit, to the bit.
void check_grip_limit_is_inactive_in_normal_driving() {
    const CarModel limited_model = model();
    CarModel linear = model();
    linear.grip_limit = false;
    CarState a = at_speed(12.0);
    CarState b = a;
    for (int i = 0; i < 400; ++i) {
        const Pedals pedals{0.25 * std::sin(0.05 * i), 0.2, 0.0};
        limited_model.advance(a, pedals, kStep);
        linear.advance(b, pedals, kStep);
    }
    CHECK(a.x == b.x);
    CHECK(std::abs(a.x[4]) + std::abs(a.x[1]) > 0.1);
}

// Five times finer steps of the same car end within centimetres: the world step is short enough.
void check_world_step_is_fine_enough() {
    CarState coarse = at_speed(0.0);
    CarState fine = coarse;
    const CarModel car_model = model();
    for (int i = 0; i < 200; ++i) {
        const Pedals pedals{0.4 * std::sin(0.03 * i), i < 120 ? 0.4 : 0.0, i < 120 ? 0.0 : 0.3};
        car_model.advance(coarse, pedals, kStep);
        const Inputs u = car_model.inputs(fine, pedals, kStep);
        for (int j = 0; j < 50; ++j) advance_single_track(*car_model.parameters, fine.x, u, kStep / 50);
        if (std::abs(fine.x[3]) < 1e-9) fine.x[3] = 0.0;
    }
    
    CHECK(std::hypot(coarse.x[0], coarse.x[1]) > 30.0 && std::abs(coarse.x[3] - fine.x[3]) < 1e-9);
    CHECK(std::hypot(coarse.x[0] - fine.x[0], coarse.x[1] - fine.x[1]) < 0.05);
}

void check_reverse() {
    CarModel car_model = model();
    car_model.reverse = true;
    CarState car = at_speed(5.0);
    for (int i = 0; i < 200; ++i) car_model.advance(car, {0.5, 0.0, 0.5}, kStep);
    CHECK(car.reversing && car.x[3] < -3.9 && car.x[3] >= -4.0 - 1e-12);
    bool stood = false;
    for (int i = 0; i < 200; ++i) {
        car_model.advance(car, {0.5, 0.5, 0.0}, kStep);
        stood = stood || car.x[3] == 0.0;
    }
    CHECK(stood && !car.reversing && car.x[3] > 4.0);
    CarState forward = at_speed(5.0);
    for (int i = 0; i < 200; ++i) model().advance(forward, {0.5, 0.0, 0.5}, kStep);
    CHECK(forward.x[3] == 0.0 && !forward.reversing);
}

void check_stays_finite_and_repeats() {
    std::vector<CarState> ends[2];
    for (std::vector<CarState>& end : ends) {
        wm::core::Pcg64 rng(std::vector<std::uint32_t>{9});
        for (int i = 0; i < 200; ++i) {
            CarModel car_model = model(1 + i % 3, rng.uniform(0.1, 1.0));
            car_model.reverse = i % 2 == 0;
            car_model.single_track = i % 4 < 2;
            CarState car = at_speed(rng.uniform(-5.0, 40.0));
            for (int j = 0; j < 200; ++j) {
                const double go = rng.uniform(-1.0, 1.0);
                car_model.advance(car, {rng.uniform(-1.5, 1.5), std::max(go, 0.0), std::max(-go, 0.0)}, kStep);
                for (const double value : car.x) CHECK(std::isfinite(value));
                CHECK(car.x[3] >= -5.0 && car.x[3] <= 51.0);
            }
            end.push_back(car);
        }
    }
    for (std::size_t i = 0; i < ends[0].size(); ++i) CHECK(ends[0][i].x == ends[1][i].x);
}

// Prints, does not judge: a decision is two world steps.
void time_decisions(bool single_track, double low, double high) {
    CarModel car_model = model();
    car_model.single_track = single_track;
    constexpr int kDecisions = 100000;
    CarState car = at_speed(0.5 * (low + high));
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kDecisions; ++i) {
        const Pedals pedals{0.5 * ((i >> 4) % 3 - 1), car.x[3] < low ? 0.6 : 0.1, car.x[3] > high ? 0.5 : 0.0};
        car_model.advance(car, pedals, kStep);
        car_model.advance(car, pedals, kStep);
    }
    const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - start;
    std::printf("%s %.0f..%.0f m/s: %.3f us a decision (x %.1f)\n", single_track ? "ST" : "KS", low, high, taken.count() / kDecisions, car.x[0]);
}

}  // namespace

int main(int count, char** arguments) {
    if (count > 1 && std::strcmp(arguments[1], "--time") == 0) {
        time_decisions(true, 5.0, 15.0);
        time_decisions(true, 15.0, 30.0);
        time_decisions(true, 1.2, 3.0);
        time_decisions(true, 0.2, 0.8);
        time_decisions(false, 5.0, 15.0);
        return 0;
    }
    check_brakes_use_the_friction_there_is();
    check_brake_holds_and_nothing_creeps();
    check_stops_at_exactly_zero();
    check_rolls_to_a_halt();
    check_powertrain();
    check_steering_servo();
    check_grip_limit();
    check_braking_in_a_corner_does_not_spin();
    check_grip_limit_is_inactive_in_normal_driving();
    check_world_step_is_fine_enough();
    check_reverse();
    check_stays_finite_and_repeats();
    return wm::test::report();
}
