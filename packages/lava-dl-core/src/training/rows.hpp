// A block of rows: gathers per-row values and moves tiles of 16 steps, transposed.
#pragma once

#include "arithmetic.hpp"
#include "call.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kLanes = LAVA_DL_LANES;  // rows a block holds, set per instruction set
constexpr int kTile = 16;  // steps; the unit of gradient sums, so the same for all levels

#if LAVA_DL_VECTORS

// Lanes 0, N, 1, N + 1, ... of two vectors, from `start` on.
template <int N>
LAVA_DL_HD Lanes<float, N> interleave(const Lanes<float, N>& a, const Lanes<float, N>& b,
                                      bool high) {
    using V = typename Lanes<float, N>::V;
    V y;
    if constexpr (N == 16) {
        y = high ? __builtin_shufflevector(a.v, b.v, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                           29, 14, 30, 15, 31)
                 : __builtin_shufflevector(a.v, b.v, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21,
                                           6, 22, 7, 23);
    } else if constexpr (N == 8) {
        y = high ? __builtin_shufflevector(a.v, b.v, 4, 12, 5, 13, 6, 14, 7, 15)
                 : __builtin_shufflevector(a.v, b.v, 0, 8, 1, 9, 2, 10, 3, 11);
    } else {
        y = high ? __builtin_shufflevector(a.v, b.v, 2, 6, 3, 7)
                 : __builtin_shufflevector(a.v, b.v, 0, 4, 1, 5);
    }
    return Lanes<float, N>(y);
}

// N x N transpose by log2(N) rounds of perfect shuffles.
template <int N>
LAVA_DL_HD void transpose(Lanes<float, N>* x) {
    for (int round = 1; round < N; round *= 2) {
        Lanes<float, N> y[N];
        for (int i = 0; i < N / 2; ++i) {
            y[2 * i] = interleave(x[i], x[i + N / 2], false);
            y[2 * i + 1] = interleave(x[i], x[i + N / 2], true);
        }
        for (int i = 0; i < N; ++i) x[i] = y[i];
    }
}
#else
template <int N>
inline void transpose(Lanes<float, N>* x) {
    for (int i = 0; i < N; ++i)
        for (int j = 0; j < i; ++j) {
            float kept = x[i].v[j];
            x[i].v[j] = x[j].v[i];
            x[j].v[i] = kept;
        }
}
#endif

// Copies fewer than 16 floats without a call.
LAVA_DL_HD void copy_few(float* to, const float* from, int count) {
    if (count & 8) memcpy(to, from, 32);
    if (count & 4) memcpy(to + (count & 8), from + (count & 8), 16);
    for (int i = count & 12; i < count; ++i) to[i] = from[i];
}

// Fetches what the next block of rows will touch: strides of a row hide it from hardware.
LAVA_DL_HD void prefetch(const float* at, bool to_write) {
#if defined(__GNUC__) || defined(__clang__)
    if (to_write) __builtin_prefetch(at, 1, 2);
    else __builtin_prefetch(at, 0, 2);
#endif
}

// Past the last row a block repeats it: it computes and writes the same values again.
template <class Float, int N>
struct Rows {
    int64_t row[N], channel[N], steps;

    Rows(const Call& call, int64_t first) : steps(call.steps) {
        int64_t within = first % call.inner, at = first / call.inner % call.channels;
        for (int i = 0; i < N; ++i) {
            row[i] = first + i < call.rows ? first + i : call.rows - 1;
            channel[i] = at;
            if (first + i + 1 < call.rows && ++within == call.inner) {
                within = 0;
                at = at + 1 == call.channels ? 0 : at + 1;
            }
        }
    }

    static Float pack(const float* values) {
        if constexpr (N == 1) return values[0];
        else return Float::load(values);
    }
    static void unpack(Float x, float* values) {
        if constexpr (N == 1) values[0] = x;
        else x.store(values);
    }

    Float state(const float* from) const {
        float values[N] = {};
        for (int i = 0; i < N && from; ++i) values[i] = from[row[i]];
        return pack(values);
    }
    void save(float* to, Float x) const {
        if (!to) return;
        float values[N];
        unpack(x, values);
        for (int i = 0; i < N; ++i) to[row[i]] = values[i];
    }
    Float decay(const Call& call, int which) const {
        float values[N];
        for (int i = 0; i < N; ++i)
            values[i] = call.decay[which][channel[i] * call.decay_stride[which]];
        return pack(values);
    }

    // Zeros at the first `count` steps of every row.
    void clear(float* to, int64_t count) const {
        if (count > steps) count = steps;
        for (int i = 0; to && i < N; ++i) memset(to + row[i] * steps, 0, sizeof(float) * count);
    }

    // Steps [start, start + count) of every row, one vector per step, then zeros.
    LAVA_DL_HD void load(const float* from, int64_t start, int count, Float* tile) const {
        if (!from) {
            for (int k = 0; k < kTile; ++k) tile[k] = Float{};
        } else if constexpr (N == 1) {
            for (int k = 0; k < kTile; ++k)
                tile[k] = k < count ? from[row[0] * steps + start + k] : Float{};
        } else if (count == kTile) {
            load_tile(from + start, steps, row, tile);
        } else {
            float padded[N * kTile] = {};
            for (int i = 0; i < N; ++i)
                copy_few(padded + i * kTile, from + row[i] * steps + start, count);
            load_tile(padded, kTile, nullptr, tile);
        }
    }
    LAVA_DL_HD void store(float* to, int64_t start, int count, Float* tile) const {
        if (!to) return;
        if constexpr (N == 1) {
            for (int k = 0; k < count; ++k) to[row[0] * steps + start + k] = tile[k];
        } else if (count == kTile) {
            store_tile(to + start, steps, row, tile);
        } else {
            float padded[N * kTile];
            store_tile(padded, kTile, nullptr, tile);
            for (int i = 0; i < N; ++i)
                copy_few(to + row[i] * steps + start, padded + i * kTile, count);
        }
    }

  private:
    LAVA_DL_HD static void load_tile(const float* from, int64_t stride, const int64_t* row, Float* tile) {
        for (int part = 0; part < kTile; part += N) {
            for (int i = 0; i < N; ++i) {
                const float* at = from + (row ? row[i] : i) * stride + part;
                tile[part + i] = Float::load(at);
                if (row) prefetch(at + N * stride, false);
            }
            transpose(tile + part);
        }
    }
    LAVA_DL_HD static void store_tile(float* to, int64_t stride, const int64_t* row, Float* tile) {
        for (int part = 0; part < kTile; part += N) {
            transpose(tile + part);
            for (int i = 0; i < N; ++i) {
                float* at = to + (row ? row[i] : i) * stride + part;
                tile[part + i].store(at);
                if (row) prefetch(at + N * stride, true);
            }
        }
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
