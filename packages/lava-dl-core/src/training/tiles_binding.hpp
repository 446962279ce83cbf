// Arrays of Python as calls of kernels of tiles: events, products, windows, fused neurons.
#pragma once

#include "rows_binding.hpp"

namespace lava_dl {

// Adds them to the module.
void bind_tiles(py::module_& module);

}  // namespace lava_dl
