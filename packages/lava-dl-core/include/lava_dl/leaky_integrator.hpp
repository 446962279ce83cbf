// Leaky integrator: y[t] = trunc(y[t-1] (4096 - decay) / 4096) + x[t].
#pragma once

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// `decay_factor` is 4096 - decay.
template <class Int, class Factor>
LAVA_DL_HD Int leaky_step(Int state, Factor decay_factor, Int input) {
    return saturate(decay_multiply(state, decay_factor) + input);
}

// A state that reached the level starts the next step at zero.
template <class Int>
LAVA_DL_HD Int reset_to_zero(Int state, Int level) {
    return select(state >= level, Int{}, state);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
