// The GPU kernels through the driver, which is looked for at run time only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "call.hpp"

namespace lava_dl {

// Empty where kernels can run, else why not.
std::string cuda_problem();

// A card and its compute capability, 9.0 for an H100.
struct Card {
    std::string name;
    int major, minor;
};

// What `python -m lava.lib.dl.core` says: the cards, the driver's version (13000 for CUDA 13.0,
// 0 where there is none), and for which architectures kernels are embedded.
std::vector<Card> cuda_cards();
int cuda_driver_version();
std::string cuda_architectures();

// Starts a kernel on a stream of the device that holds the arrays, from any thread; throws
// with the driver's words.
void cuda_run(const std::string& name, const Call& call, uint64_t stream);

}  // namespace lava_dl
