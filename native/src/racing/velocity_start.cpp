#include "velocity_start.h"

namespace wm::racing {
namespace {

Limit limit_state(float joint_angle) {
    if (joint_angle <= kLowerAngle) return Limit::lower;
    if (joint_angle >= kUpperAngle) return Limit::upper;
    return Limit::inactive;
}

JointTask<float> joint_task(Vec2 r, const Masses& m) {
    JointTask<float> t{};
    t.arm = {r.x, r.y};
    t.ex.x = m.hull + m.wheel + r.y * r.y * m.hull_turn;
    t.ey.x = -r.y * r.x * m.hull_turn;
    t.ez.x = -r.y * m.hull_turn;
    t.ex.y = t.ey.x;
    t.ey.y = m.hull + m.wheel + r.x * r.x * m.hull_turn;
    t.ez.y = r.x * m.hull_turn;
    t.ex.z = t.ez.x;
    t.ey.z = t.ez.y;
    t.ez.z = m.hull_turn + m.wheel_turn;
    t.normal = cross(t.ey, t.ez);
    t.motor = 1.0f / (m.hull_turn + m.wheel_turn);
    t.det22 = inverse_or_zero(t.ex.x * t.ey.y - t.ey.x * t.ex.y);
    t.det33 = inverse_or_zero(dot(t.ex, t.normal));
    return t;
}

}  // namespace

void Start::set_velocities(const Car& car) {
    const auto pushed = [](const Body& body, float inverse_mass) -> Pair<float> {
        const Vec2 velocity = body.velocity + kStep * (inverse_mass * body.force);
        return {velocity.x, velocity.y};
    };
    state.hull_velocity = pushed(car.hull, masses.hull);
    state.hull_spin = car.hull.spin;
    for (std::size_t i = 0; i < 4; ++i) {
        state.velocity[i] = pushed(car.bodies[i], masses.wheel);
        state.spin[i] = car.bodies[i].spin;
    }
}

void Start::add_joint(std::size_t i, Joint& joint, float joint_angle, Vec2 arm) {
    const Limit now = limit_state(joint_angle);
    if (now == Limit::inactive || now != joint.limit) joint.limit_impulse = 0.0f;
    joint.limit = now;
    tasks[i] = joint_task(arm, masses);
    tasks[i].motor_speed = joint.motor_speed;
    tasks[i].limit = now == Limit::inactive ? 0.0f : (now == Limit::lower ? -1.0f : 1.0f);
    impulse[i] = {joint.impulse.x * dt_ratio, joint.impulse.y * dt_ratio};
    state.limit_impulse[i] = joint.limit_impulse * dt_ratio;
    state.motor_impulse[i] = joint.motor_impulse * dt_ratio;

    Bodies<float> on{state.hull_velocity, state.hull_spin, state.velocity[i], state.spin[i]};
    on.push(impulse[i], masses);
    on.hull_spin -= masses.hull_turn * (turning(tasks[i], impulse[i]) + state.motor_impulse[i] + state.limit_impulse[i]);
    on.spin += masses.wheel_turn * (0.0f + state.motor_impulse[i] + state.limit_impulse[i]);
    state.hull_velocity = on.hull_velocity;
    state.hull_spin = on.hull_spin;
    state.velocity[i] = on.velocity;
    state.spin[i] = on.spin;
}

void Start::take(Car& car) {
    set_velocities(car);
    const Rot turn = rotation(car.hull.angle);
    for (const std::size_t i : kJointOrder) {
        const Vec2 arm = rotate(turn, car_model().anchors[i] - car_model().hull.local_center);
        add_joint(i, car.joints[i], car.joint_angle(i), arm);
    }
}

}  // namespace wm::racing
