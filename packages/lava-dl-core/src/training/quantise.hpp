// Weights rounded to steps within limits, and the gradient that passes inside of them.
#pragma once

#include "values.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Half to even; numbers from 2^22 on are whole already or lose half a step at most.
template <class Float>
LAVA_DL_HD Float round_even(Float x) {
    Float magic = Float{} + 12582912.0f;  // 1.5 * 2^23 leaves no bits for fractions
    Float small = Float{} + 4194304.0f;
    return select(absolute(x) < small, (x + magic) - magic, x);
}

// taps: step, low, high.
template <class Float>
LAVA_DL_HD Float quantised(const float* rule, Float x) {
    return round_even(x / (Float{} + rule[0])) * rule[0];
}

template <class Float>
LAVA_DL_HD Float limited(const float* rule, Float y) {
    Float low = Float{} + rule[1], high = Float{} + rule[2];
    return select(y < low, low, select(y > high, high, y));
}

// The gradient where the rounded weight is within the limits, zero elsewhere.
template <class Float>
LAVA_DL_HD Float passed(const float* rule, Float y, Float grad) {
    Float low = Float{} + rule[1], high = Float{} + rule[2];
    return select(y >= low, select(y > high, Float{}, grad), Float{});
}

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
