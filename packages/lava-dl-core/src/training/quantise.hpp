// Weights rounded to steps within limits, and the gradient that passes inside of them.
#pragma once

#include "lava_dl/quantise.hpp"
#include "values.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// rows: weights. inputs: weights; taps: step, low, high.
inline void quantise(const Call& call, int64_t first, int64_t last) {
    each_value(call, first, last, [&](auto load) {
        return limited(call.coefficients, quantised(call.coefficients, load(call.input[0])));
    });
}

// inputs: weights, gradient.
inline void quantise_backward(const Call& call, int64_t first, int64_t last) {
    each_value(call, first, last, [&](auto load) {
        return passed(call.coefficients, quantised(call.coefficients, load(call.input[0])), load(call.input[1]));
    });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
