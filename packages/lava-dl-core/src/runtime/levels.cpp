// The instruction sets the runtime was compiled for, and the one in use.
#include "layer.hpp"

#include <cstdlib>
#include <stdexcept>

namespace lava_dl {

#define LAVA_DL_DECLARE(abi) \
    namespace abi {          \
    void run_layer(const Layer&, const Call&); \
    }
LAVA_DL_DECLARE(runtime_plain)
#if defined(LAVA_DL_HAS_X86)
LAVA_DL_DECLARE(runtime_avx2)
LAVA_DL_DECLARE(runtime_avx512)
#endif

std::vector<Level> levels() {
    std::vector<Level> found = {{"scalar", runtime_plain::run_layer}};
#if defined(LAVA_DL_HAS_X86)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
                      __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
    if (avx2) found.push_back({"avx2", runtime_avx2::run_layer});
    if (avx512) found.push_back({"avx512", runtime_avx512::run_layer});
#endif
    return found;
}

Runner runner_of(const std::string& simd) {
    static const std::vector<Level> known = levels();
    const char* forced = std::getenv("LAVA_DL_SIMD");
    const std::string wanted = !simd.empty() ? simd : forced && *forced ? forced : known.back().name;
    for (const auto& level : known)
        if (level.name == wanted) return level.run;
    throw std::invalid_argument("This processor has no instruction set '" + wanted + "'.");
}

}  // namespace lava_dl
