// The instruction sets that kernels are compiled for, and the one in use.
#pragma once

#include <string>
#include <vector>

#include "built_sets.hpp"  // their names, which are those of namespaces as well; the best is last
#include "errors.hpp"

namespace lava_dl {

// Those this processor has.
std::vector<std::string> instruction_sets();

// The one to use: `forced`, else that of LAVA_DL_SIMD, else the best. Throws where there is
// none of that name.
std::string chosen_instruction_set(const std::string& forced = "");

// What was compiled for one of them.
template <class T>
struct Build {
    const char* name;
    T value;
};

template <class T, size_t N>
const T& chosen_build(const Build<T> (&builds)[N], const std::string& forced) {
    const std::string name = chosen_instruction_set(forced);
    for (const auto& build : builds)
        if (name == build.name) return build.value;
    refuse("Nothing was compiled for '" + name + "'.");
}

}  // namespace lava_dl
