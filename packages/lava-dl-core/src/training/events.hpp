// Finds the non-zero values of rows. NaN counts as one.
#pragma once

#include "call.hpp"
#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int64_t kEventRows = 64;  // rows of an item

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

// Steps and values of a row's events; rows are mostly silent, so sixteen at a time.
inline void list_events(const float* x, int64_t steps, int64_t count, int32_t* step, float* value) {
    int64_t found = 0;
    for (int64_t t = 0; t < steps && found < count; t += 16) {
        int64_t end = t + 16 < steps ? t + 16 : steps;
        int32_t any = 0;
        for (int64_t k = t; k < end; ++k) any |= x[k] != 0.0f;
        if (!any) continue;
        for (int64_t k = t; k < end && found < count; ++k) {
            step[found] = int32_t(k);
            value[found] = x[k];
            found += x[k] != 0.0f;
        }
    }
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
