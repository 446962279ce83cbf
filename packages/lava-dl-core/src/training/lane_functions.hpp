// What programs compute with besides operators, for vectors as for single numbers.
#pragma once

#include "lanes.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// The halves of a vector as float64, and back, which compilers would pass through memory.
#if defined(__AVX512F__)
LAVA_DL_HD __m512d low_double(__m512 x) { return _mm512_cvtps_pd(_mm512_castps512_ps256(x)); }
LAVA_DL_HD __m512d high_double(__m512 x) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1)); }
LAVA_DL_HD __m512 joined_float(__m512d low, __m512d high) {
    return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(low)), _mm512_cvtpd_ps(high), 1);
}
#elif defined(__AVX2__)
LAVA_DL_HD __m256d low_double(__m256 x) { return _mm256_cvtps_pd(_mm256_castps256_ps128(x)); }
LAVA_DL_HD __m256d high_double(__m256 x) { return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)); }
LAVA_DL_HD __m256 joined_float(__m256d low, __m256d high) {
    return _mm256_set_m128(_mm256_cvtpd_ps(high), _mm256_cvtpd_ps(low));
}
#elif defined(__SSE2__)
LAVA_DL_HD __m128d low_double(__m128 x) { return _mm_cvtps_pd(x); }
LAVA_DL_HD __m128d high_double(__m128 x) { return _mm_cvtps_pd(_mm_movehl_ps(x, x)); }
LAVA_DL_HD __m128 joined_float(__m128d low, __m128d high) {
    return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}
#endif

template <int N>
LAVA_DL_HD Lanes<double, N> widen(const Lanes<float, N>& x) {
#if defined(__SSE2__) && LAVA_DL_VECTORS
    if constexpr (halved<float, N>) return {widen(x.low), widen(x.high)};
    else return {low_double(x.v), high_double(x.v)};
#else
    return convert<double>(x);
#endif
}
template <int N>
LAVA_DL_HD Lanes<float, N> narrow(const Lanes<double, N>& x) {
#if defined(__SSE2__) && LAVA_DL_VECTORS
    if constexpr (halved<float, N>) return {narrow(x.low), narrow(x.high)};
    else return {joined_float(x.low.v, x.high.v)};
#else
    return convert<float>(x);
#endif
}
template <int N>
LAVA_DL_HD Lanes<float, N> to_float(const Lanes<int32_t, N>& x) {
    return convert<float>(x);
}

// Out of range (and NaN) gives INT32_MIN on x86 and saturates on Arm; callers check.
template <int N>
LAVA_DL_HD Lanes<int32_t, N> to_int(const Lanes<float, N>& x) {
    if constexpr (halved<float, N>) return {to_int(x.low), to_int(x.high)};
    else LAVA_DL_LANEWISE(int32_t, absolute(x.v[i]) < 2147483648.0f ? int32_t(x.v[i]) : INT32_MIN,
                     __builtin_convertvector(x.v, typename Lanes<int32_t, N>::V));
}

// The same bits as numbers of a type as large.
template <class To, class From, int N>
LAVA_DL_HD Lanes<To, N> same_bits(const Lanes<From, N>& x) {
    static_assert(sizeof(To) == sizeof(From), "bits would be lost");
    if constexpr (halved<From, N>) return {same_bits<To>(x.low), same_bits<To>(x.high)};
    else {
        Lanes<To, N> y;
        memcpy(&y.v, &x.v, sizeof y.v);
        return y;
    }
}

template <int N>
LAVA_DL_HD Lanes<float, N> bits_to_float(const Lanes<int32_t, N>& bits) {
    return same_bits<float>(bits);
}

template <int N>
LAVA_DL_HD Lanes<int32_t, N> shift_left(const Lanes<int32_t, N>& x, int count) {
    if constexpr (halved<int32_t, N>) return {shift_left(x.low, count), shift_left(x.high, count)};
    else LAVA_DL_LANEWISE(int32_t, shift_left(x.v[i], count), x.v << count);
}

template <int N>
LAVA_DL_HD Lanes<int32_t, N> eighth_power(const Lanes<int32_t, N>& i) {
    if constexpr (halved<int32_t, N>) return {eighth_power(i.low), eighth_power(i.high)};
#if defined(__AVX512F__)
    else return Lanes<int32_t, N>((typename Lanes<int32_t, N>::V)_mm512_permutexvar_epi32(
        (__m512i)i.v, _mm512_broadcast_i32x8(_mm256_setr_epi32(LAVA_DL_EIGHTH_POWERS))));
#elif defined(__AVX2__)
    else return Lanes<int32_t, N>((typename Lanes<int32_t, N>::V)_mm256_permutevar8x32_epi32(
        _mm256_setr_epi32(LAVA_DL_EIGHTH_POWERS), (__m256i)i.v));
#else
    else {
        Lanes<int32_t, N> y;
        for (int k = 0; k < N; ++k) y.v[k] = eighth_power(i.v[k]);
        return y;
    }
#endif
}

template <int N>
LAVA_DL_HD Lanes<int32_t, N> float_to_bits(const Lanes<float, N>& x) {
    return same_bits<int32_t>(x);
}

template <int N>
LAVA_DL_HD Lanes<float, N> absolute(const Lanes<float, N>& x) {
    return bits_to_float(float_to_bits(x) & 0x7fffffff);
}

// The larger number; `otherwise` where x is NaN.
template <int N>
LAVA_DL_HD Lanes<float, N> larger(const Lanes<float, N>& x, const Lanes<float, N>& otherwise) {
    if constexpr (halved<float, N>) return {larger(x.low, otherwise.low), larger(x.high, otherwise.high)};
#if defined(__AVX512F__)
    else return Lanes<float, N>((typename Lanes<float, N>::V)_mm512_max_ps((__m512)x.v, (__m512)otherwise.v));
#elif defined(__AVX2__)
    else return Lanes<float, N>((typename Lanes<float, N>::V)_mm256_max_ps((__m256)x.v, (__m256)otherwise.v));
#else
    else return select(x > otherwise, x, otherwise);
#endif
}

#if defined(__AVX512F__)
LAVA_DL_HD Lanes<float, 16> minus_size(const Lanes<float, 16>& x, float least) {
    constexpr int of_sizes_the_least_negative = 0xe;
    return Lanes<float, 16>((Lanes<float, 16>::V)_mm512_range_ps(
        (__m512)x.v, _mm512_set1_ps(least), of_sizes_the_least_negative));
}
LAVA_DL_HD Lanes<float, 16> round_down(const Lanes<float, 16>& x) {
    return Lanes<float, 16>((Lanes<float, 16>::V)_mm512_floor_ps((__m512)x.v)) + 0.0f;  // -0 gives 0
}
#elif defined(__AVX2__)
LAVA_DL_HD Lanes<float, 8> round_down(const Lanes<float, 8>& x) {
    return Lanes<float, 8>((Lanes<float, 8>::V)_mm256_floor_ps((__m256)x.v)) + 0.0f;  // -0 gives 0
}
LAVA_DL_HD Lanes<float, 16> round_down(const Lanes<float, 16>& x) {
    return {round_down(x.low), round_down(x.high)};
}
#endif

// Bit i is that of lane i of a mask.
template <int N>
inline uint32_t bits_of(const Lanes<int32_t, N>& mask) {
#if defined(__AVX512F__)
    if constexpr (N == 16) return _mm512_movepi32_mask((__m512i)mask.v);
    else
#endif
#if defined(__AVX2__)
    return uint32_t(_mm256_movemask_ps((__m256)mask.v));
#else
    uint32_t bits = 0;
    for (int i = 0; i < N; ++i) bits |= uint32_t(mask.v[i] & 1) << i;
    return bits;
#endif
}

template <int N>
LAVA_DL_HD Lanes<int32_t, N> decay_multiply(const Lanes<int32_t, N>& state,
                                            const Lanes<int32_t, N>& factor) {
#if defined(__AVX512F__)
    // A product of float32, rounded toward zero, has the integer part of the exact one.
    auto part = to_float(factor) * (1.0f / kDecayOne);
    return Lanes<int32_t, N>((typename Lanes<int32_t, N>::V)_mm512_cvttps_epi32(_mm512_mul_round_ps(
        (__m512)to_float(state).v, (__m512)part.v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)));
#else
    return decay_multiply_split(state, factor);
#endif
}

// The range check of the block stands in for saturation.
template <int N>
LAVA_DL_HD Lanes<int32_t, N> saturate(const Lanes<int32_t, N>& state) {
    return state;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
