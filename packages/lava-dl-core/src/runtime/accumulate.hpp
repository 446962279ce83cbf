// Adds what events bring to the outputs of synapses.
#pragma once

#include <algorithm>
#include <cstring>

#include "lava_dl/fixed_point.hpp"
#include "synapses.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int32_t kSixteenBits = 32767;
constexpr int32_t kTile = 128;

// Rows of a matrix, tile by tile so that sums stay in registers.
inline void add_rows16(const Synapses& s, const int32_t* index, int32_t count, int32_t* sums) {
    for (int32_t first = 0; first < s.outputs; first += kTile) {
        int32_t width = std::min(kTile, s.outputs - first);
        int16_t tile[kTile] = {};
        if (width == kTile) {
            for (int32_t e = 0; e < count; ++e) {
                const int16_t* w = &s.narrow[s.runs[index[e]].weight + first];
                for (int32_t i = 0; i < kTile; ++i) tile[i] += w[i];
            }
        } else {
            for (int32_t e = 0; e < count; ++e) {
                const int16_t* w = &s.narrow[s.runs[index[e]].weight + first];
                for (int32_t i = 0; i < width; ++i) tile[i] += w[i];
            }
        }
        for (int32_t i = 0; i < width; ++i) sums[first + i] += tile[i];
    }
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
    const int32_t total = int32_t(events.index.size()), outputs = s.outputs;
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
    int32_t count = int32_t(events.index.size());
    if (!s.narrow.empty())
        add_values(s, s.narrow.data(), events.index.data(), value, count, sums);
    else if (!s.wide.empty())
        add_values(s, s.wide.data(), events.index.data(), value, count, sums);
}

// Integer sums; they wrap at 32 bits.
inline void add_integers(const Synapses& s, const Events& events, int32_t* sums, int16_t* part) {
    if (events.index.empty()) return;
    if (events.binary && !s.narrow.empty())
        add_binary16(s, events, sums, part);
    else
        add_values(s, events, events.integer.data(), reinterpret_cast<uint32_t*>(sums));
}

inline void add_reals(const Synapses& s, const Events& events, double* sums) {
    if (!events.index.empty()) add_values(s, events, events.real.data(), sums);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
