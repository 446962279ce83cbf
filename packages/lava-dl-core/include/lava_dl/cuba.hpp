// CUBA: leaky current into leaky voltage, which spikes and resets to zero.
#pragma once

#include "lava_dl/leaky_integrator.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// A step leaves the voltage before its reset, which the next one does while it multiplies.
// `reached` decides about it: the voltage, but 0 at the start, where none is due.
template <class Int>
struct CubaState {
    Int current, voltage, reached{};
};

// The factors are 4096 - decay; `reset_level` as `integer_level` gives it.
template <class Int, class Factor = Int>
struct CubaRule {
    Factor current_factor, voltage_factor;
    Int reset_level;
};

// Returns the new voltage; it spikes where that reaches `spike_level`.
template <class Int, class Factor, class Units>
LAVA_DL_HD Int cuba_step(CubaState<Int>& state, const CubaRule<Int, Factor>& rule, Int input,
                         const Units& units) {
    state.current = leaky_step(state.current, rule.current_factor, input);
    Int decayed = decay_multiply(state.voltage, rule.voltage_factor);
    decayed = select(state.reached >= rule.reset_level, Int{}, decayed);
    state.voltage = state.reached = saturate(decayed + units.passed_on(state.current));
    return state.voltage;
}

// The voltage after its reset.
template <class Int, class Factor>
LAVA_DL_HD Int cuba_settled(const CubaState<Int>& state, const CubaRule<Int, Factor>& rule) {
    return select(state.reached >= rule.reset_level, Int{}, state.voltage);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
