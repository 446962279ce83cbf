// A block of rows: gathers per-row values and moves tiles of 16 steps, transposed.
#pragma once

#include "arithmetic.hpp"
#include "call.hpp"
#include "transpose.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kFour = 4;   // steps loaded at once

// Fetches what the next block of rows will touch: strides of a row hide it from hardware.
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

    // Up to four steps from `start` on of every row, one vector per step, then zeros.
    LAVA_DL_HD void load(const float* from, int64_t start, int64_t count, Float* x) const {
        if (!from) {
            for (int k = 0; k < kFour; ++k) x[k] = Float{};
        } else if (lanes) {
            for (int k = 0; k < kFour; ++k)
                x[k] = k < count ? pack(from + (start + k) * lanes + first) : Float{};
        } else if constexpr (N == 1) {
            for (int k = 0; k < kFour; ++k)
                x[k] = k < count ? from[first * steps + start + k] : Float{};
        } else if (whole && count >= kFour) {
            const float* at = from + first * steps + start;
            load_four(at, steps, x);
            for (int i = 0; i < N && start % kTile == 0; ++i) prefetch(at + (N + i) * steps, false);
        } else {
            load_few(from + start, int(count), x);
        }
    }
    // Of one step, where rows are lanes.
    LAVA_DL_HD void store_lanes(float* to, int64_t step, Float x) const {
        unpack(x, to + step * lanes + first);
    }
    LAVA_DL_HD void store(float* to, int64_t start, int count, Float* tile) const {
        if (!to) return;
        if (lanes) {
            for (int k = 0; k < count; ++k) store_lanes(to, start + k, tile[k]);
        } else if constexpr (N == 1) {
            for (int k = 0; k < count; ++k) to[first * steps + start + k] = tile[k];
        } else if (whole && count == kTile) {
            float* at = to + first * steps + start;
            store_tile(at, steps, tile);
            for (int i = 0; i < N; ++i) prefetch(at + (N + i) * steps, true);
        } else {
            store_part(to + start, count, tile);
        }
    }

  private:
    void load_few(const float* from, int count, Float* x) const {
        float padded[N * kFour] = {};
        for (int i = 0; i < N; ++i)
            for (int k = 0; k < kFour && k < count; ++k)
                padded[i * kFour + k] = from[row(i) * steps + k];
        load_four(padded, kFour, x);
    }
    // As many fours of steps as there are straight, and the rest by way of a copy.
    void store_part(float* to, int count, Float* tile) const {
        float padded[N * kTile];
        int straight = whole ? count & ~3 : 0;
        for (int k = 0; k < count; k += 4)
            if (k < straight) store_four(to + first * steps + k, steps, tile + k);
            else store_four(padded + k, kTile, tile + k);
        for (int i = 0; i < N && straight < count; ++i)
            copy_few(to + row(i) * steps + straight, padded + i * kTile + straight,
                     count - straight);
    }

    LAVA_DL_HD static void store_tile(float* to, int64_t pitch, Float* tile) {
        for (int part = 0; part < kTile; part += N) {
            transpose(tile + part);
            for (int i = 0; i < N; ++i) tile[part + i].store(to + i * pitch + part);
        }
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
