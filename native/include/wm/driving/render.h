// Pictures for people: bird's-eye view of an environment with trails, sensor overlays and a dashboard.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "wm/driving/config.h"
#include "wm/driving/task.h"
#include "wm/driving/world.h"

namespace wm::driving {

struct RenderState {                  // what a lane remembers for its pictures; filled only once somebody renders
    std::vector<Vec> trail;           // newest last
};

class TopView {
public:
    virtual ~TopView() = default;
    // uint8 [height, width, 3]: the world around agent 0 (all agents' routes and trails), lidar returns, camera cone; a dashboard with
    // speed, limit, pedals, steering, costs, light ahead, progress.
    virtual void paint(const World& world, std::span<const AgentRecord> agents, const RenderState& memory, const float* lidar, int height,
                       int width, std::uint8_t* rgb) = 0;
};
std::unique_ptr<TopView> make_top_view(const DrivingConfig& config);

}  // namespace wm::driving
