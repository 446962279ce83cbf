// Sums over windows of each channel by itself, and their adjoint: a thread a step of a row.
#pragma once

#include "grid.hpp"
#include "window_geometry.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kStepsAtOnce = 4;  // whose loads are issued before the first is waited for

// A row of output 0 at the steps `first`, `first + stride`, ...: taps add in C order.
template <class P>
LAVA_DL_HD void window_row(const Call& call, int64_t row, int64_t first, int stride) {
    const int64_t *from = P::from(call.geometry), *to = P::to(call.geometry);
    const int64_t item = row / call.inner, steps = call.steps;
    const uint32_t place = uint32_t(row - item * call.inner), width = uint32_t(to[1]);
    const float* values = call.input[0] + item * from[0] * from[1] * steps;
    for (int64_t t = first; t < steps; t += kStepsAtOnce * stride) {
        float sum[kStepsAtOnce] = {};
        P::each(call.geometry, place / width, place % width, [&](int64_t tap, int64_t y, int64_t x) {
            const float* at = values + (y * from[1] + x) * steps + t;
            const float factor = call.coefficients[tap];
#pragma unroll
            for (int k = 0; k < kStepsAtOnce; ++k)
                sum[k] = sum[k] + (t + k * stride < steps ? at[k * stride] : 0.0f) * factor;
        });
#pragma unroll
        for (int k = 0; k < kStepsAtOnce; ++k)
            if (t + k * stride < steps) call.output[0][row * steps + t + k * stride] = sum[k];
    }
}

template <class P>
__device__ void window_rows(const Call& call) {
    const int lanes = row_lanes(call.steps);
    const int64_t thread = int64_t(blockIdx.x) * kThreads + threadIdx.x, row = thread / lanes;
    if (row < call.rows) window_row<P>(call, row, thread % lanes, lanes);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
