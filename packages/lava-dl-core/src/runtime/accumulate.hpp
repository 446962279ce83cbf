// Adds what events bring to the outputs of synapses.
#pragma once

#include <algorithm>
#include <cstring>

#include "lava_dl/fixed_point.hpp"
#include "synapses.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int32_t kSixteenBits = 32767;

#if defined(__GNUC__)
using Lanes16 = int16_t __attribute__((vector_size(64)));
#else
struct Lanes16 {
    int16_t lane[32];
    Lanes16& operator+=(const Lanes16& other) {
        for (int i = 0; i < 32; ++i) lane[i] = int16_t(lane[i] + other.lane[i]);
        return *this;
    }
};
#endif
constexpr int32_t kLanes = 32;

LAVA_DL_HD void add_lanes(Lanes16& sums, const int16_t* from) {
    Lanes16 lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    sums += lanes;
}

// Rows of a matrix, `Count` vectors of outputs at a time, whose sums stay in registers.
template <int32_t Count>
inline int32_t add_tiles16(const Synapses& s, const int32_t* index, int32_t count, int32_t first,
                           int32_t* sums) {
    const int16_t* weights = s.narrow.data();
    const Run* runs = s.runs.data();
    for (; first + Count * kLanes <= s.outputs; first += Count * kLanes) {
        Lanes16 tile[Count] = {};
        for (int32_t e = 0; e < count; ++e) {
            const int16_t* w = weights + runs[index[e]].weight + first;
            for (int32_t k = 0; k < Count; ++k) add_lanes(tile[k], w + k * kLanes);
        }
        int16_t part[Count * kLanes];
        std::memcpy(part, tile, sizeof part);
        for (int32_t i = 0; i < Count * kLanes; ++i) sums[first + i] += part[i];
    }
    return first;
}

// The outputs that don't fill a vector.
inline void add_rest16(const Synapses& s, const int32_t* index, int32_t count, int32_t first,
                       int32_t* sums) {
    const int32_t width = s.outputs - first;
    int16_t tile[kLanes] = {};
    if (width <= 0) return;
    if (first >= kLanes - width) {
        // A whole vector that ends with the last output; what it repeats isn't used.
        const int32_t back = kLanes - width;
        Lanes16 lanes = {};
        for (int32_t e = 0; e < count; ++e)
            add_lanes(lanes, &s.narrow[s.runs[index[e]].weight + first - back]);
        std::memcpy(tile, &lanes, sizeof lanes);
        for (int32_t i = 0; i < width; ++i) sums[first + i] += tile[back + i];
        return;
    }
    for (int32_t e = 0; e < count; ++e) {
        const int16_t* w = &s.narrow[s.runs[index[e]].weight + first];
        for (int32_t i = 0; i < width; ++i) tile[i] = int16_t(tile[i] + w[i]);
    }
    for (int32_t i = 0; i < width; ++i) sums[first + i] += tile[i];
}

inline void add_rows16(const Synapses& s, const int32_t* index, int32_t count, int32_t* sums) {
    int32_t first = add_tiles16<8>(s, index, count, 0, sums);
    first = add_tiles16<4>(s, index, count, first, sums);
    first = add_tiles16<2>(s, index, count, first, sums);
    first = add_tiles16<1>(s, index, count, first, sums);
    add_rest16(s, index, count, first, sums);
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
