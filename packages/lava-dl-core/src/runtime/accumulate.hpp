// Adds what events bring to the outputs of synapses.
#pragma once

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "lava_dl/fixed_point.hpp"
#include "independent.hpp"
#include "pairs.hpp"
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
    for (; first + Count * kLanes <= s.outputs; first += Count * kLanes) {
        Lanes16 tile[Count] = {};
        for (int32_t e = 0; e < count; ++e) {
            const int16_t* w = weights + index[e] * int64_t(s.stride) + first;
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
            add_lanes(lanes, &s.narrow[index[e] * int64_t(s.stride) + first - back]);
        std::memcpy(tile, &lanes, sizeof lanes);
        for (int32_t i = 0; i < width; ++i) sums[first + i] += tile[back + i];
        return;
    }
    for (int32_t e = 0; e < count; ++e) {
        const int16_t* w = &s.narrow[index[e] * int64_t(s.stride) + first];
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

// Calls the body with the stride as a constant, or 0 for an unusual one.
template <class Body>
inline void with_stride(int32_t stride, Body body) {
    switch (stride) {
        case 1: return body(std::integral_constant<int32_t, 1>());
        case 8: return body(std::integral_constant<int32_t, 8>());
        case 16: return body(std::integral_constant<int32_t, 16>());
        case 32: return body(std::integral_constant<int32_t, 32>());
        case 48: return body(std::integral_constant<int32_t, 48>());
        case 64: return body(std::integral_constant<int32_t, 64>());
        default: return body(std::integral_constant<int32_t, 0>());
    }
}

// `Sum` is uint16_t or uint32_t, which wrap, double, or int64_t, whose products wrap at 32
// bits.
template <class Sum, class Weight>
LAVA_DL_HD Sum product(Weight weight, Sum factor) {
    if constexpr (std::is_same_v<Sum, int64_t>) return int32_t(uint32_t(weight) * uint32_t(factor));
    return Sum(Sum(weight) * factor);
}

// One run of weights times a factor.
template <int32_t Stride, class Sum, class Weight>
LAVA_DL_HD void add_run(Sum* out, const Weight* weights, Sum factor, int32_t stride) {
    const int32_t length = Stride ? Stride : stride;
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < length; ++i) out[i] = Sum(out[i] + product(weights[i], factor));
}

#if defined(__GNUC__)
template <class T>
struct Vector {
    typedef T Lanes __attribute__((vector_size(16 * sizeof(T))));
};

// Several runs of weights to the same outputs, whose sums stay in registers.
template <int32_t Count, class Sum, class Weights, class Factor>
inline void add_together(Sum* out, Weights weights, Factor factor, int32_t first, int32_t last) {
    using Weight = std::remove_const_t<std::remove_pointer_t<decltype(weights(0))>>;
    typename Vector<Sum>::Lanes sums[Count];
    std::memcpy(sums, out, sizeof sums);
    for (int32_t e = first; e < last; ++e) {
        const Weight* from = weights(e);
        const Sum by = factor(e);
        for (int32_t k = 0; k < Count; ++k) {
            typename Vector<Weight>::Lanes lanes;
            std::memcpy(&lanes, from + 16 * k, sizeof lanes);
            sums[k] += __builtin_convertvector(lanes, typename Vector<Sum>::Lanes) * by;
        }
    }
    std::memcpy(out, sums, sizeof sums);
}
#endif

// The last of the events, from the first on, that reach the same outputs, plus one.
inline int32_t end_together(const Synapses& s, const int32_t* index, int32_t first, int32_t count) {
    const int32_t beyond = (index[first] / s.together + 1) * s.together;
    int32_t last = first + 1;
    while (last < count && index[last] < beyond) ++last;
    return last;
}

// The runs of some events, into a row as long as `padded_outputs`.
template <class Sum, class Weight, class Factor>
inline void add_runs(const Synapses& s, const Weight* weights, const int32_t* index, int32_t count,
                     Factor factor, Sum* sums) {
    const int32_t* begin = s.begin.data();
    const Run* runs = s.runs.data();
    with_stride(s.stride, [&](auto constant) {
        constexpr int32_t Stride = decltype(constant)::value;
        const int64_t stride = Stride ? Stride : s.stride;
#if defined(__GNUC__)
        if constexpr (Stride >= 16 && !std::is_same_v<Sum, int64_t>) {
            for (int32_t e = 0, last; s.together > 1 && e < count; e = last) {
                last = end_together(s, index, e, count);
                for (int32_t r = begin[index[e]]; r < begin[index[e] + 1]; ++r) {
                    const Weight* next = weights + (runs[r].weight - index[e]) * stride;
                    const auto row = [=](int32_t k) { return next + index[k] * stride; };
                    Sum* out = sums + runs[r].output * stride;
                    add_together<Stride / 16>(out, row, factor, e, last);
                }
            }
            if (s.together > 1) return;
        }
#endif
        for (int32_t e = 0; e < count; ++e)
            for (int32_t r = begin[index[e]]; r < begin[index[e] + 1]; ++r)
                add_run<Stride>(sums + runs[r].output * stride, weights + runs[r].weight * stride,
                                factor(e), int32_t(stride));
    });
}

// Adds a padded row to a plain one.
template <class Sum, class From>
inline void add_padded(const Synapses& s, const From* padded, Sum* sums) {
    const int32_t length = s.length, stride = s.stride;
    if (!s.is_padded()) {
        for (int32_t i = 0; i < s.outputs; ++i) sums[i] += Sum(padded[i]);
        return;
    }
    for (int32_t o = 0; o < s.outputs; o += length, padded += stride) {
        Sum* out = sums + o;
        LAVA_DL_INDEPENDENT
        for (int32_t i = 0; i < length; ++i) out[i] += Sum(padded[i]);
    }
}

// Rows of sums that are needed for the length of one call.
class Scratch {
  public:
    template <class T>
    T* zeros(int64_t count) {
        bytes_.assign(count * sizeof(T) + kAligned, 0);
        auto place = reinterpret_cast<uintptr_t>(bytes_.data());
        return reinterpret_cast<T*>((place + kAligned - 1) / kAligned * kAligned);
    }

  private:
    static constexpr uintptr_t kAligned = 64;
    std::vector<unsigned char> bytes_;
};

// Binary events in 16 bits, as many at a time as can't overflow them.
inline void add_binary16(const Synapses& s, const Events& events, int32_t* sums, Scratch& scratch) {
    const int32_t total = events.count;
    const int32_t most = std::max(1, kSixteenBits / std::max(1, s.largest));
    for (int32_t first = 0; first < total; first += most) {
        int32_t count = std::min(most, total - first);
        const int32_t* index = &events.index[first];
        if (s.is_matrix) {
            add_rows16(s, index, count, sums);
            continue;
        }
        auto* part = scratch.zeros<uint16_t>(s.padded_outputs());
        add_runs(s, s.narrow.data(), index, count, [](int32_t) { return uint16_t(1); }, part);
        add_padded(s, reinterpret_cast<const int16_t*>(part), sums);
    }
}

// Any weight, any value.
template <class Sum, class Value>
inline void add_values(const Synapses& s, const Events& events, const Value* value, Sum* sums,
                       Scratch& scratch) {
    if (events.count == 0) return;
    Sum* target = s.is_padded() ? scratch.zeros<Sum>(s.padded_outputs()) : sums;
    const auto factor = [=](int32_t e) { return Sum(value[e]); };
    if (!s.narrow.empty())
        add_runs(s, s.narrow.data(), events.index.data(), events.count, factor, target);
    else if (!s.wide.empty())
        add_runs(s, s.wide.data(), events.index.data(), events.count, factor, target);
    if (s.is_padded()) add_padded(s, target, sums);
}

#if defined(LAVA_DL_HAS_PAIRS)
// All events by twos, `Count` vectors of outputs at a time, of a matrix.
template <int32_t Count>
inline int32_t add_pair_tiles(const Synapses& s, const Events& events, int32_t first,
                              uint32_t* sums) {
    const int16_t* weights = s.narrow.data();
    const int32_t *index = events.index.data(), *value = events.integer.data();
    for (; first + Count * 16 <= s.outputs; first += Count * 16) {
        const auto row = [=](int32_t e) {
            return weights + index[e] * int64_t(s.stride) + first;
        };
        add_pairs<Count>(sums + first, row, value, 0, events.count);
    }
    return first;
}

// The outputs that don't fill a vector: those of the vector that ends with the last.
inline void add_pair_rest(const Synapses& s, const Events& events, int32_t first, uint32_t* sums) {
    const int32_t start = s.outputs - 16;
    if (start < 0) {
        for (int32_t e = 0; e < events.count; ++e)
            for (int32_t i = 0; i < s.outputs; ++i)
                sums[i] += product(s.narrow[events.index[e] * int64_t(s.stride) + i],
                                   uint32_t(events.integer[e]));
        return;
    }
    uint32_t tile[16] = {};
    const auto row = [&](int32_t e) { return &s.narrow[events.index[e] * int64_t(s.stride) + start]; };
    add_pairs<1>(tile, row, events.integer.data(), 0, events.count);
    for (int32_t i = first; i < s.outputs; ++i) sums[i] += tile[i - start];
}

// The runs of events that reach the same outputs, by twos.
template <int32_t Count>
inline void add_pair_runs(const Synapses& s, const Events& events, uint32_t* sums) {
    constexpr int64_t Stride = Count * 16;
    const int32_t *begin = s.begin.data(), *index = events.index.data();
    const Run* runs = s.runs.data();
    for (int32_t e = 0, last; e < events.count; e = last) {
        last = end_together(s, index, e, events.count);
        for (int32_t r = begin[index[e]]; r < begin[index[e] + 1]; ++r) {
            const int16_t* next = s.narrow.data() + (runs[r].weight - index[e]) * Stride;
            const auto row = [=](int32_t k) { return next + index[k] * Stride; };
            add_pairs<Count>(sums + runs[r].output * Stride, row, events.integer.data(), e, last);
        }
    }
}

// Whether values and weights of 16 bits could be added by twos, and were.
inline bool added_by_twos(const Synapses& s, const Events& events, uint32_t* sums,
                          Scratch& scratch) {
    if (!events.sixteen || s.narrow.empty()) return false;
    if (s.is_matrix) {
        int32_t first = add_pair_tiles<8>(s, events, 0, sums);
        first = add_pair_tiles<2>(s, events, first, sums);
        first = add_pair_tiles<1>(s, events, first, sums);
        if (first < s.outputs) add_pair_rest(s, events, first, sums);
        return true;
    }
    if (s.together == 1 || s.stride % 16 || s.stride > 64) return false;
    auto* target = s.is_padded() ? scratch.zeros<uint32_t>(s.padded_outputs()) : sums;
    switch (s.stride) {
        case 16: add_pair_runs<1>(s, events, target); break;
        case 32: add_pair_runs<2>(s, events, target); break;
        case 48: add_pair_runs<3>(s, events, target); break;
        default: add_pair_runs<4>(s, events, target);
    }
    if (s.is_padded()) add_padded(s, target, sums);
    return true;
}
#else
inline bool added_by_twos(const Synapses&, const Events&, uint32_t*, Scratch&) { return false; }
#endif

// Whole values times weights; the sums wrap at 32 bits.
inline void add_wholes(const Synapses& s, const Events& events, int32_t* sums, Scratch& scratch) {
    auto* wrapping = reinterpret_cast<uint32_t*>(sums);
    if (events.count && !added_by_twos(s, events, wrapping, scratch))
        add_values(s, events, events.integer.data(), wrapping, scratch);
}

// The same, where binary events need not have been written.
inline void add_integers(const Synapses& s, const Events& events, int32_t* sums, Scratch& scratch) {
    if (events.count == 0) return;
    if (events.binary && !s.narrow.empty())
        add_binary16(s, events, sums, scratch);
    else
        add_wholes(s, events, sums, scratch);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
