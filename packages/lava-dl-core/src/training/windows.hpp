// Sums over windows of each channel by itself, and their adjoint: taps add in C order.
#pragma once

#include "sparse.hpp"
#include "window_geometry.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// y = 0 + factor * x where `first`, else y += factor * x
LAVA_DL_HD void put_scaled(bool first, float* y, const float* x, float factor, int64_t count) {
    using Float = Lanes<float, kLanes>;
    if (!first) return add_scaled(y, x, factor, count);
    Float f(factor);
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) (Float{} + Float::load(x + i) * f).store(y + i);
    for (; i < count; ++i) y[i] = 0.0f + x[i] * factor;
}

// items: N times C. inputs: image [N, C, H, W, T]; outputs: [N, C, H', W', T].
inline void window_sum(const Call& call, int64_t first, int64_t last) {
    const int64_t *size = call.geometry.size, *windows = call.geometry.windows;
    for (int64_t item = first; item < last; ++item) {
        const float* image = call.input[0] + item * size[0] * size[1] * call.steps;
        float* out = call.output[0] + item * windows[0] * windows[1] * call.steps;
        for (int64_t line = 0; line < windows[0]; ++line)
            for (int64_t column = 0; column < windows[1]; ++column, out += call.steps) {
                bool none = true;
                each_position(call.geometry, line, column, [&](int64_t tap, int64_t y, int64_t x) {
                    put_scaled(none, out, image + (y * size[1] + x) * call.steps, call.coefficients[tap],
                               call.steps);
                    none = false;
                });
                if (none) memset(out, 0, sizeof(float) * call.steps);
            }
    }
}

// items: N times C. inputs: values [N, C, H', W', T]; outputs: image [N, C, H, W, T].
inline void window_spread(const Call& call, int64_t first, int64_t last) {
    const int64_t *size = call.geometry.size, *windows = call.geometry.windows;
    for (int64_t item = first; item < last; ++item) {
        const float* values = call.input[0] + item * windows[0] * windows[1] * call.steps;
        float* out = call.output[0] + item * size[0] * size[1] * call.steps;
        for (int64_t y = 0; y < size[0]; ++y)
            for (int64_t x = 0; x < size[1]; ++x, out += call.steps) {
                bool none = true;
                each_window(call.geometry, y, x, [&](int64_t tap, int64_t line, int64_t column) {
                    put_scaled(none, out, values + (line * windows[1] + column) * call.steps,
                               call.coefficients[tap], call.steps);
                    none = false;
                });
                if (none) memset(out, 0, sizeof(float) * call.steps);
            }
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
