// A weight rounded to steps within limits, and the gradient that passes inside of them.
#pragma once

#include "lava_dl/real.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Half to even; numbers from 2^22 on are whole already or lose half a step at most.
template <class Float>
LAVA_DL_HD Float round_even(Float x) {
    Float magic = Float{} + 12582912.0f;  // 1.5 * 2^23 leaves no bits for fractions
    Float small = Float{} + 4194304.0f;
    return select(absolute(x) < small, (x + magic) - magic, x);
}

// rule: step, low, high.
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

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
