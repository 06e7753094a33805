// Cars that are solved side by side move as they move alone, to the bit: whatever their number, their order and their
// twins, at the joint limits, in the air after a forged state, over whole decisions.
#include <algorithm>
#include <numeric>
#include <vector>

#include "check_equal.h"
#include "racing_fixture.h"

namespace {

using namespace wm::racing;

std::uint64_t hash_of(const Car& car) {
    Hash hash;
    fixture::Run::add_car(hash, car);
    for (const Joint& joint : car.joints) {
        for (const float number : {joint.impulse.x, joint.impulse.y, joint.limit_impulse, joint.motor_impulse}) hash.add(number);
    }
    return hash.value;
}

// Cars at all sorts of speeds and steering angles, every third of them twice.
std::vector<Car> cars_in_motion() {
    std::vector<Car> cars;
    for (int i = 0; i < 37; ++i) {
        Car car = make_car(0.1 * i, 3.0 * i, -2.0 * i);
        Car* const self = &car;
        const float ratio = 1.0f;
        for (int t = 0; t < 5 * i; ++t) {
            set_controls(car, (i % 5 - 2) * 0.4, i % 3 * 0.5, t > 100 ? 0.8 : 0.0);
            drive(car);
            step_worlds({&self, 1}, {&ratio, 1});
        }
        cars.push_back(car);
        if (i % 3 == 0) cars.push_back(car);
    }
    cars[5].hull.spin = 1e4f;
    cars[8].bodies[2].velocity = {1e5f, -1e5f};
    return cars;
}

std::vector<std::uint64_t> stepped(std::vector<Car> cars, const std::vector<std::size_t>& order, std::size_t together) {
    for (int t = 0; t < 20; ++t) {
        for (std::size_t first = 0; first < order.size(); first += together) {
            std::vector<Car*> group;
            std::vector<float> ratios;
            for (std::size_t i = first; i < std::min(first + together, order.size()); ++i) {
                group.push_back(&cars[order[i]]);
                ratios.push_back(order[i] % 4 == 0 && t == 0 ? 0.0f : 1.0f);
                set_controls(*group.back(), static_cast<double>(order[i] % 7) / 3.0 - 1.0, 0.3, 0.0);
                drive(*group.back());
            }
            step_worlds(group, ratios);
        }
    }
    std::vector<std::uint64_t> hashes;
    for (const Car& car : cars) hashes.push_back(hash_of(car));
    return hashes;
}

void check_company() {
    const std::vector<Car> cars = cars_in_motion();
    std::vector<std::size_t> order(cars.size());
    std::iota(order.begin(), order.end(), 0);
    const auto alone = stepped(cars, order, 1);
    CHECK(std::count(alone.begin(), alone.end(), alone.front()) < 3);
    for (std::size_t together = 2; together <= kCarsTogether; ++together) CHECK(stepped(cars, order, together) == alone);
    std::reverse(order.begin(), order.end());
    CHECK(stepped(cars, order, kCarsTogether) == alone);
}

// Lanes that leave their decision early, in the middle of a group.
void check_frame_skip() {
    const auto run = [](int lanes) {
        BatchConfig settings = fixture::config(lanes, 1);
        settings.env.frame_skip = 4;
        settings.max_episode_steps = 15;
        settings.autoreset = wm::core::Autoreset::next_step;
        fixture::Run all(settings);
        for (int t = 0; t < 60; ++t) all.step(t);
        return hash_of(all.batch.env(0).car());
    };
    for (const int lanes : {2, 3, 7, 33}) CHECK_EQUAL(run(lanes), run(1));
}

}  // namespace

int main() {
    check_company();
    check_frame_skip();
    return wm::test::report();
}
