// Picks the widest instruction set this machine has.
#include "layer.hpp"

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

Runner best_runner() {
#if defined(LAVA_DL_HAS_X86)
    __builtin_cpu_init();
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512cd");
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
                __builtin_cpu_supports("fma");
    if (avx512 && avx2) return runtime_avx512::run_layer;
    if (avx2) return runtime_avx2::run_layer;
#endif
    return runtime_plain::run_layer;
}

}  // namespace lava_dl
