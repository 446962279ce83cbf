// A vector of numbers: compiler vectors where the compiler has them, else an array.
#pragma once

#include <cstdint>
#include <cstring>

#include "lava_dl/real.hpp"
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace lava_dl {
inline namespace LAVA_DL_ABI {

#if defined(__GNUC__) || defined(__clang__)
#define LAVA_DL_VECTORS 1
#else
#define LAVA_DL_VECTORS 0
#endif

#if LAVA_DL_VECTORS
template <class T, int N>
struct VectorOf {
    typedef T type __attribute__((vector_size(sizeof(T) * N)));
};
#endif

template <class T, int N>
struct Lanes {
#if LAVA_DL_VECTORS
    using V = typename VectorOf<T, N>::type;
    V v;
    Lanes() = default;
    LAVA_DL_HD Lanes(V value) : v(value) {}
    LAVA_DL_HD Lanes(T value) : v(value - V{}) {}  // keeps -0
#else
    using V = T[N];
    V v;
    Lanes() = default;
    LAVA_DL_HD Lanes(T value) {
        for (int i = 0; i < N; ++i) v[i] = value;
    }
#endif
    LAVA_DL_HD static Lanes load(const T* from) {
        Lanes x;
        memcpy(&x.v, from, sizeof x.v);
        return x;
    }
    LAVA_DL_HD void store(T* to) const { memcpy(to, &v, sizeof v); }
};

// Ends a function with the expression of each lane i, or with that of vectors where there are any.
#if LAVA_DL_VECTORS
#define LAVA_DL_LANEWISE(T, lane, ...) return Lanes<T, N>((typename Lanes<T, N>::V)(__VA_ARGS__))
#else
#define LAVA_DL_LANEWISE(T, lane, ...)              \
    Lanes<T, N> y;                                  \
    for (int i = 0; i < N; ++i) y.v[i] = T(lane);   \
    return y
#endif

#define LAVA_DL_BINARY(op)                                                           \
    template <class T, int N>                                                        \
    LAVA_DL_HD Lanes<T, N> operator op(const Lanes<T, N>& a, const Lanes<T, N>& b) { \
        LAVA_DL_LANEWISE(T, a.v[i] op b.v[i], a.v op b.v);                           \
    }
#define LAVA_DL_COMPARE(op)                                                                \
    template <class T, int N>                                                              \
    LAVA_DL_HD Lanes<int32_t, N> operator op(const Lanes<T, N>& a, const Lanes<T, N>& b) { \
        LAVA_DL_LANEWISE(int32_t, a.v[i] op b.v[i] ? -1 : 0, a.v op b.v);                  \
    }

LAVA_DL_BINARY(+)
LAVA_DL_BINARY(-)
LAVA_DL_BINARY(*)
LAVA_DL_BINARY(/)
LAVA_DL_BINARY(&)
LAVA_DL_BINARY(|)
LAVA_DL_BINARY(>>)
LAVA_DL_COMPARE(>=)
LAVA_DL_COMPARE(>)
LAVA_DL_COMPARE(<)

#define LAVA_DL_NUMBER_RIGHT(op)                                  \
    template <int N>                                              \
    LAVA_DL_HD auto operator op(const Lanes<float, N>& a, float b) { \
        return a op Lanes<float, N>(b);                           \
    }                                                             \
    template <int N>                                              \
    LAVA_DL_HD auto operator op(const Lanes<int32_t, N>& a, int32_t b) { \
        return a op Lanes<int32_t, N>(b);                         \
    }
LAVA_DL_NUMBER_RIGHT(+)
LAVA_DL_NUMBER_RIGHT(-)
LAVA_DL_NUMBER_RIGHT(*)
LAVA_DL_NUMBER_RIGHT(/)
LAVA_DL_NUMBER_RIGHT(&)
LAVA_DL_NUMBER_RIGHT(>>)
LAVA_DL_NUMBER_RIGHT(>)
LAVA_DL_NUMBER_RIGHT(<)

template <class T, int N>
LAVA_DL_HD Lanes<T, N> select(const Lanes<int32_t, N>& mask, const Lanes<T, N>& yes,
                              const Lanes<T, N>& no) {
    LAVA_DL_LANEWISE(T, mask.v[i] ? yes.v[i] : no.v[i], mask.v ? yes.v : no.v);
}

template <class To, class From, int N>
LAVA_DL_HD Lanes<To, N> convert(const Lanes<From, N>& x) {
    LAVA_DL_LANEWISE(To, x.v[i], __builtin_convertvector(x.v, typename Lanes<To, N>::V));
}

template <int N>
LAVA_DL_HD Lanes<double, N> widen(const Lanes<float, N>& x) {
    return convert<double>(x);
}
template <int N>
LAVA_DL_HD Lanes<float, N> narrow(const Lanes<double, N>& x) {
    return convert<float>(x);
}
template <int N>
LAVA_DL_HD Lanes<float, N> to_float(const Lanes<int32_t, N>& x) {
    return convert<float>(x);
}

// Out of range (and NaN) gives INT32_MIN on x86 and saturates on Arm; callers check.
template <int N>
LAVA_DL_HD Lanes<int32_t, N> to_int(const Lanes<float, N>& x) {
    LAVA_DL_LANEWISE(int32_t, absolute(x.v[i]) < 2147483648.0f ? int32_t(x.v[i]) : INT32_MIN,
                     __builtin_convertvector(x.v, typename Lanes<int32_t, N>::V));
}

template <int N>
LAVA_DL_HD Lanes<float, N> bits_to_float(const Lanes<int32_t, N>& bits) {
    Lanes<float, N> y;
    memcpy(&y.v, &bits.v, sizeof y.v);
    return y;
}

template <int N>
LAVA_DL_HD Lanes<int32_t, N> shift_left(const Lanes<int32_t, N>& x, int count) {
    LAVA_DL_LANEWISE(int32_t, shift_left(x.v[i], count), x.v << count);
}

template <int N>
LAVA_DL_HD Lanes<int32_t, N> float_to_bits(const Lanes<float, N>& x) {
    Lanes<int32_t, N> bits;
    memcpy(&bits.v, &x.v, sizeof bits.v);
    return bits;
}

template <int N>
LAVA_DL_HD Lanes<float, N> absolute(const Lanes<float, N>& x) {
    return bits_to_float(float_to_bits(x) & 0x7fffffff);
}

// The larger number; `otherwise` where x is NaN.
template <int N>
LAVA_DL_HD Lanes<float, N> larger(const Lanes<float, N>& x, const Lanes<float, N>& otherwise) {
#if defined(__AVX512F__)
    return Lanes<float, N>((typename Lanes<float, N>::V)_mm512_max_ps((__m512)x.v, (__m512)otherwise.v));
#elif defined(__AVX2__)
    return Lanes<float, N>((typename Lanes<float, N>::V)_mm256_max_ps((__m256)x.v, (__m256)otherwise.v));
#else
    return select(x > otherwise, x, otherwise);
#endif
}

#if defined(__AVX2__) && !defined(__AVX512F__)
LAVA_DL_HD Lanes<float, 8> round_down(const Lanes<float, 8>& x) {
    return Lanes<float, 8>((Lanes<float, 8>::V)_mm256_floor_ps((__m256)x.v)) + 0.0f;  // -0 gives 0
}
#endif

// Bit i is that of lane i of a mask.
template <int N>
inline uint32_t bits_of(const Lanes<int32_t, N>& mask) {
#if defined(__AVX512F__)
    return _mm512_movepi32_mask((__m512i)mask.v);
#elif defined(__AVX2__)
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

// How floats round in this thread while an object lives: as ever, or toward zero.
struct Nearest {
    Nearest() {}
};
#if defined(__SSE2__) && LAVA_DL_VECTORS && !defined(__AVX512F__)
#define LAVA_DL_CUTS 1
class TowardZero {
    unsigned before = _mm_getcsr();

  public:
    TowardZero() { _mm_setcsr(before | _MM_ROUND_TOWARD_ZERO); }
    ~TowardZero() { _mm_setcsr(before); }
    TowardZero(const TowardZero&) = delete;
};

// The product of float32, rounded toward zero, has the integer part of the exact one.
template <int N>
LAVA_DL_HD Lanes<int32_t, N> decay_multiply(const Lanes<int32_t, N>& state,
                                            const Lanes<float, N>& part) {
    return to_int(to_float(state) * part);
}
#else
#define LAVA_DL_CUTS 0
#endif

// The range check of the block stands in for saturation.
template <int N>
LAVA_DL_HD Lanes<int32_t, N> saturate(const Lanes<int32_t, N>& state) {
    return state;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
