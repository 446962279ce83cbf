// Delay and FIR filter along time, row by row.
#pragma once

#include "lava_dl/delay.hpp"
#include "lava_dl/fir.hpp"
#include "program.hpp"
#if !defined(__CUDACC__)
#include <cmath>

#include "rows.hpp"
#endif

namespace lava_dl {
inline namespace LAVA_DL_ABI {

LAVA_DL_HD int64_t row_delay(const Call& call, int64_t row) {
    int64_t channel = row / call.inner % call.channels;
    float delay = call.parameter[0][channel * call.parameter_stride[0]];
    return delay_steps(delay, float(call.settings.sampling_time), call.steps);
}

#if !defined(__CUDACC__)
// to[t] = from[t - by], zero where there is none; |by| <= steps. In pieces, because memcpy of
// a whole row may begin at its end, which is slow where the row isn't cached.
inline void shift_row(const float* from, float* to, int64_t steps, int64_t by) {
    constexpr int64_t piece = 32;
    int64_t lead = by > 0 ? by : 0, tail = by < 0 ? -by : 0, count = steps - lead - tail;
    memset(to, 0, sizeof(float) * lead);
    float* at = to + lead;
    for (from += tail; count >= piece; count -= piece, from += piece, at += piece)
        memcpy(at, from, sizeof(float) * piece);
    memcpy(at, from, sizeof(float) * count);
    memset(to + steps - tail, 0, sizeof(float) * tail);
}

// decay 0: the delay.
inline void delay(const Call& call, int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r)
        shift_row(call.input[0] + r * call.steps, call.output[0] + r * call.steps, call.steps,
                  row_delay(call, r));
}

// The delay's gradient sum_s x[s] (G[s + 1] - G[s]) with G[s] = g[s + by], 0 past the last, where
// x[0] is the first that a delay below 0 leaves. Sums of 16 steps are added up, as where lanes
// run beside each other (`delay_lanes`); silent ones are passed over.
struct DelaySum {
    static constexpr int tiles = kLanes < 8 ? kLanes : 8;  // 7 hold 100 steps, 63 hold 1000
    using Float = Lanes<float, tiles>;
    const float *x, *g;
    int64_t steps, by;
    int64_t first = by < 0 ? -by : 0, last = by > 0 ? steps - by : steps;

    double total() const {
        const double total = sum<false>();
        return std::isfinite(total) ? total : sum<true>();
    }

  private:
    // A silent tile adds 0 by itself but for gradients that aren't finite.
    template <bool AsksForSilence>
    double sum() const {
        double total = 0.0;
        for (int64_t group = first / kTile * kTile; group < last; group += tiles * kTile) {
            alignas(64) float terms[tiles * kTile];
            float sums[tiles];
            const int whole = AsksForSilence ? 0 : at_most((last - 1 - group) / kTile, tiles);
            int i = 0;
            if (group < first) put_some<AsksForSilence>(group, terms + kTile * i++);
            for (; i < whole; ++i) put_terms(group + i * kTile, terms + i * kTile);
            for (; i < tiles; ++i) put_some<AsksForSilence>(group + i * kTile, terms + i * kTile);
            add_up(terms).store(sums);
            for (float each : sums) total += each;
        }
        return total;
    }
    void put_terms(int64_t tile, float* terms) const {
        const float* at = g + tile + by;
        for (int i = 0; i < kTile; i += tiles)
            (Float::load(x + tile + i) * (Float::load(at + i + 1) - Float::load(at + i))).store(terms + i);
    }
    template <bool AsksForSilence>
    void put_some(int64_t tile, float* terms) const {
        memset(terms, 0, sizeof(float) * kTile);
        int64_t s = tile < first ? first : tile, until = tile + kTile < last ? tile + kTile : last;
        bool any = !AsksForSilence;
        for (int64_t k = s; AsksForSilence && k < until; ++k) any |= x[k] != 0.0f;
        for (; any && s < until; ++s)
            terms[s - tile] = x[s] * ((s + 1 + by < steps ? g[s + 1 + by] : 0.0f) - g[s + by]);
    }
    // Sums of tiles that are neighbours.
    static Float add_up(const float* terms) {
        Float sum{};
        for (int part = 0; part < kTile; part += tiles) {
            Float term[tiles];
            LAVA_DL_UNROLL
            for (int i = 0; i < tiles; ++i) term[i] = Float::load(terms + i * kTile + part);
            transpose(term);
            LAVA_DL_UNROLL
            for (int i = 0; i < tiles; ++i) sum = sum + term[i];
        }
        return sum;
    }
};

// inputs: gradient, and x where the delay wants its gradient.
inline void delay_backward(const Call& call, int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
        const int64_t at = r * call.steps, by = row_delay(call, r);
        if (call.output[0]) shift_row(call.input[0] + at, call.output[0] + at, call.steps, -by);
        if (call.row_gradient[0])
            call.row_gradient[0][r] =
                DelaySum{call.input[1] + at, call.input[0] + at, call.steps, by}.total();
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
#endif

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
