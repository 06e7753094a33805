// The package's vehicle_dynamics_st.py (3.0.2), operation by operation in its order, so that the results agree to the bit
// where the two mathematics libraries do.
#include <cmath>

#include "stretch.h"
#include "wm/driving/dynamics.h"

namespace wm::driving {
namespace {

// Python's x ** 2 is the library's pow, which differs from x * x in the last bit now and then; the compiler must not know the 2.
double square(double value) {
    const volatile double two = 2.0;
    return std::pow(value, two);
}

SingleTrackState crawling_derivatives(const VehicleParameters& p, const SingleTrackState& x, const Inputs& now) {
    const double tangent = std::tan(x[2]);
    const double cosine = std::cos(x[2]);
    const double slip = std::atan(tangent * p.rear / p.wheelbase());  // of the kinematic model; x[6] is not used for the motion
    const double shape = square(tangent) * p.rear / p.wheelbase();  // sic; exact would be tangent * rear / wheelbase
    const double slip_rate = (p.rear * now.steer_rate) / (p.wheelbase() * square(cosine) * (1 + square(shape)));
    const double yaw_acceleration =
        1 / p.wheelbase() *
        (now.acceleration * std::cos(x[6]) * tangent - x[3] * std::sin(x[6]) * slip_rate * tangent +
         x[3] * std::cos(x[6]) * now.steer_rate / square(cosine));
    return {x[3] * std::cos(slip + x[4]), x[3] * std::sin(slip + x[4]),        now.steer_rate, now.acceleration,
            x[3] * std::cos(slip) * tangent / p.wheelbase(), yaw_acceleration, slip_rate};
}

}  // namespace

SingleTrackState single_track_derivatives(const VehicleParameters& p, const SingleTrackState& x, const Inputs& u, double road_friction) {
    const Inputs now = limited(p, x[2], x[3], u);
    if (std::abs(x[3]) < 0.1) return crawling_derivatives(p, x, now);
    const double mu = p.friction * road_friction;
    const double lf = p.front, lr = p.rear, c = p.cornering, v = x[3];
    const double length = lr + lf;
    const double front = kGravity * lr - now.acceleration * p.height;
    const double rear = kGravity * lf + now.acceleration * p.height;
    const double yaw_acceleration = -mu * p.mass / (v * p.inertia * length) * (square(lf) * c * front + square(lr) * c * rear) * x[5] +
                                    mu * p.mass / (p.inertia * length) * (lr * c * rear - lf * c * front) * x[6] +
                                    mu * p.mass / (p.inertia * length) * lf * c * front * x[2];
    const double slip_rate = (mu / (square(v) * length) * (c * rear * lr - c * front * lf) - 1) * x[5] -
                             mu / (v * length) * (c * rear + c * front) * x[6] + mu / (v * length) * (c * front) * x[2];
    return {v * std::cos(x[6] + x[4]), v * std::sin(x[6] + x[4]), now.steer_rate, now.acceleration, x[5], yaw_acceleration, slip_rate};
}

}  // namespace wm::driving
