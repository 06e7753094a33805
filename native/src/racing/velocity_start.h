// What a car brings into the velocity iterations: pushed bodies, warm-started impulses (applied), its joints' tasks.
#pragma once

#include <array>

#include "velocity_joints.h"

namespace wm::racing {

struct Start {
    const Masses& masses;
    float dt_ratio;
    Feedback<float> state{};
    PointImpulses<float> impulse{};
    std::array<JointTask<float>, 4> tasks{};

    void take(Car& car);  // sets the joints' limit states

private:
    void set_velocities(const Car& car);
    void add_joint(std::size_t i, Joint& joint, float joint_angle, Vec2 arm);
};

}  // namespace wm::racing
