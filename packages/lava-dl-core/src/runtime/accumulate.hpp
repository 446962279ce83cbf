// Adds what events bring to the outputs of synapses.
#pragma once

#include <algorithm>
#include <cstring>

#include "lava_dl/fixed_point.hpp"
#include "synapses.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int32_t kSixteenBits = 32767;

// Rows of a matrix, `Width` outputs at a time so that sums stay in registers.
template <int32_t Width>
inline int32_t add_tiles16(const Synapses& s, const int32_t* index, int32_t count, int32_t first,
                           int32_t* sums) {
    const int16_t* weights = s.narrow.data();
    const Run* runs = s.runs.data();
    for (; first + Width <= s.outputs; first += Width) {
        int16_t tile[Width] = {};
        for (int32_t e = 0; e < count; ++e) {
            const int16_t* w = weights + runs[index[e]].weight + first;
            for (int32_t i = 0; i < Width; ++i) tile[i] += w[i];
        }
        for (int32_t i = 0; i < Width; ++i) sums[first + i] += tile[i];
    }
    return first;
}

inline void add_rows16(const Synapses& s, const int32_t* index, int32_t count, int32_t* sums) {
    int32_t first = add_tiles16<128>(s, index, count, 0, sums);
    first = add_tiles16<64>(s, index, count, first, sums);
    first = add_tiles16<32>(s, index, count, first, sums);
    first = add_tiles16<8>(s, index, count, first, sums);
    add_tiles16<1>(s, index, count, first, sums);
}

inline void add_runs16(const Synapses& s, const int32_t* index, int32_t count, int16_t* part) {
    const int32_t length = s.length;
    for (int32_t e = 0; e < count; ++e)
        for (int32_t r = s.begin[index[e]]; r < s.begin[index[e] + 1]; ++r) {
            const int16_t* w = &s.narrow[s.runs[r].weight];
            int16_t* out = part + s.runs[r].output;
            for (int32_t i = 0; i < length; ++i) out[i] += w[i];
        }
}

// Binary events in 16 bits, as many at a time as can't overflow them.
inline void add_binary16(const Synapses& s, const Events& events, int32_t* sums, int16_t* part) {
    const int32_t total = events.count, outputs = s.outputs;
    const int32_t most = std::max(1, kSixteenBits / std::max(1, s.largest));
    for (int32_t first = 0; first < total; first += most) {
        int32_t count = std::min(most, total - first);
        if (s.is_matrix) {
            add_rows16(s, &events.index[first], count, sums);
        } else {
            std::memset(part, 0, sizeof(int16_t) * s.outputs);
            add_runs16(s, &events.index[first], count, part);
            for (int32_t i = 0; i < outputs; ++i) sums[i] += part[i];
        }
    }
}

// Any weight, any value; `Sum` is uint32_t (wraps) or double.
template <class Sum, class Weight, class Value>
inline void add_values(const Synapses& s, const Weight* weights, const int32_t* index,
                       const Value* value, int32_t count, Sum* sums) {
    const int32_t length = s.length;
    for (int32_t e = 0; e < count; ++e) {
        const Sum factor = Sum(value[e]);
        for (int32_t r = s.begin[index[e]]; r < s.begin[index[e] + 1]; ++r) {
            const Weight* w = weights + s.runs[r].weight;
            Sum* out = sums + s.runs[r].output;
            for (int32_t i = 0; i < length; ++i) out[i] += Sum(w[i]) * factor;
        }
    }
}

template <class Sum, class Value>
inline void add_values(const Synapses& s, const Events& events, const Value* value, Sum* sums) {
    int32_t count = events.count;
    if (!s.narrow.empty())
        add_values(s, s.narrow.data(), events.index.data(), value, count, sums);
    else if (!s.wide.empty())
        add_values(s, s.wide.data(), events.index.data(), value, count, sums);
}

// Integer sums; they wrap at 32 bits.
inline void add_integers(const Synapses& s, const Events& events, int32_t* sums, int16_t* part) {
    if (events.count == 0) return;
    if (events.binary && !s.narrow.empty())
        add_binary16(s, events, sums, part);
    else
        add_values(s, events, events.integer.data(), reinterpret_cast<uint32_t*>(sums));
}

inline void add_reals(const Synapses& s, const Events& events, double* sums) {
    if (!events.count == 0) add_values(s, events, events.real.data(), sums);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
