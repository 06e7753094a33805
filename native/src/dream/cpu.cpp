#include "cpu.h"

#include <stdexcept>
#include <string>

namespace wm::dream {
namespace {

int find_level() {
#if WM_X86
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return wide ? 2 : 1;
#else
    return 0;
#endif
}

}  // namespace

int best_level() {
    static const int level = find_level();
    return level;
}

int checked_level(int level) {
    if (level == -1) return best_level();
    if (level >= 0 && level <= best_level()) return level;
    throw std::invalid_argument("level " + std::to_string(level) + ": this machine has 0 to " + std::to_string(best_level()));
}

}  // namespace wm::dream
