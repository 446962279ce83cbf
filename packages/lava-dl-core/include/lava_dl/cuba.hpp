// CUBA: leaky current into leaky voltage, which spikes and resets to zero.
#pragma once

#include "lava_dl/leaky_integrator.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <class Int>
struct CubaState {
    Int current, voltage;
};

// The two `keep` are 4096 - decay; `reset_level` as `integer_level` gives it.
template <class Int>
struct CubaRule {
    Int current_keep, voltage_keep, reset_level;
};

// Returns the voltage before its reset; it spikes where that reaches `spike_level`.
template <class Int, class Scale>
LAVA_DL_HD Int cuba_step(CubaState<Int>& state, const CubaRule<Int>& rule, Int input,
                         const Scale& scale) {
    state.current = leaky_step(state.current, rule.current_keep, input);
    Int voltage = leaky_step(state.voltage, rule.voltage_keep, scale.relay(state.current));
    state.voltage = reset_to_zero(voltage, rule.reset_level);
    return voltage;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
