// One driving environment without its sensors: world, agents, decisions, snapshots.
#pragma once

#include <cstdint>
#include <memory>
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
    // Throws std::invalid_argument when a fixed scenario has fewer starts than there are agents.
    DrivingEnv(const DrivingConfig& config, std::shared_ptr<const Network> shared, std::shared_ptr<const Layout> layout,
               std::span<const std::uint32_t> entropy);

    void seed(std::span<const std::uint32_t> words);
    void reset();
    // One decision of all agents: `substeps` world steps. pedals [num_agents]; those of inactive agents are ignored.
    void step(std::span<const Pedals> pedals);
    // The time limit: agents that are still driving are truncated.
    void end_by_time();

    [[nodiscard]] const World& world() const { return world_; }
    [[nodiscard]] const Layout& layout() const { return layout_ ? *layout_ : own_layout_; }
    [[nodiscard]] const AgentRecord& agent(int index) const { return agents_[static_cast<std::size_t>(index)]; }
    [[nodiscard]] std::span<const AgentRecord> agents() const { return agents_; }
    [[nodiscard]] bool ready() const { return ready_; }
    [[nodiscard]] int steps() const { return steps_; }
    [[nodiscard]] bool any_active() const;
    [[nodiscard]] bool ended() const { return ended_; }
    void set_ended(bool ended) { ended_ = ended; }

    // The generator for the readings of this moment; it then stands where those of the next moment begin.
    [[nodiscard]] core::Pcg64& begin_readings();
    // A copy that repeats the readings of this moment.
    [[nodiscard]] core::Pcg64 repeat_readings() const { return reading_rng_; }

    [[nodiscard]] std::vector<std::uint8_t> save() const;
    void load(std::span<const std::uint8_t> snapshot);  // throws core::SnapshotError; the environment is then unchanged

private:
    template <class Archive>
    void fields(Archive& archive);
    template <class Archive>
    void world_fields(Archive& archive);
    void adopt_network(const core::Pcg64& before);
    void require_plausible();
    void reserve();
    void clear_world();
    void place_agents();
    bool place_agent(int index, std::size_t& used, std::span<const int> bays);
    [[nodiscard]] bool free_of_others(int index) const;
    void step_world(std::span<const Pedals> pedals, float dt);
    void refresh_order();
    bool mark_corners(int index);
    void move_agent(std::size_t index, const Pedals& pedals, double dt);
    void stop_at_contact(std::size_t index, const CarState& before);

    DrivingConfig config_;
    CarModel model_;
    World world_;
    std::shared_ptr<const Layout> layout_;
    std::shared_ptr<Network> own_network_;  // of a town
    Layout own_layout_;
    core::Pcg64 map_rng_;   // state from which own_network_ was built: a snapshot rebuilds the town from it
    core::Pcg64 sensor_rng_, reading_rng_;
    std::vector<AgentRecord> agents_;
    std::vector<int> draws_;  // starts, then bays, in the order in which they are tried
    bool ready_ = false;
    bool ended_ = false;
    int steps_ = 0;
};

}  // namespace wm::driving
