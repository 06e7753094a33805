#include <algorithm>
#include <cmath>
#include <memory>

#include "colors.h"
#include "flat_view.h"
#include "wm/driving/sensors.h"

namespace wm::driving {
namespace {

class Birdseye final : public Camera {
public:
    explicit Birdseye(const SensorConfig& config) : view_(config.birdseye_size, config.birdseye_size), range_(config.birdseye_range) {}

    void paint(const World& world, int agent, std::uint8_t* rgb, const AgentRecord* record) override {
        const Actor& own = world.actors[static_cast<std::size_t>(agent)];
        const float middle = 0.5f * static_cast<float>(view_.raster().width());
        view_.look(own.position, own.forward, middle / range_, {middle, middle});
        view_.ground(*world.network);
        if (record != nullptr) paint_task(*world.network, *record, own);
        view_.lights(*world.network, world.time);
        view_.standing(*world.network);
        for (const Actor& actor : world.actors) {
            if (actor.present && &actor != &own) view_.actor(actor, plan_color(actor, false));
        }
        view_.actor(own, plan_color(own, true));
        view_.raster().resolve(rgb);
    }

private:
    void paint_task(const Network& network, const AgentRecord& record, const Actor& own) {
        if (record.route.count > 0) paint_route(network, record.route, own);
        if (record.route.endless) return;
        const Vec forward{std::cos(record.goal.heading), std::sin(record.goal.heading)};
        view_.box({record.goal.position, forward, own.half_length, own.half_width}, colors::kGoal);
    }

    void paint_route(const Network& network, const Route& route, const Actor& own) {
        constexpr float kStep = 4.0f, kWidth = 1.6f;  // m
        Vec from = route_point(network, route, own, 0.0f).position;
        const float far = route.endless ? 1.5f * range_ : std::min(1.5f * range_, route.length - route.base - route.s + kStep);
        for (float ahead = kStep; ahead < far; ahead += kStep) {
            const Vec to = route_point(network, route, own, ahead).position;
            if (view_.sees(to, kStep)) view_.band(from, to, kWidth, mix(colors::of(Paint::asphalt), colors::kRoute, 0.6f));
            from = to;
        }
    }

    FlatView view_;
    float range_;
};

}  // namespace

std::unique_ptr<Camera> make_birdseye(const SensorConfig& config) { return std::make_unique<Birdseye>(config); }

}  // namespace wm::driving
