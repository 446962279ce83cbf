// Surrogate derivatives of the spike functions.
#pragma once

#include "lava_dl/real.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// d spike / d voltage. Ungraded: rate * exp(-|v - th| / tau) with rate = scale / 2 / tau;
// graded: rate * exp(min(v - th, 0) / tau) with rate = scale. `slope` is -log2(e) / tau.
template <class Float>
LAVA_DL_HD Float surrogate(Float above, float slope, float rate, bool graded) {
    Float distance = graded ? select(above < Float{}, Float{} - above, Float{}) : absolute(above);
    return exp2_decreasing(distance * slope) * rate;
}

template <class Float>
LAVA_DL_HD Float sign_of(Float x) {
    Float one = Float{} + 1.0f;
    return select(x > Float{}, one, select(x < Float{}, Float{} - one, Float{}));
}

template <class Float>
struct PhaseGradient {
    Float real, imag;
};

// Derivatives of the phase-crossing spike; `above` is real - threshold.
template <class Float>
LAVA_DL_HD PhaseGradient<Float> phase_surrogate(Float above, Float imag, float tau, float scale,
                                                bool graded) {
    float half = 0.5f / tau, slope = -kLog2E / tau;
    Float size = absolute(imag), imag_slope = exp2_decreasing(size * slope);
    Float imag_sign = select(size > Float{}, with_sign(imag_slope, imag), Float{});
    if (graded) {
        Float real_slope = surrogate(above, slope, 1.0f, true);
        Float gate = (sign_of(above) * (Float{} + 1.0f - real_slope * (2.0f * tau)) + 1.0f) * 0.5f;
        return {real_slope * imag_slope * (half * scale), imag_sign * gate * (-scale / tau * half)};
    }
    Float real_slope = exp2_decreasing(absolute(above) * slope);
    Float gate = with_sign(Float{} + 1.0f - real_slope, above) + 1.0f;
    return {real_slope * imag_slope * (half * half * scale),
            imag_sign * gate * (-scale / tau * half * 0.5f)};
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
