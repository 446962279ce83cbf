// One step of lava-nc 0.10's fixed-point LIF: the current wraps, the voltage clips.
#pragma once

#include "lava_dl/lava/integers.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// The factors are 4096 - decay; `bias` and `threshold` count in the voltage's units.
// Returns whether the neuron fires, which is where the voltage is above the threshold.
LAVA_DL_HD bool lava_lif_step(int32_t& current, int32_t& voltage, int32_t current_factor,
                              int32_t voltage_factor, int32_t bias, int32_t threshold,
                              int32_t input) {
    int32_t u = wrapping_add(decay_multiply(current, current_factor), scaled_input(input));
    u = wrapping_add(u, u > kLavaLimit ? -2 * kLavaLimit : u <= -kLavaLimit ? 2 * kLavaLimit : 0);
    current = u;
    int32_t v = lava_clip(wrapping_add(decay_multiply(voltage, voltage_factor), wrapping_add(u, bias)));
    bool fired = v > threshold;
    voltage = fired ? 0 : v;
    return fired;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
