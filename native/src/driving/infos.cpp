// The numbers that every environment reports, by name.
#include <algorithm>

#include "wm/driving/batch.h"

namespace wm::driving {
namespace {

std::vector<std::string> make_names() {
    std::vector<std::string> names{"cost"};
    for (std::size_t k = 0; k < kCostTerms; ++k) names.push_back(std::string("cost_") + name_of(static_cast<CostTerm>(k)));
    for (std::size_t k = 0; k < kRewardTerms; ++k) names.push_back(std::string("reward_") + name_of(static_cast<RewardTerm>(k)));
    names.insert(names.end(), {"speed", "speed_limit", "acceleration", "lateral_acceleration", "jerk", "position_x", "position_y", "heading",
                               "lane_offset", "lane_heading_error", "progress", "route_length", "route_completion", "goal_distance",
                               "time_to_collision", "headway", "success", "collision", "off_road", "off_route", "time"});
    return names;
}

}  // namespace

const std::vector<std::string>& info_names() {
    static const std::vector<std::string> names = make_names();
    return names;
}

void write_info(const World& world, const AgentRecord& record, int agent, float* out) {
    const auto put = [&out](std::initializer_list<float> values) { out = std::ranges::copy(values, out).out; };
    const auto flag = [&record](Ending ending) { return record.ending == ending ? 1.0f : 0.0f; };
    const Actor& actor = world.actors[static_cast<std::size_t>(agent)];
    put({record.cost()});
    out = std::ranges::copy(record.costs, out).out;
    out = std::ranges::transform(record.rewards, out, [](double term) { return static_cast<float>(term); }).out;
    put({actor.speed, record.speed_limit, record.acceleration, record.lateral_acceleration, record.jerk});
    put({actor.position.x, actor.position.y, actor.heading, actor.d, record.lane_heading_error});
    put({record.progress, record.route.length, record.route_completion, record.goal_distance});
    put({record.time_to_collision, record.headway, flag(Ending::success), record.touching != 0 ? 1.0f : 0.0f});
    put({record.off_road ? 1.0f : 0.0f, record.off_route ? 1.0f : 0.0f, world.time});
}

}  // namespace wm::driving
