// Delay and FIR filter along time, row by row.
#pragma once

#include "lava_dl/delay.hpp"
#include "lava_dl/fir.hpp"
#include "program.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

LAVA_DL_HD int64_t row_delay(const Call& call, int64_t row) {
    int64_t channel = row / call.inner % call.channels;
    float delay = call.decay[0][channel * call.decay_stride[0]];
    return delay_steps(delay, float(call.number[kScale]), call.steps);
}

// to[t] = from[t - by], zero where there is none; |by| <= steps.
inline void shift_row(const float* from, float* to, int64_t steps, int64_t by) {
    int64_t lead = by > 0 ? by : 0, tail = by < 0 ? -by : 0;
    memset(to, 0, sizeof(float) * lead);
    memcpy(to + lead, from + tail, sizeof(float) * (steps - lead - tail));
    memset(to + steps - tail, 0, sizeof(float) * tail);
}

// decay 0: the delay; number kScale: the sampling time.
inline void delay(const Call& call, int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r)
        shift_row(call.input[0] + r * call.steps, call.output[0] + r * call.steps, call.steps,
                  row_delay(call, r));
}

// sum of g[t] (x[t - 1] - x[t]) in 16 lanes and tiles of 256 steps, for all instruction sets.
LAVA_DL_HD double delay_sum_inside(const float* x, const float* g, int64_t count) {
    double total = 0.0;
    for (int64_t start = 0; start < count; start += 256) {
        int64_t end = start + 256 < count ? start + 256 : count, t = start;
        float sums[16] = {};
        for (; t + 16 <= end; t += 16)
            for (int i = 0; i < 16; ++i) sums[i] += g[t + i] * (x[t + i - 1] - x[t + i]);
        for (int i = 0; t + i < end; ++i) sums[i] += g[t + i] * (x[t + i - 1] - x[t + i]);
        for (int i = 0; i < 16; ++i) total += sums[i];
    }
    return total;
}

// sum_t g[t] (y[t-1] - y[t]) with y[t] = x[t-d] and y[-1] = 0: the delay's gradient.
LAVA_DL_HD double delay_sum(const float* x, const float* g, int64_t steps, int64_t by) {
    int64_t first = by > 0 ? by : 0, last = by < 0 ? steps + by : steps;
    if (first >= last) return 0.0;
    const float* moved = x + (first - by);
    double total = -double(g[first]) * moved[0];
    if (last < steps) total += double(g[last]) * moved[last - first - 1];
    return total + delay_sum_inside(moved + 1, g + first + 1, last - first - 1);
}

// inputs: gradient, and x where the delay wants its gradient.
inline void delay_backward(const Call& call, int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
        const float* g = call.input[0] + r * call.steps;
        int64_t by = row_delay(call, r);
        if (call.output[0]) shift_row(g, call.output[0] + r * call.steps, call.steps, -by);
        if (call.row_gradient[0])
            call.row_gradient[0][r] = delay_sum(call.input[1] + r * call.steps, g, call.steps, by);
    }
}

// Adds tap * x, shifted, to y for the steps both cover.
inline void add_tap(const float* x, float* y, int64_t steps, float tap, int64_t shift) {
    int64_t lead = shift > 0 ? shift : 0, tail = shift < 0 ? -shift : 0;
    for (int64_t t = lead; t < steps - tail; ++t) y[t] += x[t - shift] * tap;
}

// level 0: number of taps; level 1: -1 for the filter, +1 for the correlation. Sums run
// over the taps in order, as `fir_step` does for one step.
inline void fir(const Call& call, int64_t first, int64_t last) {
    float sampling_time = float(call.number[kScale]);
    int64_t count = call.level[0] < call.steps ? call.level[0] : call.steps;
    for (int64_t r = first; r < last; ++r) {
        const float* x = call.input[0] + r * call.steps;
        float* y = call.output[0] + r * call.steps;
        memset(y, 0, sizeof(float) * call.steps);
        for (int64_t i = 0; i < count; ++i)
            add_tap(x, y, call.steps, call.taps[i], -call.level[1] * i);
        for (int64_t t = 0; t < call.steps; ++t) y[t] *= sampling_time;
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
