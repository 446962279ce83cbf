// Sigma accumulates what Delta sends: only changes that reach a threshold.
#pragma once

#include "lava_dl/fixed_point.hpp"
#include "lava_dl/real.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// The running sum is kept in double and read in float32.
template <class Double, class Float>
LAVA_DL_HD Double sigma_step(Double sum, Float input) {
    return sum + widen(input);
}

template <class Float>
struct DeltaState {
    Float before, residual, error;
};

// Returns the change (before + residual considered) in `change` and what is sent of it.
// `cumulative` compares the error, the sum of changes, which is summed where `sums_error`.
template <class Float>
LAVA_DL_HD Float delta_step(DeltaState<Float>& state, Float input, Float threshold,
                            bool cumulative, bool sums_error, Float& change) {
    change = (input - state.before) + state.residual;
    if (sums_error) state.error = state.error + change;
    auto sent = absolute(cumulative ? state.error : change) >= threshold;
    Float output = select(sent, change, Float{});
    state.error = select(absolute(output) > Float{}, Float{}, state.error);
    state.residual = change - output;
    state.before = input;
    return output;
}

// The activation ReLU; NaN stays.
template <class Float>
LAVA_DL_HD Float rectify(Float x) {
    return select(x < Float{}, Float{}, x);
}

// floor(y / step) * step with step = float32(1 / scale).
template <class Float>
LAVA_DL_HD Float delta_round(Float output, Float step) {
    return round_down(output / step) * step;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
