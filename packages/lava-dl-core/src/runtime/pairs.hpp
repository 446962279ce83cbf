// Two events at a time: their 16-bit weights and values are multiplied and added in one
// instruction. Sums wrap at 32 bits, so that this is exact.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#define LAVA_DL_HAS_PAIRS
#endif

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

#if defined(LAVA_DL_HAS_PAIRS)

LAVA_DL_HD int32_t pair_of(int32_t first, int32_t second) {
    return int32_t(uint32_t(uint16_t(first)) | uint32_t(second) << 16);
}

// Sums of 16 outputs, in the order in which halves of words interleave.
struct Sixteen {
    __m256i low = _mm256_setzero_si256(), high = _mm256_setzero_si256();

    LAVA_DL_HD void add(const int16_t* first, const int16_t* second, int32_t factors) {
        const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(first));
        const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(second));
        const __m256i by = _mm256_set1_epi32(factors);
        low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), by));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), by));
    }
    LAVA_DL_HD void add_to(uint32_t* out) const {
        auto* target = reinterpret_cast<__m256i*>(out);
        const __m256i first = _mm256_permute2x128_si256(low, high, 0x20);
        const __m256i second = _mm256_permute2x128_si256(low, high, 0x31);
        _mm256_storeu_si256(target, _mm256_add_epi32(_mm256_loadu_si256(target), first));
        _mm256_storeu_si256(target + 1, _mm256_add_epi32(_mm256_loadu_si256(target + 1), second));
    }
};

#if defined(__AVX512BW__)
// The same for 32 outputs.
struct ThirtyTwo {
    __m512i low = _mm512_setzero_si512(), high = _mm512_setzero_si512();

    LAVA_DL_HD void add(const int16_t* first, const int16_t* second, int32_t factors) {
        const __m512i a = _mm512_loadu_si512(first), b = _mm512_loadu_si512(second);
        const __m512i by = _mm512_set1_epi32(factors);
        low = _mm512_add_epi32(low, _mm512_madd_epi16(_mm512_unpacklo_epi16(a, b), by));
        high = _mm512_add_epi32(high, _mm512_madd_epi16(_mm512_unpackhi_epi16(a, b), by));
    }
    LAVA_DL_HD void add_to(uint32_t* out) const {
        const __m512i a = _mm512_shuffle_i32x4(low, high, _MM_SHUFFLE(1, 0, 1, 0));
        const __m512i b = _mm512_shuffle_i32x4(low, high, _MM_SHUFFLE(3, 2, 3, 2));
        const __m512i first = _mm512_shuffle_i32x4(a, a, _MM_SHUFFLE(3, 1, 2, 0));
        const __m512i second = _mm512_shuffle_i32x4(b, b, _MM_SHUFFLE(3, 1, 2, 0));
        _mm512_storeu_si512(out, _mm512_add_epi32(_mm512_loadu_si512(out), first));
        _mm512_storeu_si512(out + 16, _mm512_add_epi32(_mm512_loadu_si512(out + 16), second));
    }
};
#else
struct ThirtyTwo {
    Sixteen first, second;

    LAVA_DL_HD void add(const int16_t* a, const int16_t* b, int32_t factors) {
        first.add(a, b, factors);
        second.add(a + 16, b + 16, factors);
    }
    LAVA_DL_HD void add_to(uint32_t* out) const {
        first.add_to(out);
        second.add_to(out + 16);
    }
};
#endif

// Adds the events from `first` to before `last`, `Count` times 16 outputs of each; row(e)
// is where the weights of event e begin.
template <int32_t Count, class Row>
LAVA_DL_HD void add_pairs(uint32_t* out, Row row, const int32_t* value, int32_t first,
                          int32_t last) {
    constexpr int32_t Wide = Count / 2, Odd = Count % 2;
    ThirtyTwo wide[Wide ? Wide : 1];
    Sixteen odd;
    for (int32_t e = first; e < last; e += 2) {
        const bool two = e + 1 < last;
        const int16_t *a = row(e), *b = row(two ? e + 1 : e);
        const int32_t factors = pair_of(value[e], two ? value[e + 1] : 0);
        for (int32_t k = 0; k < Wide; ++k) wide[k].add(a + 32 * k, b + 32 * k, factors);
        if (Odd) odd.add(a + 32 * Wide, b + 32 * Wide, factors);
    }
    for (int32_t k = 0; k < Wide; ++k) wide[k].add_to(out + 32 * k);
    if (Odd) odd.add_to(out + 32 * Wide);
}

#endif

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
