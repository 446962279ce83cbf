// The GPU kernels through the driver, which is looked for at run time only.
#pragma once

#include <cstdint>
#include <string>

#include "call.hpp"

namespace lava_dl {

// Empty where kernels can run, else why not.
std::string cuda_problem();

// Starts a kernel on a stream of the device that holds the arrays, from any thread; throws
// with the driver's words.
void cuda_run(const std::string& name, const Call& call, uint64_t stream);

}  // namespace lava_dl
