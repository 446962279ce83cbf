// Finds kernels by name and runs them, their rows or tiles shared by threads.
#pragma once

#include <string>
#include <vector>

#include "call.hpp"

namespace lava_dl {

// The kernel of that name for an instruction set ("" for the default); throws if there is none.
const Entry& find_kernel(const std::string& name, const std::string& simd);
std::vector<std::string> kernel_names();

void run(const Entry& kernel, const Call& call);

// The same for a kernel of tiles.
void run_tiles(const Entry& kernel, const Call& call);

}  // namespace lava_dl
