// Resonate and fire: RF spikes at the phase crossing, RF-IZ where imag reaches threshold.
#pragma once

#include "lava_dl/adaptive_threshold.hpp"
#include "lava_dl/resonator.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// One step of RF; true where it spikes. `level` as `spike_level` gives it; `before` holds
// the imag (its sign matters) of the step before, which may be finer than the state.
template <class Int, class Factor>
LAVA_DL_HD auto rf_step(ResonatorState<Int>& state, Int& before,
                        const ResonatorRule<Int, Factor>& rule, Int level, Int real_input,
                        Int imag_input) {
    state = resonator_step(state, rule, real_input, imag_input);
    auto fired = phase_crossing(state.real >= level, state.imag, before);
    before = state.imag;
    return fired;
}

// One step of RF-IZ; returns the oscillator before its reset to (0, rest).
template <class Int, class Factor, class Units>
LAVA_DL_HD ResonatorState<Int> rf_iz_step(ResonatorState<Int>& state,
                                          const ResonatorRule<Int, Factor>& rule, Int reset_level,
                                          Int rest, Int real_input, Int imag_input,
                                          const Units& units) {
    ResonatorState<Int> now = resonator_step(state, rule, real_input, imag_input);
    state = resonator_reset(now, reset_level, rest, units);
    return now;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
