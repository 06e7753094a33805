#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "colors.h"
#include "dashboard.h"
#include "flat_view.h"
#include "wm/driving/render.h"

namespace wm::driving {
namespace {

// The dashboard needs 540 x 64 of its units; it takes 16 % of the height unless the width is scarce.
float dashboard_height(int height, int width) {
    return std::min(0.16f * static_cast<float>(height), static_cast<float>(width) * 64.0f / 540.0f) * static_cast<float>(kSupersample);
}

class NorthUp final : public TopView {
public:
    explicit NorthUp(const DrivingConfig& config) : config_(config) {}

    void paint(const World& world, std::span<const AgentRecord> agents, const RenderState& memory, const float* lidar, int height, int width,
               std::uint8_t* rgb) override {
        if (!view_ || view_->raster().width() != width * kSupersample || view_->raster().height() != height * kSupersample) view_.emplace(height, width);
        FlatView& view = *view_;
        const Actor& self = world.actors[0];
        const float panel = dashboard_height(height, width);
        const auto wide = static_cast<float>(view.raster().width()), high = static_cast<float>(view.raster().height()) - panel;
        view.look(self.position, {0.0f, 1.0f}, wide / shown(), {0.5f * wide, 0.5f * high});

        view.ground(*world.network);
        for (std::size_t i = agents.size(); i-- > 0;) paint_route(world, agents[i], i);
        if (config_.sensors.camera && self.present) paint_camera_cone(self);
        paint_trail(memory);
        view.lights(*world.network, world.time);
        view.standing(*world.network);
        if (lidar != nullptr && self.present) paint_lidar(self, lidar);
        for (std::size_t i = world.actors.size(); i-- > 0;) {
            if (world.actors[i].present) view.actor(world.actors[i], plan_color(world.actors[i], i == 0));
        }
        if (!self.present) paint_wreck(self);
        if (!agents.empty()) paint_dashboard(view.raster(), world, agents[0], config_, panel);
        view.raster().resolve(rgb);
    }

private:
    [[nodiscard]] float shown() const {  // m across the picture
        if (config_.scenario.scenario == Scenario::parking) return 64.0f;
        return config_.scenario.scenario == Scenario::highway ? 130.0f : 110.0f;
    }

    void paint_route(const World& world, const AgentRecord& agent, std::size_t index) {
        const Color color = index == 0 ? colors::kRoute : colors::kOtherAgent;
        const float alpha = index == 0 ? 0.5f : 0.3f;
        if (!agent.active && index != 0) return;
        constexpr float kStep = 2.5f;
        const Route& route = agent.route;
        const Actor& actor = world.actors[index];
        if (route.count > 0) {
            const float far = route.endless ? 120.0f : std::clamp(route.length - route.base - route.s, 0.0f, 160.0f);
            Vec from = route_point(*world.network, route, actor, 0.0f).position;
            for (float ahead = kStep; ahead < far + kStep; ahead += kStep) {
                const Vec to = route_point(*world.network, route, actor, std::min(ahead, far)).position;
                if (view_->sees(to, kStep)) view_->band(from, to, 0.9f, color, alpha);
                from = to;
            }
        }
        if (route.endless) return;
        const Vec forward{std::cos(agent.goal.heading), std::sin(agent.goal.heading)};
        const bool bay = config_.scenario.scenario == Scenario::parking;
        view_->box({agent.goal.position, forward, bay ? actor.half_length : 0.5f, bay ? actor.half_width : 1.6f}, index == 0 ? colors::kGoal : color, 0.6f);
        if (bay && index == 0) view_->band(actor.position, agent.goal.position, 0.2f, colors::kGoal, 0.35f);
    }

    void paint_camera_cone(const Actor& self) {
        const float half = 0.5f * config_.sensors.camera_fov * kPi / 180.0f, far = 30.0f;
        const auto at = [&](float angle) {
            const Vec side = left_of(self.forward);
            return self.position + far * (std::cos(angle) * self.forward + std::sin(angle) * side);
        };
        std::array<Vec, 10> corners;
        corners[0] = self.position;
        for (std::size_t i = 1; i < corners.size(); ++i) corners[i] = at(half * (static_cast<float>(i - 1) / 4.0f - 1.0f));
        if (half < 0.49f * kPi) view_->polygon(corners, rgb(255, 255, 220), 0.14f);
    }

    void paint_trail(const RenderState& memory) {
        const auto count = memory.trail.size();
        for (std::size_t i = 1; i < count; ++i) {
            const float age = static_cast<float>(i) / static_cast<float>(count);
            if (squared_length(memory.trail[i] - memory.trail[i - 1]) < 100.0f) view_->band(memory.trail[i - 1], memory.trail[i], 0.5f, colors::kAgent, 0.15f + 0.5f * age);
        }
    }

    void paint_lidar(const Actor& self, const float* lidar) {
        const int beams = config_.sensors.lidar_beams;
        for (int k = 0; k < beams; ++k) {
            if (lidar[k] >= 1.0f) continue;
            const float angle = self.heading + 2.0f * kPi * static_cast<float>(k) / static_cast<float>(beams);
            const Vec hit = self.position + (lidar[k] * config_.sensors.lidar_range) * Vec{std::cos(angle), std::sin(angle)};
            view_->band(self.position, hit, 0.05f, rgb(120, 240, 255), 0.16f);
            view_->disc(hit, std::max(0.3f, 2.0f / view_->scale()), rgb(60, 235, 255));
        }
    }

    void paint_wreck(const Actor& self) {  // it has left the world; a cross marks the place
        for (const Vec d : {Vec{1.6f, 1.6f}, Vec{1.6f, -1.6f}}) view_->band(self.position - d, self.position + d, 0.6f, rgb(236, 66, 58));
    }

    DrivingConfig config_;
    std::optional<FlatView> view_;
};

}  // namespace

std::unique_ptr<TopView> make_top_view(const DrivingConfig& config) { return std::make_unique<NorthUp>(config); }

}  // namespace wm::driving
