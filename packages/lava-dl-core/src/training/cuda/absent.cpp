// Stands in where the extension is built without a CUDA toolkit.
#include <stdexcept>

#include "driver.hpp"

namespace lava_dl {

std::string cuda_problem() { return "built without CUDA kernels"; }
std::vector<Card> cuda_cards() { return {}; }
int cuda_driver_version() { return 0; }
std::string cuda_architectures() { return ""; }

void cuda_run(const std::string&, const Call&, uint64_t) {
    throw std::runtime_error("lava-dl-core was " + cuda_problem() +
                             "; reinstall it where nvcc is found.");
}

}  // namespace lava_dl
