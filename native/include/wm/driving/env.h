// One driving environment without its sensors: world, agents, decisions, snapshots.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wm/core/rng.h"
#include "wm/driving/task.h"
#include "wm/driving/traffic.h"
#include "wm/driving/world.h"

namespace wm::driving {

class DrivingEnv {
public:
    // `shared` is the network of a scenario whose network is fixed (its layout likewise), else null.
    DrivingEnv(const DrivingConfig& config, std::shared_ptr<const Network> shared, std::shared_ptr<const Layout> layout,
               std::span<const std::uint32_t> entropy);

    void seed(std::span<const std::uint32_t> words);
    void reset();
    // One decision of all agents: `substeps` world steps. pedals [num_agents]; those of inactive agents are ignored.
    void step(std::span<const Pedals> pedals);

    [[nodiscard]] const World& world() const { return world_; }
    [[nodiscard]] const Layout& layout() const { return layout_ ? *layout_ : own_layout_; }
    [[nodiscard]] const AgentRecord& agent(int index) const { return agents_[static_cast<std::size_t>(index)]; }
    [[nodiscard]] core::Pcg64& sensor_rng() { return sensor_rng_; }
    [[nodiscard]] bool ready() const { return ready_; }
    [[nodiscard]] int steps() const { return steps_; }
    [[nodiscard]] bool any_active() const;
    [[nodiscard]] bool ended() const { return ended_; }
    void set_ended(bool ended) { ended_ = ended; }

    [[nodiscard]] std::vector<std::uint8_t> save() const;
    void load(std::span<const std::uint8_t> snapshot);  // throws core::SnapshotError; the environment is then unchanged

private:
    DrivingConfig config_;
    CarModel model_;
    World world_;
    std::shared_ptr<const Layout> layout_;
    std::shared_ptr<Network> own_network_;  // of a town
    Layout own_layout_;
    core::Pcg64 map_rng_;   // state from which own_network_ was built: a snapshot rebuilds the town from it
    core::Pcg64 sensor_rng_;
    std::vector<AgentRecord> agents_;
    bool ready_ = false;
    bool ended_ = false;
    int steps_ = 0;
};

}  // namespace wm::driving
