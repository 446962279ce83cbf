// A block of rows: gathers per-row values and moves tiles of 16 steps, transposed.
#pragma once

#include "arithmetic.hpp"
#include "call.hpp"
#include "transpose.hpp"

// A function of its own, compiled once for all that call it.
#if defined(__GNUC__) || defined(__clang__)
#define LAVA_DL_APART __attribute__((noinline))
#else
#define LAVA_DL_APART
#endif

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Fetches what will be touched later, where strides of a row hide it from hardware.
LAVA_DL_HD void prefetch(const float* at, bool to_write) {
#if defined(__GNUC__) || defined(__clang__)
    if (to_write) __builtin_prefetch(at, 1, 2);
    else __builtin_prefetch(at, 0, 2);
#endif
}

// Fetches what the next loads are for.
inline void prefetch_now(const float* at) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(at, 0, 3);
#endif
}

// Past the last row a block repeats it: it computes and writes the same values again.
template <class Float, int N>
struct Rows {
    using Vectors = Float;
    int64_t first, rows, channels, inner, steps, lanes, row_stride;
    bool whole;  // no row is repeated

    Rows(const Call& call, int64_t row)
        : first(row), rows(call.rows), channels(call.channels), inner(call.inner),
          steps(call.steps), lanes(call.lanes), row_stride(call.row_stride),
          whole(row + N <= call.rows) {}

    int64_t row(int i) const { return first + i < rows ? first + i : rows - 1; }
    // How many rows are not repeated, and where one's value is in [rows].
    int held() const { return whole ? N : int(rows - first); }
    int64_t place(int i) const { return row(i) * row_stride; }

    static Float pack(const float* values) {
        if constexpr (N == 1) return values[0];
        else return Float::load(values);
    }
    static void unpack(Float x, float* values) {
        if constexpr (N == 1) values[0] = x;
        else x.store(values);
    }

    Float state(const float* from) const {
        if (!from) return Float{};
        if (whole && row_stride == 1) return pack(from + first);
        float values[N];
        for (int i = 0; i < N; ++i) values[i] = from[place(i)];
        return pack(values);
    }
    void save(float* to, Float x) const {
        if (!to) return;
        if (whole && row_stride == 1) return unpack(x, to + first);
        float values[N];
        unpack(x, values);
        for (int i = 0; i < held(); ++i) to[place(i)] = values[i];
    }
    Float parameter(const Call& call, int which) const {
        const float* from = call.parameter[which];
        if (call.parameter_stride[which] == 0 || channels == 1) return Float{} + *from;
        int64_t within = first % inner, at = first / inner % channels;
        float values[N];
        for (int i = 0; i < N; ++i) {
            values[i] = from[at];
            if (first + i + 1 < rows && ++within == inner) {
                within = 0;
                at = at + 1 == channels ? 0 : at + 1;
            }
        }
        return pack(values);
    }

    // Zeros at the first `count` steps of every row.
    void clear(float* to, int64_t count) const {
        if (count > steps) count = steps;
        if (!to || count <= 0) return;
        for (int i = 0; i < N; ++i) memset(to + row(i) * steps, 0, sizeof(float) * count);
    }

    // `count` steps from `start` on of every row, as [step][row] of a tile.
    LAVA_DL_APART void load(const float* from, int64_t start, int count, float* tile) const {
        if (!from) {
            memset(tile, 0, sizeof(float) * N * count);
        } else if (lanes) {
            for (int k = 0; k < count; ++k)
                memcpy(tile + k * N, from + (start + k) * lanes + first, sizeof(float) * N);
        } else if constexpr (N == 1) {
            memcpy(tile, from + first * steps + start, sizeof(float) * count);
        } else {
            for (int part = 0; part < N; part += kLanes)
                load_part(from + start, part, count, tile + part);
            fetch(from, start, count, false);
        }
    }
    // The reverse; without those rows that are repeated.
    LAVA_DL_APART void store(float* to, int64_t start, int count, const float* tile) const {
        if (!to) return;
        if (lanes) {
            for (int k = 0; k < count; ++k) store_lanes(to, start + k, pack(tile + k * N));
        } else if constexpr (N == 1) {
            memcpy(to + first * steps + start, tile, sizeof(float) * count);
        } else {
            for (int part = 0; part < N; part += kLanes)
                store_part(to + start, part, count, tile + part);
            fetch(to, start, count, true);
        }
    }
    // Whether `load_four_steps` serves these rows.
    bool by_fours() const { return N > 1 && whole && !lanes; }
    // Four steps of every row, from `start` on.
    LAVA_DL_HD void load_four_steps(const float* from, int64_t start, Float* x) const {
        if constexpr (N > 1) {
            if (!from) {
                for (int j = 0; j < 4; ++j) x[j] = Float{};
                return;
            }
            const float* at = from + first * steps + start;
            if constexpr (N == kLanes) {
                load_four(at, steps, x);
            } else {
                Vector low[4], high[4];
                load_four(at, steps, low);
                load_four(at + kLanes * steps, steps, high);
                for (int j = 0; j < 4; ++j) x[j] = Float(low[j], high[j]);
            }
            fetch(from, start, 4, false);
        }
    }
    // Of one step, where rows are lanes.
    LAVA_DL_HD void store_lanes(float* to, int64_t step, Float x) const {
        unpack(x, to + step * lanes + first);
    }

  private:
    using Vector = Lanes<float, kLanes>;

    // Fetches the part of the next block's rows that comes after as much of theirs as `start` is
    // of these: line by line as they lie, so that hardware goes on by itself. As a function of
    // its own it would be taken for one that does nothing.
    LAVA_DL_HD void fetch(const float* array, int64_t start, int count, bool to_write) const {
        const float* at = array + (first + N) * steps + start * N;
        for (int i = 0; i < count * N; i += kTile) prefetch(at + i, to_write);
    }
    // A vector's worth of rows.
    void load_part(const float* from, int part, int count, float* tile) const {
        const float* at = from + (first + part) * steps;
        int k = 0;
        if (held() >= part + kLanes) {
            for (; k + 4 <= count; k += 4) {
                Vector x[4];
                load_four(at + k, steps, x);
                LAVA_DL_UNROLL
                for (int j = 0; j < 4; ++j) x[j].store(tile + (k + j) * N);
            }
        }
        for (int i = 0; i < kLanes && k < count; ++i)
            for (int j = k; j < count; ++j) tile[j * N + i] = from[row(part + i) * steps + j];
    }
    void store_part(float* to, int part, int count, const float* tile) const {
        float* at = to + (first + part) * steps;
        int rows = at_most(held() - part, kLanes), k = 0;
        if (rows == kLanes) {
            for (; k + kLanes <= count; k += kLanes)
                transpose_whole(tile + k * N, N, at + k, steps);
            for (; k + 4 <= count; k += 4) {
                Vector x[4];
                LAVA_DL_UNROLL
                for (int j = 0; j < 4; ++j) x[j] = Vector::load(tile + (k + j) * N);
                store_four(at + k, steps, x);
            }
        }
        for (int i = 0; i < rows; ++i)
            for (int j = k; j < count; ++j) at[i * steps + j] = tile[j * N + i];
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
