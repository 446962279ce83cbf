// A vector of numbers: compiler vectors where the compiler has them, else an array. Lanes that
// no vector of the processor holds are two halves, whose operations stand beside each other.
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
    // In memory, anywhere; copied by memcpy it would go by halves.
    typedef T stored __attribute__((vector_size(sizeof(T) * N), aligned(alignof(T)), may_alias));
};
#endif

#if LAVA_DL_VECTORS
template <class T, int N>
constexpr bool halved = sizeof(T) * N > sizeof(float) * LAVA_DL_LANES;
#else
template <class T, int N>
constexpr bool halved = false;
#endif

template <class T, int N, bool Halved = halved<T, N>>
struct Lanes {
#if LAVA_DL_VECTORS
    using V = typename VectorOf<T, N>::type;
    V v;
    Lanes() = default;
    LAVA_DL_HD Lanes(V value) : v(value) {}
    LAVA_DL_HD Lanes(T value) : v(value - V{}) {}  // keeps -0
    LAVA_DL_HD static Lanes load(const T* from) {
        return V(*reinterpret_cast<const typename VectorOf<T, N>::stored*>(from));
    }
    LAVA_DL_HD void store(T* to) const {
        *reinterpret_cast<typename VectorOf<T, N>::stored*>(to) = v;
    }
#else
    using V = T[N];
    V v;
    Lanes() = default;
    LAVA_DL_HD Lanes(T value) {
        for (int i = 0; i < N; ++i) v[i] = value;
    }
    LAVA_DL_HD static Lanes load(const T* from) {
        Lanes x;
        memcpy(&x.v, from, sizeof x.v);
        return x;
    }
    LAVA_DL_HD void store(T* to) const { memcpy(to, &v, sizeof v); }
#endif
};

template <class T, int N>
struct Lanes<T, N, true> {
    Lanes<T, N / 2> low, high;
    Lanes() = default;
    LAVA_DL_HD Lanes(const Lanes<T, N / 2>& a, const Lanes<T, N / 2>& b) : low(a), high(b) {}
    LAVA_DL_HD Lanes(T value) : low(value), high(value) {}
    LAVA_DL_HD static Lanes load(const T* from) {
        return {Lanes<T, N / 2>::load(from), Lanes<T, N / 2>::load(from + N / 2)};
    }
    LAVA_DL_HD void store(T* to) const {
        low.store(to);
        high.store(to + N / 2);
    }
};

// Ends a function with the expression of each lane i, or with that of vectors where there are any.
#if LAVA_DL_VECTORS
#define LAVA_DL_LANEWISE(T, lane, ...) return Lanes<T, N>((typename Lanes<T, N>::V)(__VA_ARGS__))
#else
#define LAVA_DL_LANEWISE(T, lane, ...)                  \
    {                                                   \
        Lanes<T, N> y;                                  \
        for (int i = 0; i < N; ++i) y.v[i] = T(lane);   \
        return y;                                       \
    }
#endif

#define LAVA_DL_BINARY(op)                                                           \
    template <class T, int N>                                                        \
    LAVA_DL_HD Lanes<T, N> operator op(const Lanes<T, N>& a, const Lanes<T, N>& b) { \
        if constexpr (halved<T, N>) return {a.low op b.low, a.high op b.high};       \
        else LAVA_DL_LANEWISE(T, a.v[i] op b.v[i], a.v op b.v);                           \
    }
#define LAVA_DL_COMPARE(op)                                                                \
    template <class T, int N>                                                              \
    LAVA_DL_HD Lanes<int32_t, N> operator op(const Lanes<T, N>& a, const Lanes<T, N>& b) { \
        if constexpr (halved<T, N>) return {a.low op b.low, a.high op b.high};             \
        else LAVA_DL_LANEWISE(int32_t, a.v[i] op b.v[i] ? -1 : 0, a.v op b.v);                  \
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

template <int N>
LAVA_DL_HD Lanes<int32_t, N> operator~(const Lanes<int32_t, N>& x) {
    if constexpr (halved<int32_t, N>) return {~x.low, ~x.high};
    else LAVA_DL_LANEWISE(int32_t, ~x.v[i], ~x.v);
}

// Of integers there is no such instruction, but one more for what follows its opposite.
template <int N>
LAVA_DL_HD Lanes<int32_t, N> operator>=(const Lanes<int32_t, N>& a, const Lanes<int32_t, N>& b) {
    if constexpr (halved<int32_t, N>) return {a.low >= b.low, a.high >= b.high};
    else LAVA_DL_LANEWISE(int32_t, a.v[i] >= b.v[i] ? -1 : 0, ~(b.v > a.v));
}

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
    if constexpr (halved<T, N>)
        return {select(mask.low, yes.low, no.low), select(mask.high, yes.high, no.high)};
    else LAVA_DL_LANEWISE(T, mask.v[i] ? yes.v[i] : no.v[i], mask.v ? yes.v : no.v);
}

template <class To, class From, int N>
LAVA_DL_HD Lanes<To, N> convert(const Lanes<From, N>& x) {
    if constexpr (halved<From, N> && halved<To, N>) {
        return {convert<To>(x.low), convert<To>(x.high)};
    } else if constexpr (halved<From, N>) {
        const Lanes<To, N / 2> half[2] = {convert<To>(x.low), convert<To>(x.high)};
        return Lanes<To, N>::load(reinterpret_cast<const To*>(half));
    } else if constexpr (halved<To, N>) {
        Lanes<From, N / 2> half[2];
        memcpy(half, &x, sizeof x);
        return {convert<To>(half[0]), convert<To>(half[1])};
    } else {
        LAVA_DL_LANEWISE(To, x.v[i], __builtin_convertvector(x.v, typename Lanes<To, N>::V));
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
