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

// The two `keep` are 4096 - decay; `reset_level` as `integer_level` gives it.
template <class Int>
struct CubaRule {
    Int current_keep, voltage_keep, reset_level;
};

// Returns the new voltage; it spikes where that reaches `spike_level`.
template <class Int, class Scale>
LAVA_DL_HD Int cuba_step(CubaState<Int>& state, const CubaRule<Int>& rule, Int input,
                         const Scale& scale) {
    state.current = leaky_step(state.current, rule.current_keep, input);
    Int kept = decay_multiply(state.voltage, rule.voltage_keep);
    kept = select(state.reached >= rule.reset_level, Int{}, kept);
    state.voltage = state.reached = saturate(kept + scale.relay(state.current));
    return state.voltage;
}

// The voltage after its reset.
template <class Int>
LAVA_DL_HD Int cuba_settled(const CubaState<Int>& state, const CubaRule<Int>& rule) {
    return select(state.reached >= rule.reset_level, Int{}, state.voltage);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
