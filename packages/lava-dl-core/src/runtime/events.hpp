// Which inputs sent something, for as many past steps as delays reach back.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "lava_dl/fixed_point.hpp"
#include "past.hpp"
#include "synapses.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

#if defined(__AVX512F__)
inline __mmask16 not_zero(const float* row) {
    return _mm512_cmp_ps_mask(_mm512_loadu_ps(row), _mm512_setzero_ps(), _CMP_NEQ_UQ);
}
inline __mmask16 not_zero(const int32_t* row) {
    const __m512i lanes = _mm512_loadu_si512(row);
    return _mm512_test_epi32_mask(lanes, lanes);
}

// Sixteen inputs: places and values of those that are not zero, side by side.
template <class T>
inline int32_t find_sixteen(const T* row, int32_t first, int32_t* index, T* value) {
    const __m512i places = _mm512_add_epi32(
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
        _mm512_set1_epi32(first));
    const __mmask16 mask = not_zero(row + first);
    const __m512i lanes = _mm512_loadu_si512(row + first);
    _mm512_storeu_si512(index, _mm512_maskz_compress_epi32(mask, places));
    _mm512_storeu_si512(value, _mm512_maskz_compress_epi32(mask, lanes));
    return __builtin_popcount(mask);
}
#else
template <class T>
inline int32_t find_sixteen(const T* row, int32_t first, int32_t* index, T* value) {
    int32_t any = 0, count = 0;
    for (int32_t i = 0; i < 16; ++i) any |= row[first + i] != T(0);
    if (!any) return 0;
    for (int32_t j = first; j < first + 16; ++j) {
        index[count] = j;
        value[count] = row[j];
        count += row[j] != T(0);
    }
    return count;
}
#endif

// Writes where a row is not zero, and what it is there; rows are mostly silent, so
// sixteen at a time.
template <class T>
inline void find_events(const T* row, int32_t width, Events& events, T* value) {
    int32_t* index = events.index.data();
    int32_t count = 0, first = 0;
    for (; first + 16 <= width; first += 16)
        count += find_sixteen(row, first, index + count, value + count);
    for (; first < width; ++first) {
        if (row[first] == T(0)) continue;
        index[count] = first;
        value[count++] = row[first];
    }
    events.count = count;
}

constexpr int32_t kSixteen = 32767;

// As many low bits as the magnitude has, so that they can be joined.
LAVA_DL_HD int32_t magnitude_bits(int32_t x) { return x ^ (x >> 31); }

// Values in units of 1 / unit where they are whole in those.
struct FloatReader {
    float unit;

    void read(const float* row, int32_t width, Events& events) const {
        events.start(width);
        find_events(row, width, events, events.real.data());
        bool binary = true;
        for (int32_t e = 0; e < events.count; ++e) binary &= events.real[e] == 1.0f;
        events.binary = binary;
        events.sum = double(events.count) * unit;
        if (!binary) write(events);
    }

  private:
    void write(Events& events) const {
        const int32_t count = events.count;
        const float *real = events.real.data(), by = unit;
        int32_t *integer = events.integer.data(), bits = 0, fractions = 0;
        double sum = 0;
        for (int32_t e = 0; e < count; ++e) {
            const float scaled = real[e] * by;
            const bool small = std::fabs(scaled) < 1073741824.0f;
            const int32_t whole = int32_t(small ? scaled : 0.0f);
            fractions |= int32_t(float(whole) != scaled);
            bits |= magnitude_bits(whole);
            integer[e] = whole;
        }
        for (int32_t e = 0; e < count; ++e) sum += std::fabs(real[e] * by);
        events.whole = !fractions;
        events.sixteen = bits <= kSixteen;
        events.written = true;
        events.sum = sum;
    }
};

// How many events of 16 bits a value makes.
LAVA_DL_HD int64_t parts_of(int32_t value) {
    return (std::abs(int64_t(value)) + kSixteen - 1) / kSixteen;
}

// Makes several events of those beyond 16 bits, where that adds few.
inline void split_large(Events& events) {
    int64_t total = 0;
    for (int32_t e = 0; e < events.count; ++e) total += parts_of(events.integer[e]);
    if (total > events.count + events.count / 4) return;
    int32_t* index = events.index.data();
    int32_t* integer = events.integer.data();
    int64_t place = total;
    for (int32_t e = events.count - 1; e >= 0; --e) {
        const int32_t part = integer[e] < 0 ? -kSixteen : kSixteen, source = index[e];
        int32_t rest = integer[e];
        for (int64_t more = parts_of(rest); more > 0; --more) {
            index[--place] = source;
            integer[place] = more > 1 ? part : rest;
            rest -= part;
        }
    }
    events.count = int32_t(total);
    events.sixteen = true;
}

struct IntegerReader {
    bool values;  // else any message counts as 1
    bool splits;  // values may come in parts

    void read(const int32_t* row, int32_t width, Events& events) const {
        events.start(width);
        int32_t* integer = events.integer.data();
        find_events(row, width, events, integer);
        events.binary = !values;
        if (!values) std::fill_n(integer, events.count, 1);
        int32_t bits = 0;
        for (int32_t e = 0; e < events.count; ++e) bits |= magnitude_bits(integer[e]);
        events.sixteen = bits <= kSixteen;
        if (splits && !events.sixteen) split_large(events);
    }
};

// Events of steps t, t - 1, ..., t - depth.
class EventRing {
  public:
    explicit EventRing(int32_t depth) : ring_(depth + 1) {}
    Events& at(int64_t t) {
        int64_t size = int64_t(ring_.size());
        return ring_[((t % size) + size) % size];
    }

  private:
    std::vector<Events> ring_;
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
