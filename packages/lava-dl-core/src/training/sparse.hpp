// Dense layers driven by events: only inputs that are not zero are multiplied.
//
// Work goes in tiles of 64 steps that hold [step][output], so that an event adds one
// contiguous row of the transposed weight; the order of sums is that of the inputs.
#pragma once

#include "call.hpp"
#include "rows.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kSparseTile = 64;

// y += factor * x
LAVA_DL_HD void add_scaled(float* y, const float* x, float factor, int64_t count) {
    using Float = Lanes<float, kLanes>;
    Float f(factor);
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
        (Float::load(y + i) + Float::load(x + i) * f).store(y + i);
    for (; i < count; ++i) y[i] += x[i] * factor;
}

// The mask of nonzero values among up to 64 (NaN counts as one).
LAVA_DL_HD uint64_t nonzero_mask(const float* x, int count) {
    uint64_t mask = 0;
    for (int i = 0; i < count; ++i) mask |= uint64_t(x[i] != 0.0f) << i;
    return mask;
}

LAVA_DL_HD int lowest_bit(uint64_t mask) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(mask);
#else
    int i = 0;
    while (!(mask >> i & 1)) ++i;
    return i;
#endif
}

// Calls body(step, value) for each event of a row's tile.
template <class Body>
LAVA_DL_HD void each_event(const float* row, int count, Body body) {
    bool any = false;
    for (int i = 0; i < count; ++i) any |= row[i] != 0.0f;
    if (!any) return;
    for (uint64_t mask = nonzero_mask(row, count); mask; mask &= mask - 1) {
        int step = lowest_bit(mask);
        body(step, row[step]);
    }
}

inline int sparse_tile(const Call& call, int64_t start) {
    int64_t left = call.steps - start;
    return left < kSparseTile ? int(left) : kSparseTile;
}

// rows: N times tiles; channels: inputs; inner: outputs. inputs: x [N, In, T], transposed
// weight [In, Out]; outputs: z [N, Out, T].
inline void sparse_dense(const Call& call, int64_t first, int64_t last) {
    int64_t tiles = (call.steps + kSparseTile - 1) / kSparseTile;
    float* sums = static_cast<float*>(call.scratch);
    for (int64_t item = first; item < last; ++item) {
        int64_t n = item / tiles, start = item % tiles * kSparseTile;
        int count = sparse_tile(call, start);
        memset(sums, 0, sizeof(float) * count * call.inner);
        for (int64_t i = 0; i < call.channels; ++i)
            each_event(call.input[0] + (n * call.channels + i) * call.steps + start, count,
                       [&](int step, float value) {
                           add_scaled(sums + step * call.inner, call.input[1] + i * call.inner,
                                      value, call.inner);
                       });
        float* z = call.output[0] + n * call.inner * call.steps + start;
        for (int64_t o = 0; o < call.inner; ++o)
            for (int k = 0; k < count; ++k) z[o * call.steps + k] = sums[k * call.inner + o];
    }
}

// rows: slices of up to 64 outputs. inputs: x [N, In, T], gradient [N, Out, T];
// outputs: the weight's gradient, transposed and sliced [slice][In][64]. number 0: N.
inline void sparse_dense_weight_gradient(const Call& call, int64_t first, int64_t last) {
    float* turned = static_cast<float*>(call.scratch);
    for (int64_t slice = first; slice < last; ++slice) {
        int64_t from = slice * kSparseTile;
        int width = int(call.inner - from < kSparseTile ? call.inner - from : kSparseTile);
        float* sums = call.output[0] + slice * call.channels * kSparseTile;
        memset(sums, 0, sizeof(float) * call.channels * kSparseTile);
        for (int64_t n = 0; n < int64_t(call.number[0]); ++n)
            for (int64_t start = 0; start < call.steps; start += kSparseTile) {
                int count = sparse_tile(call, start);
                const float* g = call.input[1] + (n * call.inner + from) * call.steps + start;
                for (int o = 0; o < width; ++o)
                    for (int k = 0; k < count; ++k)
                        turned[k * kSparseTile + o] = g[o * call.steps + k];
                for (int64_t i = 0; i < call.channels; ++i)
                    each_event(call.input[0] + (n * call.channels + i) * call.steps + start,
                               count, [&](int step, float value) {
                                   add_scaled(sums + i * kSparseTile,
                                              turned + step * kSparseTile, value, width);
                               });
            }
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
