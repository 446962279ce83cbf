// The spike functions and their surrogate derivatives, element by element.
//
// inputs of the real one: voltage, threshold (where it differs by element), gradient;
// of the complex one: real, imag, threshold, gradient. state 0: imag before step 0.
#pragma once

#include "lava_dl/adaptive_threshold.hpp"
#include "program.hpp"
#include "rows.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Applies body(index, load, store) to vectors and then to the rest one by one.
template <class Body>
void each_element(const Call& call, int64_t first, int64_t last, Body body) {
    using Float = Lanes<float, kLanes>;
    int64_t i = first * call.steps, end = last * call.steps;
    for (; i + kLanes <= end; i += kLanes) body(i, Float{});
    for (; i < end; ++i) body(i, 0.0f);
}

template <class Float>
LAVA_DL_HD Float at(const float* from, int64_t i, Float otherwise) {
    if (!from) return otherwise;
    if constexpr (sizeof(Float) == sizeof(float)) return from[i];
    else return Float::load(from + i);
}
template <class Float>
LAVA_DL_HD void put(float* to, int64_t i, Float x) {
    if constexpr (sizeof(Float) == sizeof(float)) to[i] = x;
    else x.store(to + i);
}

inline void spike(const Call& call, int64_t first, int64_t last) {
    bool graded = call.settings.graded;
    float scale = float(call.settings.scale), threshold = float(call.settings.threshold);
    each_element(call, first, last, [&](int64_t i, auto zero) {
        using Float = decltype(zero);
        Float v = at(call.input[0], i, zero), level = at(call.input[1], i, zero + threshold);
        Float sent = graded ? v / scale : zero + 1.0f;
        put(call.output[0], i, select(v >= level, sent, zero));
    });
}

inline void spike_backward(const Call& call, int64_t first, int64_t last) {
    Surrogate slope(call);
    float threshold = float(call.settings.threshold);
    each_element(call, first, last, [&](int64_t i, auto zero) {
        using Float = decltype(zero);
        Float v = at(call.input[0], i, zero), level = at(call.input[1], i, zero + threshold);
        put(call.output[0], i, slope(v - level) * at(call.input[2], i, zero));
    });
}

inline void complex_spike(const Call& call, int64_t first, int64_t last) {
    bool graded = call.settings.graded;
    float scale = float(call.settings.scale), threshold = float(call.settings.threshold);
    for (int64_t r = first; r < last; ++r) {
        float before = call.state[0] ? call.state[0][r] : 0.0f;
        for (int64_t i = r * call.steps; i < (r + 1) * call.steps; ++i) {
            float real = call.input[0][i], imag = call.input[1][i];
            float level = call.input[2] ? call.input[2][i] : threshold;
            // Their signs as integers; NaN crosses nothing.
            int later = -int(!(imag >= 0.0f)), earlier = -int(before < 0.0f);
            bool fired = phase_crossing(real >= level, later, earlier);
            call.output[0][i] = fired ? (graded ? real / scale : 1.0f) : 0.0f;
            before = imag;
        }
    }
}

inline void complex_spike_backward(const Call& call, int64_t first, int64_t last) {
    PhaseSurrogate slope(call);
    float threshold = float(call.settings.threshold);
    each_element(call, first, last, [&](int64_t i, auto zero) {
        using Float = decltype(zero);
        Float real = at(call.input[0], i, zero), imag = at(call.input[1], i, zero);
        Float level = at(call.input[2], i, zero + threshold), g = at(call.input[3], i, zero);
        auto of_spike = slope(real - level, imag);
        put(call.output[0], i, of_spike.real * g);
        put(call.output[1], i, of_spike.imag * g);
    });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
