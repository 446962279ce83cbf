// Resonator: a decaying rotation of (real, imag), each of the four products truncated.
#pragma once

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <class Int>
struct ResonatorState {
    Int real, imag;
};

template <class Int, class Factor = Int>
struct ResonatorRule {
    Factor sin_decay, cos_decay;
};

template <class Int, class Factor>
LAVA_DL_HD ResonatorState<Int> resonator_step(const ResonatorState<Int>& state,
                                              const ResonatorRule<Int, Factor>& rule,
                                              Int real_input, Int imag_input) {
    Int real = signed_multiply(state.real, rule.cos_decay) -
               signed_multiply(state.imag, rule.sin_decay) + real_input;
    Int imag = signed_multiply(state.real, rule.sin_decay) +
               signed_multiply(state.imag, rule.cos_decay) + imag_input;
    return {saturate(real), saturate(imag)};
}

// Izhikevich's reset: where imag reached `level`, real becomes 0 and imag `rest`.
template <class Int, class Units>
LAVA_DL_HD ResonatorState<Int> resonator_reset(const ResonatorState<Int>& state, Int level,
                                               Int rest, const Units& units) {
    auto fired = state.imag >= level;
    return {select(fired, Int{}, state.real), select(fired, rest, units.rounded(state.imag))};
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
