// The runner of the instruction set in use.
#include "instruction_sets.hpp"
#include "layer.hpp"

namespace lava_dl {

#define LAVA_DL_DECLARE(abi) \
    namespace abi {          \
    void run_layer(const Layer&, const Call&); \
    }
LAVA_DL_INSTRUCTION_SETS(LAVA_DL_DECLARE)

Runner runner_of(const std::string& simd) {
#define LAVA_DL_BUILD(abi) {#abi, abi::run_layer},
    static const Build<Runner> builds[] = {LAVA_DL_INSTRUCTION_SETS(LAVA_DL_BUILD)};
    return chosen_build(builds, simd);
}

}  // namespace lava_dl
