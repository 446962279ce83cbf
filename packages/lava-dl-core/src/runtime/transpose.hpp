// Transposes samples from time last to one row per step, some neurons at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace lava_dl {

constexpr int64_t kTile = 16;

// (neurons, steps) in memory next to each other, to rows `stride` from each other.
template <class From, class To>
void transpose_tile(const From* in, int64_t steps, int64_t high, int64_t wide, To* out, int64_t stride) {
    To tile[kTile][kTile];
    for (int64_t j = 0; j < high; ++j)
        for (int64_t t = 0; t < wide; ++t) tile[t][j] = To(in[j * steps + t]);
    for (int64_t t = 0; t < wide; ++t) std::memcpy(out + t * stride, tile[t], high * sizeof(To));
}

// Whether all values are finite, and still are as the other type where that is a float.
template <class From, class To>
bool all_finite(const From* values, int64_t count) {
    if (!std::is_floating_point<From>::value) return true;
    using Checked = typename std::conditional<std::is_floating_point<To>::value, To, From>::type;
    bool finite = true;
    for (int64_t i = 0; i < count; ++i) {
        const Checked value = Checked(values[i]);
        finite &= value - value == Checked(0);
    }
    return finite;
}

// (neurons, steps), of which `used` steps, to (used, neurons). Returns whether all values
// are finite in both types. Memory is read once, in order.
template <class From, class To>
bool transpose(const From* in, int64_t neurons, int64_t steps, int64_t used, To* out) {
    bool finite = true;
    for (int64_t j = 0; j < neurons; j += kTile) {
        const int64_t high = std::min(kTile, neurons - j);
        const From* rows = in + j * steps;
        finite &= all_finite<From, To>(rows, high * steps);
        for (int64_t t = 0; t < used; t += kTile) {
            const int64_t wide = std::min(kTile, used - t);
            To* to = out + t * neurons + j;
            if (high == kTile && wide == kTile)
                transpose_tile(rows + t, steps, kTile, kTile, to, neurons);
            else
                transpose_tile(rows + t, steps, high, wide, to, neurons);
        }
    }
    return finite;
}

}  // namespace lava_dl
