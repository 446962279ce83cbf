// ALIF: leaky current into leaky voltage under an adaptive threshold; no reset.
#pragma once

#include "lava_dl/adaptive_threshold.hpp"
#include "lava_dl/leaky_integrator.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <class Int>
struct AlifState {
    Int current, voltage;
    AdaptiveState<Int> adaptive;
};

template <class Int>
struct AlifRule {
    Int current_keep, voltage_keep;
    AdaptiveRule<Int> adaptive;
};

// Returns threshold and refractory state the voltage is compared with in this step.
template <class Int, class Scale>
LAVA_DL_HD AdaptiveState<Int> alif_step(AlifState<Int>& state, const AlifRule<Int>& rule,
                                        Int input, const Scale& scale) {
    state.current = leaky_step(state.current, rule.current_keep, input);
    state.voltage = leaky_step(state.voltage, rule.voltage_keep, scale.relay(state.current));
    AdaptiveState<Int> now = adaptive_decay(state.adaptive, rule.adaptive);
    auto fired = scale.relay(state.voltage) >= adaptive_level(now);
    state.adaptive = adaptive_fire(now, rule.adaptive, fired);
    return now;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
