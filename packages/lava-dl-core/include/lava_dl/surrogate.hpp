// Surrogate derivatives of the spike functions.
#pragma once

#include "lava_dl/real.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

#define LAVA_DL_SURROGATES(SHAPE)                                  \
    SHAPE(exponential, "exp(-x)")                                  \
    SHAPE(fast_sigmoid, "1 / (1 + x)^2")                           \
    SHAPE(arctan, "1 / (1 + (pi x / 2)^2)")                        \
    SHAPE(triangle, "max(1 - x / 2, 0)")                           \
    SHAPE(boxcar, "1 up to x = 1, then 0")                         \
    SHAPE(gaussian, "exp(-pi x^2 / 4)")                            \
    SHAPE(straight_through, "1")

enum class Shape : int64_t {
#define LAVA_DL_SHAPE(name, formula) name,
    LAVA_DL_SURROGATES(LAVA_DL_SHAPE)
#undef LAVA_DL_SHAPE
};

// A shape over x = |distance| / tau from the threshold: 1 at 0 and, but for the last, of area 1
// over the positive x.
struct SurrogateShape {
    float tau, slope;
    Shape shape;

    LAVA_DL_HD explicit SurrogateShape(float width, Shape which = Shape::exponential)
        : tau(width), slope(kLog2E / width), shape(which) {}

    template <class Float>
    LAVA_DL_HD Float operator()(Float distance) const {
        if (shape == Shape::exponential) return exp2_of_minus(distance * slope);
        return other(absolute(distance) / tau);
    }

   private:
    template <class Float>
    LAVA_DL_HD Float other(Float x) const {
        const Float zero{}, one = zero + 1.0f;
        switch (shape) {
            case Shape::fast_sigmoid: return one / ((x + 1.0f) * (x + 1.0f));
            case Shape::arctan: return one / (x * x * 2.4674011f + 1.0f);
            case Shape::triangle: return larger(one - x * 0.5f, zero);
            case Shape::boxcar: return select(x > one, zero, one);
            case Shape::gaussian: return exp2_of_minus(x * x * 1.1330901f);
            default: return one;
        }
    }
};

// d spike / d voltage. Ungraded: rate * shape(|v - th|) with rate = scale / 2 / tau;
// graded: rate * shape(max(th - v, 0)) with rate = scale.
template <class Float>
LAVA_DL_HD Float surrogate(Float above, const SurrogateShape& shape, float rate, bool graded) {
    return shape(graded ? select(above < Float{}, above, Float{}) : above) * rate;
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
LAVA_DL_HD PhaseGradient<Float> phase_surrogate(Float above, Float imag,
                                                const SurrogateShape& shape, float scale,
                                                bool graded) {
    float tau = shape.tau, half = 0.5f / tau;
    Float imag_slope = shape(imag);
    Float imag_sign = select(absolute(imag) > Float{}, with_sign(imag_slope, imag), Float{});
    if (graded) {
        Float real_slope = surrogate(above, shape, 1.0f, true);
        Float gate = (sign_of(above) * (Float{} + 1.0f - real_slope * (2.0f * tau)) + 1.0f) * 0.5f;
        return {real_slope * imag_slope * (half * scale), imag_sign * gate * (-scale / tau * half)};
    }
    Float real_slope = shape(above);
    Float gate = with_sign(Float{} + 1.0f - real_slope, above) + 1.0f;
    return {real_slope * imag_slope * (half * half * scale),
            imag_sign * gate * (-scale / tau * half * 0.5f)};
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
