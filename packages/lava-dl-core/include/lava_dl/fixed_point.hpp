// Fixed-point arithmetic of the chip: 12-bit decays, truncation toward zero.
//
// Every step header is a template over the integer type of the state: int64_t is
// exact always (states saturate at +-2^48), int32_t is exact while states stay
// below 2^31, and the CPU kernels use vectors of int32 with a range check.
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#define LAVA_DL_HD __host__ __device__ __forceinline__
#elif defined(__GNUC__) || defined(__clang__)
#define LAVA_DL_INLINE __attribute__((always_inline))  // of a lambda
#define LAVA_DL_HD inline LAVA_DL_INLINE
#else
#define LAVA_DL_INLINE
#define LAVA_DL_HD inline
#endif

// Kernels compiled several times for several instruction sets must not share
// symbols; each compilation names its own inline namespace.
#ifndef LAVA_DL_ABI
#define LAVA_DL_ABI generic
#endif

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kDecayBits = 12;
constexpr int32_t kDecayOne = 1 << kDecayBits;
constexpr int64_t kStateLimit = int64_t(1) << 48;
constexpr int64_t kNever = int64_t(1) << 62;  // a level no state reaches

// trunc(state * factor / 4096); exact for |state| <= 2^48 and |factor| <= 8192.
LAVA_DL_HD int64_t decay_multiply(int64_t state, int64_t factor) {
    return state * factor / kDecayOne;
}

// The same without leaving 32-bit lanes, for 0 <= factor <= 4096. The state is
// split in 20 high and 12 low bits; a negative one gets 4095 added before the
// (flooring) shift, which makes it truncate.
template <class Int>
LAVA_DL_HD Int decay_multiply_split(Int state, Int factor) {
    Int bias = (state >> 31) & (kDecayOne - 1);
    Int low = state & (kDecayOne - 1);
    return (state >> kDecayBits) * factor + ((low * factor + bias) >> kDecayBits);
}

LAVA_DL_HD int32_t decay_multiply(int32_t state, int32_t factor) {
    return decay_multiply_split(state, factor);
}

// The same for a factor of either sign. The product's integer part is odd in both, so the
// sign of the factor moves over to the state.
template <class Int, class Factor>
LAVA_DL_HD Int signed_multiply(Int state, Factor factor) {
    return decay_multiply(state, factor);
}
LAVA_DL_HD int32_t signed_multiply(int32_t state, int32_t factor) {
    int32_t sign = factor >> 31;
    return decay_multiply((state ^ sign) - sign, (factor ^ sign) - sign);
}

LAVA_DL_HD int64_t saturate(int64_t state) {
    return state > kStateLimit ? kStateLimit : state < -kStateLimit ? -kStateLimit : state;
}
LAVA_DL_HD int32_t saturate(int32_t state) { return state; }

template <class T>
LAVA_DL_HD T select(bool condition, T yes, T no) {
    return condition ? yes : no;
}

LAVA_DL_HD double widen(float x) { return x; }
LAVA_DL_HD float narrow(double x) { return float(x); }

// How states and real numbers convert: integer = trunc(float32(x * scale)), NaN is 0;
// real = float32(integer) / scale. A state that passes through float32 is rounded above
// 2^24, and for scales that are no powers of two.
//
// The steps take such units as their last argument. `passed_on` is what a voltage gets of
// its current, `compared` what a spike condition sees of a state, and `reaches` compares
// that with threshold and refractory state.
struct Scale {
    float scale;

    LAVA_DL_HD int64_t integer(float x) const {
        float product = x * scale;
        if (!(product == product)) return 0;
        if (product >= float(kStateLimit)) return kStateLimit;
        if (product <= -float(kStateLimit)) return -kStateLimit;
        return int64_t(product);
    }
    LAVA_DL_HD float real(int64_t y) const { return float(y) / scale; }
    LAVA_DL_HD int64_t round_trip(int64_t y) const { return integer(real(y)); }
    // An integer that passed through float32 on its own (the IZ reset's mixed sum).
    LAVA_DL_HD int64_t rounded(int64_t y) const { return int64_t(float(y)); }
    LAVA_DL_HD int64_t passed_on(int64_t current) const { return round_trip(current); }
    LAVA_DL_HD int64_t compared(int64_t y) const { return round_trip(y); }
    LAVA_DL_HD bool reaches(int64_t y, int64_t threshold, int64_t refractory) const {
        return y >= threshold + refractory;
    }
};

// The smallest integer y for which predicate(y) holds; predicate must be monotone.
template <class Predicate>
inline int64_t first_level(Predicate holds) {
    int64_t low = -2 * kStateLimit, high = 2 * kStateLimit;
    if (!holds(high)) return kNever;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        (holds(middle) ? high : low) = middle;
    }
    return high;
}

// y reaches this level iff float32(y) >= level, the comparison of the trainer's reset.
inline int64_t integer_level(float level) {
    return first_level([=](int64_t y) { return float(y) >= level; });
}

// y reaches this level iff float32(y) / scale >= threshold, that of its spike function.
inline int64_t spike_level(float threshold, float scale) {
    return first_level([=](int64_t y) { return float(y) / scale >= threshold; });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
