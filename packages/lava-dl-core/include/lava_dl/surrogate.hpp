// Surrogate derivatives of the spike functions.
#pragma once

#include "lava_dl/real.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// d spike / d voltage. Ungraded: rate * exp(-|v - th| / tau) with rate = scale / 2 / tau;
// graded: rate * exp(min(v - th, 0) / tau) with rate = scale. `slope` is -1 / tau.
template <class Float>
LAVA_DL_HD Float surrogate(Float above, float slope, float rate, bool graded) {
    Float distance = graded ? select(above < Float{}, Float{} - above, Float{}) : absolute(above);
    return exp_decreasing(distance * slope) * rate;
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
    float half = 0.5f / tau, slope = -1.0f / tau;
    Float real_slope = surrogate(above, slope, graded ? 1.0f : half, graded);
    Float imag_slope = exp_decreasing(absolute(imag) * slope) * half;
    Float gate = (sign_of(above) * (Float{} + 1.0f - real_slope * (2.0f * tau)) + 1.0f) * 0.5f;
    return {real_slope * imag_slope * scale, sign_of(imag) * imag_slope * gate * (-scale / tau)};
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
