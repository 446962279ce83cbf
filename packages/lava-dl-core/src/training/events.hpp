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

// Which of kLanes values are not zero.
inline uint32_t nonzero_bits(const float* x) {
    return bits_of((float_to_bits(Lanes<float, kLanes>::load(x)) & 0x7fffffff) > 0);
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

inline int count_bits(uint32_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_popcount(bits);
#else
    int count = 0;
    for (; bits; bits &= bits - 1) ++count;
    return count;
#endif
}

// Where the bits of each byte are, in order; what follows is 0.
struct BitPlaces {
    uint8_t of[256][8];
};
constexpr BitPlaces find_bit_places() {
    BitPlaces places{};
    for (int byte = 0; byte < 256; ++byte)
        for (int bit = 0, count = 0; bit < 8; ++bit)
            if (byte >> bit & 1) places.of[byte][count++] = uint8_t(bit);
    return places;
}
inline constexpr BitPlaces kBitPlaces = find_bit_places();

// GCC converts a vector of bytes one by one.
inline Lanes<int32_t, 8> bit_places(uint32_t byte) {
    using Int = Lanes<int32_t, 8>;
#if defined(__AVX2__)
    const auto* places = reinterpret_cast<const __m128i*>(kBitPlaces.of[byte]);
    return Int((Int::V)_mm256_cvtepu8_epi32(_mm_loadl_epi64(places)));
#else
    return convert<int32_t>(Lanes<uint8_t, 8>::load(kBitPlaces.of[byte]));
#endif
}

// Calls body(first of eight values, where in them those of its bits are, how many came before)
// for the bits of kLanes values; returns how many there are.
template <class Body>
inline int each_eight(uint32_t bits, Body body) {
    int count = 0;
    for (int first = 0; first < kLanes; first += 8, bits >>= 8) {
        body(first, bit_places(bits & 255), count);
        count += count_bits(bits & 255);
    }
    return count;
}

// Lists first + i for each bit i of kLanes and returns how many there are. It writes kListed
// numbers without asking, since branches on random bits take longer.
constexpr int kListed = kLanes < 8 ? 8 : kLanes;
inline int list_bits(uint32_t bits, int32_t first, int32_t* to) {
    return each_eight(bits, [&](int from, auto places, int before) {
        (places + (first + from)).store(to + before);
    });
}

// Likewise the values that the bits are of.
inline void list_values(const float* x, uint32_t bits, float* to) {
    each_eight(bits, [&](int from, auto places, int before) {
#if defined(__AVX2__)
        const __m256 eight = _mm256_loadu_ps(x + from);
        _mm256_storeu_ps(to + before, _mm256_permutevar8x32_ps(eight, (__m256i)places.v));
#else
        int32_t place[8];
        places.store(place);
        for (int i = 0; i < 8; ++i) to[before + i] = x[from + place[i]];
#endif
    });
}

// Steps and values of a row's events.
inline void list_events(const float* x, int64_t steps, int64_t count, int32_t* step, float* value) {
    int64_t listed = 0;
    auto list = [&](int64_t t) {
        step[listed] = int32_t(t);
        value[listed++] = x[t];
    };
    int64_t t = 0;
    for (; t + kLanes <= steps && listed + kListed <= count; t += kLanes) {
        const uint32_t bits = nonzero_bits(x + t);
        list_values(x + t, bits, value + listed);
        listed += list_bits(bits, int32_t(t), step + listed);
    }
    for (; t + kLanes <= steps && listed < count; t += kLanes)
        for (uint32_t bits = nonzero_bits(x + t); bits && listed < count; bits &= bits - 1)
            list(t + lowest_bit(bits));
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
