#include <memory>

#include "camera_parts.h"
#include "wm/driving/sensors.h"

namespace wm::driving {
namespace {

class ForwardCamera final : public Camera {
public:
    explicit ForwardCamera(const SensorConfig& config)
        : canvas_(config.camera_height, config.camera_width, config.camera_fov), ground_(canvas_), standing_(canvas_, ground_.far()) {}

    void paint(const World& world, int agent, std::uint8_t* rgb, const AgentRecord* /*record*/) override {
        const Actor& own = world.actors[static_cast<std::size_t>(agent)];
        const Vec eye = own.position + 2.0f * kEyeForward * own.half_length * own.forward;
        canvas_.look(eye, own.forward);
        ground_.paint(*world.network);
        standing_.paint(world, agent);
        canvas_.raster().resolve(rgb);
    }

private:
    Canvas canvas_;
    GroundPainter ground_;
    StandingPainter standing_;
};

}  // namespace

std::unique_ptr<Camera> make_camera(const SensorConfig& config) { return std::make_unique<ForwardCamera>(config); }

}  // namespace wm::driving
