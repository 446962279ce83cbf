// Dense layers driven by events: only inputs that are not zero are multiplied.
//
// Outputs go in slices of 64 lanes, of which an event adds one contiguous row. Sums run in
// the order of inputs, then steps, whatever the number of threads.
#pragma once

#include <type_traits>

#include "rows.hpp"
#include "tiles.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int64_t kEventsAtOnce = 24;  // of a row
constexpr int64_t kLeastSteps = 48;

// y += factor * x
LAVA_DL_HD void add_scaled(float* y, const float* x, float factor, int64_t count) {
    using Float = Lanes<float, kLanes>;
    Float f(factor);
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
        (Float::load(y + i) + Float::load(x + i) * f).store(y + i);
    for (; i < count; ++i) y[i] += x[i] * factor;
}

// A value of 1, which needs no product.
struct One {};
template <class Float>
LAVA_DL_HD Float times(const Float& x, One) {
    return x;
}
template <class Float>
LAVA_DL_HD Float times(const Float& x, float value) {
    return x * Float(value);
}

// Calls body(step, value) for the events of a row; the value is a constant where all are 1.
template <class Body>
LAVA_DL_HD void each_event(const Events& events, int64_t row, Body body) {
    const int32_t* step = events.step + events.start[row];
    const int32_t* end = events.step + events.start[row + 1];
    if (!events.value) {
        for (; step < end; ++step) body(int64_t(*step), One{});
        return;
    }
    const float* value = events.value + events.start[row];
    for (; step < end; ++step, ++value) body(int64_t(*step), *value);
}

// sums[i][step] += value * weight[i] for the row's events, `Vectors` vectors of each of
// `Count` pairs.
template <int Vectors, int Count>
LAVA_DL_HD void scatter(const Events& events, int64_t row, const float* const* weight,
                        float* const* sums, int lanes) {
    using Float = Lanes<float, kLanes>;
    Float w[Count][Vectors];
    for (int i = 0; i < Count; ++i)
        for (int v = 0; v < Vectors; ++v) w[i][v] = Float::load(weight[i] + v * kLanes);
    each_event(events, row, [&](int64_t step, auto value) {
        for (int i = 0; i < Count; ++i)
            for (int v = 0; v < Vectors; ++v) {
                float* at = sums[i] + step * lanes + v * kLanes;
                (Float::load(at) + times(w[i][v], value)).store(at);
            }
    });
}

// sum[i] += value * transposed[i][step] for the row's events.
template <int Vectors, int Count>
LAVA_DL_HD void gather(const Events& events, int64_t row, const float* const* transposed,
                       float* const* sum, int lanes) {
    using Float = Lanes<float, kLanes>;
    Float s[Count][Vectors];
    for (int i = 0; i < Count; ++i)
        for (int v = 0; v < Vectors; ++v) s[i][v] = Float::load(sum[i] + v * kLanes);
    each_event(events, row, [&](int64_t step, auto value) {
        for (int i = 0; i < Count; ++i)
            for (int v = 0; v < Vectors; ++v) {
                const float* at = transposed[i] + step * lanes + v * kLanes;
                s[i][v] = s[i][v] + times(Float::load(at), value);
            }
    });
    for (int i = 0; i < Count; ++i)
        for (int v = 0; v < Vectors; ++v) s[i][v].store(sum[i] + v * kLanes);
}

// In how many pieces to take rows that have so many events on average, so that each one pays.
inline int64_t paying_pieces(int64_t events, int64_t steps) {
    const int64_t most = steps / kLeastSteps, wanted = events / kEventsAtOnce;
    return wanted < 1 || most < 1 ? 1 : smaller(wanted, most);
}

// sum += value * transposed[step] for the events [from, to).
template <int Vectors, bool Ones>
void gather_some(const Events& events, int64_t from, int64_t to, const float* transposed,
                 float* sum) {
    using Float = Lanes<float, kLanes>;
    Float s[Vectors];
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) s[v] = Float::load(sum + v * kLanes);
    for (; from < to; ++from) {
        const float* at = transposed + events.step[from] * int64_t(kSlice);
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v)
            if constexpr (Ones) s[v] = s[v] + Float::load(at + v * kLanes);
            else s[v] = s[v] + times(Float::load(at + v * kLanes), events.value[from]);
    }
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) s[v].store(sum + v * kLanes);
}

// sums[i][lane] += value * transposed[step][lane] for the events of rows first + i before the
// last of `steps`: a piece of all rows before the next one, since pieces of about the same steps
// stay in the cache.
template <int Vectors>
void gather_rows(const Events& events, int64_t first, int rows, const float* transposed,
                 int64_t steps, float* sums) {
    const int64_t all = events.start[first + rows] - events.start[first];
    const int64_t pieces = paying_pieces(all / rows, steps);
    for (int64_t piece = 0; piece < pieces; ++piece)
        for (int i = 0; i < rows; ++i) {
            const int64_t start = events.start[first + i];
            int64_t count = events.start[first + i + 1] - start;
            while (count && events.step[start + count - 1] >= steps) --count;
            const int64_t from = start + count * piece / pieces;
            const int64_t to = start + count * (piece + 1) / pieces;
            float* sum = sums + i * kSlice;
            if (events.value) gather_some<Vectors, false>(events, from, to, transposed, sum);
            else gather_some<Vectors, true>(events, from, to, transposed, sum);
        }
}

// Calls body with a count from 1 to Most, as a constant.
template <int Most, class Body>
LAVA_DL_HD void with_count(int count, Body body) {
    if constexpr (Most > 1) {
        if (count < Most) return with_count<Most - 1>(count, body);
    }
    body(std::integral_constant<int, Most>{});
}

// The same with the number of vectors that hold `width` lanes.
template <int Most, class Body>
LAVA_DL_HD void with_vectors(int width, Body body) {
    with_count<Most>((width + kLanes - 1) / kLanes, body);
}

inline int slice_width(int64_t outputs, int64_t slice, int lanes) {
    return at_most(outputs - slice * lanes, lanes);
}

// items: slices. inputs: rows [Out, channels]; outputs: [slice][channels][lanes].
template <int lanes>
inline void transpose_weight(const Call& call, int64_t first, int64_t last) {
    for (int64_t s = first; s < last; ++s)
        to_lanes(call.input[0] + s * lanes * call.channels, call.channels,
                 slice_width(call.inner, s, lanes), call.channels,
                 call.output[0] + s * lanes * call.channels, lanes);
}

// items: slices times N; rows: N. inputs: gradient [N, Out, T]; outputs: [slice][N][T][64].
inline void transpose_gradient(const Call& call, int64_t first, int64_t last) {
    for (int64_t item = first; item < last; ++item) {
        int64_t slice = item / call.rows, n = item % call.rows;
        to_lanes(call.input[0] + (n * call.inner + slice * kSlice) * call.steps, call.steps,
                 slice_width(call.inner, slice, kSlice), call.steps,
                 call.output[0] + item * call.steps * kSlice, kSlice);
    }
}

// Rows of `width` lanes, at other distances.
inline void copy_rows(const float* from, int64_t from_pitch, int width, int64_t count, float* to,
                      int64_t to_pitch) {
    using Float = Lanes<float, kLanes>;
    for (int64_t i = 0; i < count; ++i, from += from_pitch, to += to_pitch)
        if (width == kSlice)
            for (int lane = 0; lane < kSlice; lane += kLanes)
                Float::load(from + lane).store(to + lane);
        else memcpy(to, from, sizeof(float) * width);
}

// items: slices times N; rows: N; channels: inputs; inner: outputs. inputs: transposed weight
// [slice][In][64]; outputs: z [N, Out, T], or [N, T, Out] `BySteps`; scratch: [T][64].
template <bool BySteps>
inline void sparse_dense(const Call& call, int64_t first, int64_t last) {
    float* sums = static_cast<float*>(call.scratch);
    for (int64_t item = first; item < last; ++item) {
        int64_t slice = item / call.rows, n = item % call.rows;
        int width = slice_width(call.inner, slice, kSlice);
        const float* weight = call.input[0] + slice * call.channels * kSlice;
        memset(sums, 0, sizeof(float) * call.steps * kSlice);
        with_vectors<kSlice / kLanes>(width, [&](auto vectors) {
            for (int64_t i = 0; i < call.channels; ++i) {
                const float* row = weight + i * kSlice;
                scatter<vectors.value, 1>(call.events, n * call.channels + i, &row, &sums, kSlice);
            }
        });
        float* out = call.output[0] + n * call.inner * call.steps;
        if (BySteps) copy_rows(sums, kSlice, width, call.steps, out + slice * kSlice, call.inner);
        else to_rows(sums, kSlice, width, call.steps, out + slice * kSlice * call.steps, call.steps);
    }
}

// items: slices times blocks of 64 inputs, or 256 `BySteps`. inputs: transposed gradient
// [slice][N][T][64], or the gradient [N, T, Out] `BySteps`, that of what came so many steps
// `Later`; outputs: gradient of the weight [Out, In]; scratch: [block][64], [T][64].
template <bool BySteps, int Later = 0>
inline void sparse_dense_weight_gradient(const Call& call, int64_t first, int64_t last) {
    constexpr int64_t block = BySteps ? kInputs : kSlice;
    float* sums = static_cast<float*>(call.scratch);
    float* copied = sums + block * kSlice;
    if (BySteps) memset(copied, 0, sizeof(float) * call.steps * kSlice);
    int64_t blocks = part_count(call.channels, block);
    for (int64_t item = first; item < last; ++item) {
        int64_t slice = item / blocks, from = item % blocks * block;
        int width = slice_width(call.inner, slice, kSlice);
        int rows = at_most(call.channels - from, block);
        memset(sums, 0, sizeof(float) * rows * kSlice);
        for (int64_t n = 0; n < call.rows; ++n) {
            const float* gradient = call.input[0];
            if (BySteps) {
                gradient += n * call.steps * call.inner + slice * kSlice;
                copy_rows(gradient, call.inner, width, call.steps, copied, kSlice);
                gradient = copied;
            } else {
                gradient += (slice * call.rows + n) * call.steps * kSlice;
            }
            with_vectors<kSlice / kLanes>(width, [&](auto vectors) {
                for (int row = 0; row < rows; row += kSlice)
                    gather_rows<vectors.value>(call.events, n * call.channels + from + row,
                                               at_most(rows - row, kSlice),
                                               gradient + Later * kSlice, call.steps - Later,
                                               sums + row * kSlice);
            });
        }
        to_rows(sums, kSlice, width, rows,
                call.output[0] + slice * kSlice * call.channels + from, call.channels);
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
