// Delay and FIR filter along time, row by row.
#pragma once

#include "lava_dl/delay.hpp"
#include "lava_dl/fir.hpp"
#include "program.hpp"
#if !defined(__CUDACC__)
#include "rows.hpp"
#endif

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

// Adds to the total sum_s x[s] (G[s + 1] - G[s]) with G[s] = g[s + by], 0 past the last, over
// the tiles of [begin, end): the delay's gradient, where x[0] is the first that a delay below 0
// leaves. Sums of 16 steps are added up, as where lanes run beside each other (`delay_lanes`);
// silent ones are passed over.
LAVA_DL_HD double delay_tiles(const float* x, const float* g, int64_t steps, int64_t by,
                              int64_t begin, int64_t end, double total) {
    int64_t first = by < 0 ? -by : 0, last = by > 0 ? steps - by : steps;
    if (begin < first) begin = first / kTile * kTile;
    if (end < last) last = end;
    for (int64_t tile = begin; tile < last; tile += kTile) {
        int64_t s = tile < first ? first : tile, until = tile + kTile < last ? tile + kTile : last;
        int32_t any = 0;
        for (int64_t k = s; k < until; ++k) any |= x[k] != 0.0f;
        if (!any) continue;
        float sum = 0.0f;
        for (; s < until; ++s) {
            float next = s + 1 + by < steps ? g[s + 1 + by] : 0.0f;
            sum += x[s] * (next - g[s + by]);
        }
        total += sum;
    }
    return total;
}

LAVA_DL_HD double delay_sum(const float* x, const float* g, int64_t steps, int64_t by) {
    return delay_tiles(x, g, steps, by, 0, steps, 0.0);
}

#if !defined(__CUDACC__)
// Rows that go as one vector, each with its delay.
struct DelayedRows {
    const float *x[kLanes], *g[kLanes];
    int64_t by[kLanes], steps;

    // The sums of `delay_sum`: of tiles that are whole in all rows together.
    void sum(double* total) const {
        int64_t first = 0, most = 0;
        for (int64_t each : by) {
            if (-each > first) first = -each;
            if (each > most) most = each;
        }
        int64_t begin = (first + kTile - 1) / kTile * kTile, end = (steps - 1 - most) / kTile * kTile;
        if (end < begin) begin = end = 0;
        for (int i = 0; i < kLanes; ++i)
            total[i] = delay_tiles(x[i], g[i], steps, by[i], 0, begin, 0.0);
        if (begin < end) sum_whole(begin, end, total);
        for (int i = 0; i < kLanes; ++i)
            total[i] = delay_tiles(x[i], g[i], steps, by[i], end, steps, total[i]);
    }

  private:
    using Float = Lanes<float, kLanes>;

    void sum_whole(int64_t begin, int64_t end, double* total) const {
        float starts[kLanes];
        for (int i = 0; i < kLanes; ++i) starts[i] = g[i][begin + by[i]];
        Float now = Float::load(starts);
        auto sums = Lanes<double, kLanes>::load(total);
        for (int64_t tile = begin; tile < end; tile += kTile) {
            Float sum{};
            Lanes<int32_t, kLanes> any{};
            for (int64_t s = tile; s < tile + kTile; s += 4) {
                Float value[4], next[4];
                load_four_of([&](int i) { return x[i] + s; }, value);
                load_four_of([&](int i) { return g[i] + by[i] + s + 1; }, next);
                LAVA_DL_UNROLL
                for (int k = 0; k < 4; ++k) {
                    sum = sum + value[k] * (next[k] - now);
                    any = any | float_to_bits(value[k]);
                    now = next[k];
                }
            }
            sums = sums + widen(select((any & 0x7fffffff) > 0, sum, Float{}));
        }
        sums.store(total);
    }
};

// Gradients of the delays of rows [first, last), at most a vector's worth.
inline void delay_gradients_of(const Call& call, int64_t first, int64_t last) {
    DelayedRows rows{};
    rows.steps = call.steps;
    for (int64_t r = first; r < last; ++r) {
        const int i = int(r - first);
        rows.g[i] = call.input[0] + r * call.steps;
        rows.x[i] = call.input[1] + r * call.steps;
        rows.by[i] = row_delay(call, r);
    }
    double* sums = call.row_gradient[0] + first;
    if (last - first == kLanes) return rows.sum(sums);
    for (int64_t i = 0; i < last - first; ++i)
        sums[i] = delay_sum(rows.x[i], rows.g[i], call.steps, rows.by[i]);
}

// inputs: gradient, and x where the delay wants its gradient.
inline void delay_backward(const Call& call, int64_t first, int64_t last) {
    for (; first < last; first += kLanes) {
        const int64_t end = first + kLanes < last ? first + kLanes : last;
        for (int64_t r = first; r < end && call.output[0]; ++r)
            shift_row(call.input[0] + r * call.steps, call.output[0] + r * call.steps, call.steps,
                      -row_delay(call, r));
        if (!call.row_gradient[0]) continue;
        for (int64_t i = 0; i < kLanes * call.steps; i += kTile)
            prefetch(call.input[1] + end * call.steps + i, false);
        delay_gradients_of(call, first, end);
    }
}
#endif

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
