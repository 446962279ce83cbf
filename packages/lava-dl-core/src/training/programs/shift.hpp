// Delay and FIR filter along time, row by row.
#pragma once

#include "lava_dl/delay.hpp"
#include "lava_dl/fir.hpp"
#include "program.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

LAVA_DL_HD int64_t row_delay(const Call& call, int64_t row) {
    int64_t channel = row / call.inner % call.channels;
    float delay = call.parameter[0][channel * call.parameter_stride[0]];
    return delay_steps(delay, float(call.settings.sampling_time), call.steps);
}

// to[t] = from[t - by], zero where there is none; |by| <= steps.
inline void shift_row(const float* from, float* to, int64_t steps, int64_t by) {
    int64_t lead = by > 0 ? by : 0, tail = by < 0 ? -by : 0;
    memset(to, 0, sizeof(float) * lead);
    memcpy(to + lead, from + tail, sizeof(float) * (steps - lead - tail));
    memset(to + steps - tail, 0, sizeof(float) * tail);
}

// decay 0: the delay.
inline void delay(const Call& call, int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r)
        shift_row(call.input[0] + r * call.steps, call.output[0] + r * call.steps, call.steps,
                  row_delay(call, r));
}

// sum_s x[s] (G[s + 1] - G[s]) with G[s] = g[s + by], 0 past the last: the delay's gradient,
// where x[0] is the first that a delay below 0 leaves. Sums of 16 steps are added up, as where
// lanes run beside each other (`delay_lanes`); silent ones are passed over.
LAVA_DL_HD double delay_sum(const float* x, const float* g, int64_t steps, int64_t by) {
    int64_t first = by < 0 ? -by : 0, last = by > 0 ? steps - by : steps;
    double total = 0.0;
    for (int64_t tile = first / kTile * kTile; tile < last; tile += kTile) {
        int64_t s = tile < first ? first : tile, end = tile + kTile < last ? tile + kTile : last;
        int32_t any = 0;
        for (int64_t k = s; k < end; ++k) any |= x[k] != 0.0f;
        if (!any) continue;
        float sum = 0.0f;
        for (; s < end; ++s) {
            float next = s + 1 + by < steps ? g[s + 1 + by] : 0.0f;
            sum += x[s] * (next - g[s + by]);
        }
        total += sum;
    }
    return total;
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

// Sums run over the taps in order, as `fir_step` does for one step.
inline void fir(const Call& call, int64_t first, int64_t last) {
    float sampling_time = float(call.settings.sampling_time);
    int64_t count = call.coefficient_rows < call.steps ? call.coefficient_rows : call.steps;
    for (int64_t r = first; r < last; ++r) {
        const float* x = call.input[0] + r * call.steps;
        float* y = call.output[0] + r * call.steps;
        memset(y, 0, sizeof(float) * call.steps);
        for (int64_t i = 0; i < count; ++i)
            add_tap(x, y, call.steps, call.coefficients[i], call.settings.correlates ? -i : i);
        for (int64_t t = 0; t < call.steps; ++t) y[t] *= sampling_time;
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
