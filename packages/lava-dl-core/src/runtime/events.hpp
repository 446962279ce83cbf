// Which inputs sent something, for as many past steps as delays reach back.
#pragma once

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

// Sixteen inputs: the places of those that are not zero, side by side.
template <class T>
inline int32_t find_sixteen(const T* row, int32_t first, int32_t* index) {
    const __m512i places = _mm512_add_epi32(
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
        _mm512_set1_epi32(first));
    const __mmask16 mask = not_zero(row + first);
    _mm512_storeu_si512(index, _mm512_maskz_compress_epi32(mask, places));
    return __builtin_popcount(mask);
}
#else
template <class T>
inline int32_t find_sixteen(const T* row, int32_t first, int32_t* index) {
    int32_t any = 0, count = 0;
    for (int32_t i = 0; i < 16; ++i) any |= row[first + i] != T(0);
    if (!any) return 0;
    for (int32_t j = first; j < first + 16; ++j) {
        index[count] = j;
        count += row[j] != T(0);
    }
    return count;
}
#endif

// Writes where a row is not zero; rows are mostly silent, so sixteen at a time.
template <class T>
inline void find_events(const T* row, int32_t width, Events& events) {
    events.reserve(width);
    events.clear();
    int32_t* index = events.index.data();
    int32_t count = 0, first = 0;
    for (; first + 16 <= width; first += 16) count += find_sixteen(row, first, index + count);
    for (; first < width; ++first)
        if (row[first] != T(0)) index[count++] = first;
    events.count = count;
}

// Values in units of 1 / unit where they are whole in those.
struct FloatReader {
    float unit;

    void read(const float* row, int32_t width, Events& events) const {
        find_events(row, width, events);
        bool binary = true;
        for (int32_t e = 0; e < events.count; ++e) binary &= row[events.index[e]] == 1.0f;
        events.binary = binary;
        events.sum = double(events.count) * unit;
        if (!binary) write(row, events);
    }

  private:
    void write(const float* row, Events& events) const {
        bool whole = true;
        double sum = 0;
        for (int32_t e = 0; e < events.count; ++e) {
            float value = row[events.index[e]], scaled = value * unit;
            bool small = std::fabs(scaled) < 1073741824.0f;
            int32_t integer = small ? int32_t(scaled) : 0;
            whole &= small && float(integer) == scaled;
            events.integer[e] = integer;
            events.real[e] = value;
            sum += std::fabs(scaled);
        }
        events.whole = whole;
        events.written = true;
        events.sum = sum;
    }
};

struct IntegerReader {
    bool values;  // else any message counts as 1

    void read(const int32_t* row, int32_t width, Events& events) const {
        find_events(row, width, events);
        events.binary = !values;
        for (int32_t e = 0; e < events.count; ++e)
            events.integer[e] = values ? row[events.index[e]] : 1;
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
