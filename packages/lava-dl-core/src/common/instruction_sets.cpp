#include "instruction_sets.hpp"

#include <cstdlib>

namespace lava_dl {
namespace {

// Each is asked for where a build holds the set of its name.
[[maybe_unused]] bool has_scalar() { return true; }
[[maybe_unused]] bool has_neon() { return true; }
#if defined(__GNUC__) && defined(__x86_64__)
[[maybe_unused]] bool has_avx2() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("fma");
}
[[maybe_unused]] bool has_avx512() {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd");
}
#endif

}  // namespace

std::vector<std::string> instruction_sets() {
    std::vector<std::string> names;
#define LAVA_DL_ADD(name) \
    if (has_##name()) names.push_back(#name);
    LAVA_DL_INSTRUCTION_SETS(LAVA_DL_ADD)
    if (names.empty()) refuse("This build of lava-dl-core is for other processors than this one.");
    return names;
}

std::string chosen_instruction_set(const std::string& forced) {
    static const std::vector<std::string> known = instruction_sets();
    const char* variable = std::getenv("LAVA_DL_SIMD");
    const bool from_variable = forced.empty() && variable && *variable;
    const std::string name = from_variable ? variable : forced;
    if (name.empty()) return known.back();
    std::string all;
    for (const auto& each : known) {
        if (each == name) return name;
        all += (all.empty() ? "" : ", ") + each;
    }
    refuse(std::string(from_variable ? "LAVA_DL_SIMD" : "simd") + " is '" + name +
           "' but this machine has " + all + "; use one of those.");
}

}  // namespace lava_dl
