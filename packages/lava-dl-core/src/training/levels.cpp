// Dispatch over the instruction sets the kernels were compiled for.
#include <cstdlib>
#include <stdexcept>

#include "engine.hpp"

namespace lava_dl {

#define LAVA_DL_DECLARE(abi)        \
    namespace abi {                 \
    extern const Entry kernels[];   \
    extern const int kernel_count;  \
    }
LAVA_DL_DECLARE(scalar)
#if defined(LAVA_DL_HAS_X86)
LAVA_DL_DECLARE(avx2)
LAVA_DL_DECLARE(avx512)
#elif defined(LAVA_DL_HAS_NEON)
LAVA_DL_DECLARE(neon)
#endif

namespace {

struct Level {
    const char* name;
    const Entry* kernels;
    int count;
    bool available;
};

std::vector<Level> table() {
    std::vector<Level> all{{"scalar", scalar::kernels, scalar::kernel_count, true}};
#if defined(LAVA_DL_HAS_X86)
    __builtin_cpu_init();
    bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512cd");
    bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
                    __builtin_cpu_supports("fma");
    all.push_back({"avx2", avx2::kernels, avx2::kernel_count, has_avx2});
    all.push_back({"avx512", avx512::kernels, avx512::kernel_count, has_avx512 && has_avx2});
#elif defined(LAVA_DL_HAS_NEON)
    all.push_back({"neon", neon::kernels, neon::kernel_count, true});
#endif
    return all;
}

std::string joined() {
    std::string text;
    for (const auto& name : levels()) text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace

std::vector<std::string> levels() {
    std::vector<std::string> names;
    for (const auto& level : table())
        if (level.available) names.push_back(level.name);
    return names;
}

std::string default_level() {
    const char* forced = std::getenv("LAVA_DL_SIMD");
    if (!forced || !*forced) return levels().back();
    for (const auto& name : levels())
        if (name == forced) return name;
    throw std::invalid_argument("LAVA_DL_SIMD is '" + std::string(forced) +
                                "' but this machine has " + joined() + "; use one of those.");
}

const Entry& find_kernel(const std::string& name, const std::string& level) {
    const std::string wanted = level.empty() ? default_level() : level;
    for (const auto& each : table()) {
        if (!each.available || wanted != each.name) continue;
        for (int i = 0; i < each.count; ++i)
            if (name == each.kernels[i].name) return each.kernels[i];
        throw std::invalid_argument("There is no kernel '" + name + "'.");
    }
    throw std::invalid_argument("simd is '" + wanted + "' but this machine has " + joined() +
                                "; use one of those.");
}

std::vector<std::string> kernel_names() {
    std::vector<std::string> names;
    for (int i = 0; i < scalar::kernel_count; ++i) names.push_back(scalar::kernels[i].name);
    return names;
}

}  // namespace lava_dl
