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

// items: N times C. For P = WindowSum inputs are images [N, C, H, W, T] and outputs their windows
// [N, C, H', W', T], for WindowSpread the other way.
template <class P>
void window_rows(const Call& call, int64_t first, int64_t last) {
    const auto &from = P::from(call.geometry), &to = P::to(call.geometry);
    const int64_t steps = call.steps;
    for (int64_t item = first; item < last; ++item) {
        const float* values = call.input[0] + item * product_of(from) * steps;
        float* out = call.output[0] + item * product_of(to) * steps;
        for (int64_t line = 0; line < to[0]; ++line)
            for (int64_t column = 0; column < to[1]; ++column, out += steps) {
                bool none = true;
                P::each(call.geometry, line, column, [&](int64_t tap, int64_t y, int64_t x) {
                    put_scaled(none, out, values + (y * from[1] + x) * steps,
                               call.coefficients[tap], steps);
                    none = false;
                });
                if (none) memset(out, 0, sizeof(float) * steps);
            }
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
