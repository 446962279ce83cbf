// Errors of arguments.
#pragma once

#include <stdexcept>
#include <string>

namespace lava_dl {

[[noreturn]] inline void refuse(const std::string& what) { throw std::invalid_argument(what); }

}  // namespace lava_dl
