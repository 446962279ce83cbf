// Finds the non-zero values of rows. NaN counts as one.
#pragma once

#include "rows.hpp"
#include "tiles.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <class Body>
inline void each_row(const Call& call, int64_t first, int64_t last, Body body) {
    int64_t end = last * kEventRows < call.rows ? last * kEventRows : call.rows;
    for (int64_t r = first * kEventRows; r < end; ++r) body(r, call.input[0] + r * call.steps);
}

// input: x [rows, T]; output: how many of each row are not zero, as float pairs hold int64.
inline void count_events(const Call& call, int64_t first, int64_t last) {
    int64_t* counts = reinterpret_cast<int64_t*>(call.output[0]);
    each_row(call, first, last, [&](int64_t r, const float* x) {
        int32_t count = 0;
        for (int64_t t = 0; t < call.steps; ++t) count += x[t] != 0.0f;
        counts[r] = count;
    });
}

inline int lowest_bit(uint32_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctz(bits);
#else
    int i = 0;
    while (!(bits >> i & 1)) ++i;
    return i;
#endif
}

// Steps and values of a row's events.
inline void list_events(const float* x, int64_t steps, int64_t count, int32_t* step, float* value) {
    int64_t listed = 0;
    auto list = [&](int64_t t) {
        step[listed] = int32_t(t);
        value[listed++] = x[t];
    };
    int64_t t = 0;
    for (; t + kLanes <= steps && listed < count; t += kLanes) {
        auto size = float_to_bits(Lanes<float, kLanes>::load(x + t)) & 0x7fffffff;
        for (uint32_t bits = bits_of(size > 0); bits && listed < count; bits &= bits - 1)
            list(t + lowest_bit(bits));
    }
    for (; t < steps && listed < count; ++t)
        if (x[t] != 0.0f) list(t);
}

// input: x [rows, T]; events: start is read, step and value are written.
inline void find_events(const Call& call, int64_t first, int64_t last) {
    each_row(call, first, last, [&](int64_t r, const float* x) {
        int64_t from = call.events.start[r];
        list_events(x, call.steps, call.events.start[r + 1] - from,
                    const_cast<int32_t*>(call.events.step) + from,
                    const_cast<float*>(call.events.value) + from);
    });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
