// What an agent senses. All readings are functions of the world and the agent alone; noise is added by SensorNoise.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "wm/core/rng.h"
#include "wm/driving/config.h"
#include "wm/driving/task.h"
#include "wm/driving/world.h"

namespace wm::driving {

// Distances along the beams in units of lidar_range, 1 where nothing is hit. Sees vehicles, pedestrians, obstacles and walls.
// float [beams]; beam k points 2 pi k / beams to the left of the heading.
class Lidar {
public:
    explicit Lidar(const SensorConfig& config);
    Lidar(Lidar&&) noexcept;
    ~Lidar();
    void scan(const World& world, int agent, float* out);  // allocates nothing
private:
    SensorConfig config_;
    std::vector<float> cos_, sin_;  // [2 * beams + padding], going round twice
    std::vector<float> inverse_;    // 1/m, of the scan under way
    struct Scratch;
    std::unique_ptr<Scratch> scratch_;
};

// Forward perspective: 1.4 m above the ground at the agent's windscreen, level, its horizon 42 % of the height below the top:
// sky, ground, road, markings, signals, obstacles, vehicles with brake lights, pedestrians. uint8 [H, W, 3].
class Camera {
public:
    virtual ~Camera() = default;
    // Allocates nothing; one thread at a time. `record`: whose route and goal the bird's-eye
    // view marks, null for neither.
    virtual void paint(const World& world, int agent, std::uint8_t* rgb, const AgentRecord* record = nullptr) = 0;
};
std::unique_ptr<Camera> make_camera(const SensorConfig& config);

// From above, the agent in the middle, heading up, `birdseye_range` m to each side of it: road, markings, lights as bars across
// the lanes that they gate, obstacles, walls, vehicles, pedestrians, the agent's route as a band, its goal in green. uint8 [size, size, 3].
std::unique_ptr<Camera> make_birdseye(const SensorConfig& config);

// The documented `state` vector: every entry is its quantity divided by a scale and clipped to [-1, 1].
struct StateFeature {
    std::string name;
    float scale;          // what 1 means, in `unit`
    std::string unit;
    std::string meaning;
};
const std::vector<StateFeature>& state_table();
const std::vector<std::string>& state_names();
int state_size();
// `world.order` must be fresh. Allocates nothing.
void state_features(const World& world, const AgentRecord& agent, int index, const DynamicsConfig& dynamics, float* out);

// Adds noise and dropout to finished readings with the lane's sensor generator, which the world never sees.
void disturb_lidar(const SensorConfig& config, core::Pcg64& rng, std::span<float> beams);
void disturb_camera(const SensorConfig& config, core::Pcg64& rng, std::span<std::uint8_t> pixels);
void disturb_state(const SensorConfig& config, core::Pcg64& rng, std::span<float> features);

}  // namespace wm::driving
