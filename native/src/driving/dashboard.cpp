#include "dashboard.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "colors.h"
#include "text.h"

namespace wm::driving {
namespace {

constexpr Color kPanel = rgb(24, 27, 32), kTrack = rgb(58, 63, 71), kInk = rgb(232, 235, 238), kDim = rgb(140, 147, 156);
constexpr Color kGood = rgb(64, 200, 110), kBad = rgb(236, 66, 58);
constexpr float kUnits = 64.0f;  // the dashboard's height in its own units

using Label = std::array<char, 24>;

template <class... Values>
Label label(const char* format, Values... values) {
    Label text{};
    std::snprintf(text.data(), text.size(), format, values...);
    return text;
}

class Panel {
public:
    Panel(Raster& raster, float height) : raster_(raster), unit_(height / kUnits), top_(static_cast<float>(raster.height()) - height) {}

    [[nodiscard]] float width() const { return static_cast<float>(raster_.width()) / unit_; }  // units

    void rect(float x, float y, float w, float h, Color color) {
        const float left = x * unit_, right = (x + w) * unit_, high = top_ + y * unit_, low = top_ + (y + h) * unit_;
        raster_.fill(std::array<Corner, 4>{{{left, high}, {right, high}, {right, low}, {left, low}}}, color);
    }
    void disc(float x, float y, float radius, Color color) {
        std::array<Corner, kMaxCorners> corners;
        for (std::size_t i = 0; i < corners.size(); ++i) {
            const float angle = 2.0f * kPi * static_cast<float>(i) / static_cast<float>(corners.size());
            corners[i] = {(x + radius * std::cos(angle)) * unit_, top_ + (y + radius * std::sin(angle)) * unit_};
        }
        raster_.fill(corners, color);
    }
    void text(const char* words, float x, float y, float dot, Color color) { paint_text(raster_, words, {x * unit_, top_ + y * unit_}, dot * unit_, color); }
    void centered(const char* words, float x, float y, float dot, Color color) { text(words, x - 0.5f * text_width(words, dot), y, dot, color); }
    // Filled upwards.
    void column(const char* name, float x, double share, Color color) {
        const auto part = static_cast<float>(std::clamp(share, 0.0, 1.0));
        rect(x, 8.0f, 9.0f, 36.0f, kTrack);
        rect(x, 8.0f + 36.0f * (1.0f - part), 9.0f, 36.0f * part, color);
        centered(name, x + 4.5f, 48.0f, 1.0f, kDim);
    }

private:
    Raster& raster_;
    float unit_, top_;
};

void paint_speed(Panel& panel, const Actor& self, const AgentRecord& agent) {
    const int speed = static_cast<int>(std::lround(std::abs(self.speed) * 3.6f)), limit = static_cast<int>(std::lround(agent.speed_limit * 3.6f));
    const Color ink = agent.speed_limit > 0.0f && self.speed > 1.03f * agent.speed_limit ? kBad : kInk;
    panel.text(label("%3d", speed).data(), 6.0f, 8.0f, 4.4f, ink);
    panel.text("KM/H", 62.0f, 48.0f, 1.0f, kDim);
    if (agent.car.reversing) panel.text("R", 6.0f, 46.0f, 1.6f, kInk);
    if (limit <= 0) return;
    panel.disc(112.0f, 26.0f, 17.0f, kBad);
    panel.disc(112.0f, 26.0f, 13.0f, colors::kWhite);
    panel.centered(label("%d", limit).data(), 112.0f, limit < 100 ? 19.0f : 20.6f, limit < 100 ? 2.0f : 1.3f, kPanel);
    panel.centered("LIMIT", 112.0f, 48.0f, 1.0f, kDim);
}

void paint_controls(Panel& panel, const AgentRecord& agent, const DrivingConfig& config) {
    panel.column("GAS", 144.0f, agent.last_action.throttle, kGood);
    panel.column("BRK", 168.0f, agent.last_action.brake, kBad);
    constexpr float kLeft = 196.0f, kWide = 84.0f, kMiddle = kLeft + 0.5f * kWide;
    const double greatest = vehicle_parameters(config.dynamics.vehicle).steer_max;
    const auto wanted = static_cast<float>(std::clamp(-agent.last_action.steer, -1.0, 1.0));
    const auto turned = static_cast<float>(std::clamp(-agent.car.x[2] / greatest, -1.0, 1.0));
    panel.rect(kLeft, 18.0f, kWide, 12.0f, kTrack);
    const float to = kMiddle + 0.5f * kWide * turned;
    panel.rect(std::min(kMiddle, to), 18.0f, std::abs(to - kMiddle), 12.0f, colors::kRoute);
    panel.rect(kMiddle - 0.5f, 14.0f, 1.0f, 20.0f, kInk);
    panel.rect(kMiddle + 0.5f * kWide * wanted - 1.5f, 32.0f, 3.0f, 7.0f, kInk);  // demanded
    panel.centered("STEER", kMiddle, 48.0f, 1.0f, kDim);
}

void paint_light(Panel& panel, const World& world, const AgentRecord& agent) {
    const Network& network = *world.network;
    const Route& route = agent.route;
    float ahead = route.count > 0 ? network.lane(route.lanes[static_cast<std::size_t>(route.at)]).length - route.s : 0.0f;
    int signal = -1;
    for (int i = route.at + 1; i < route.count && ahead < 120.0f && signal < 0; ++i) {
        const Lane& lane = network.lane(route.lanes[static_cast<std::size_t>(i)]);
        signal = lane.signal;
        if (signal < 0) ahead += lane.length;
    }
    panel.rect(296.0f, 5.0f, 18.0f, 41.0f, colors::kSignalHead);
    for (const Light light : {Light::green, Light::yellow, Light::red}) {
        const bool lit = signal >= 0 && network.light(signal, world.time) == light;
        panel.disc(305.0f, 38.5f - 13.0f * static_cast<float>(light), 5.0f, colors::lamp(light, lit));
    }
    panel.centered(signal >= 0 ? label("%.0f M", static_cast<double>(ahead)).data() : "LIGHT", 305.0f, 48.0f, 1.0f, kDim);
}

void paint_costs(Panel& panel, const AgentRecord& agent) {
    constexpr std::array<const char*, kCostTerms> kNames{"CAR", "PED", "OBJ", "OFF", "RED", "WAY", "SPD", "GAP"};
    for (std::size_t i = 0; i < kCostTerms; ++i) {
        const float x = 334.0f + 27.0f * static_cast<float>(i % 4), y = i < 4 ? 8.0f : 32.0f;
        const bool now = agent.costs[i] > 0.0f, before = agent.cost_sums[i] > 0.0;
        panel.rect(x, y, 23.0f, 10.0f, now ? kBad : before ? rgb(112, 46, 44) : kTrack);
        panel.centered(kNames[i], x + 11.5f, y + 12.0f, 1.0f, kDim);
    }
}

const char* word_of(Ending ending) {
    switch (ending) {
        case Ending::running: return "";
        case Ending::success: return "SUCCESS";
        case Ending::collision: return "COLLISION";
        case Ending::off_road: return "OFF ROAD";
        case Ending::off_route: return "OFF ROUTE";
        case Ending::red_light: return "RED LIGHT";
        case Ending::wrong_way: return "WRONG WAY";
        case Ending::time_limit: return "TIME LIMIT";
        default: return "ENDED";
    }
}

void paint_progress(Panel& panel, const World& world, const AgentRecord& agent) {
    constexpr float kLeft = 456.0f;
    const float wide = panel.width() - kLeft - 12.0f;
    if (wide > 40.0f) {
        panel.text(label("%.1f S", static_cast<double>(world.time)).data(), kLeft, 8.0f, 1.5f, kInk);
        panel.text(label("RETURN %.1f", agent.return_sum).data(), kLeft, 24.0f, 1.0f, kDim);
        panel.text(word_of(agent.ending), kLeft, 36.0f, 1.4f, agent.ending == Ending::success ? kGood : kBad);
    }
    const float share = std::clamp(agent.route_completion, 0.0f, 1.0f);
    panel.rect(0.0f, 60.0f, panel.width(), 4.0f, kTrack);
    panel.rect(0.0f, 60.0f, panel.width() * share, 4.0f, colors::kRoute);
}

}  // namespace

void paint_dashboard(Raster& raster, const World& world, const AgentRecord& agent, const DrivingConfig& config, float height) {
    Panel panel(raster, height);
    panel.rect(0.0f, 0.0f, panel.width(), kUnits, kPanel);
    paint_speed(panel, world.actors[0], agent);
    paint_controls(panel, agent, config);
    paint_light(panel, world, agent);
    paint_costs(panel, agent);
    paint_progress(panel, world, agent);
}

}  // namespace wm::driving
