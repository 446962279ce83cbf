// The arithmetics a program runs in: int32 with a range check, vectors on a CPU and single
// numbers on a GPU, and the exact int64 one, which serves rows that left the range.
#pragma once

#include "lava_dl/real.hpp"
#if !defined(__CUDACC__)
#include "lane_functions.hpp"
#endif

namespace lava_dl {
inline namespace LAVA_DL_ABI {

struct Exact : Scale {
    using Int = int64_t;
    using Factor = Int;
    using Float = float;
    using Double = double;
    using Mask = bool;
    static constexpr int lanes = 1;
    static constexpr bool power_of_two = false;  // not known when compiling

    LAVA_DL_HD explicit Exact(Scale s) : Scale(s) {}

    LAVA_DL_HD Int number(int64_t value) const { return value; }
    LAVA_DL_HD Factor factor(Int whole) const { return whole; }
    LAVA_DL_HD void guard(Int) {}
    LAVA_DL_HD void require_factor(Int) {}
    LAVA_DL_HD bool left_range() const { return false; }
};

LAVA_DL_HD bool power_of_two(double scale) {
    int64_t whole = int64_t(scale);
    return scale >= 1 && double(whole) == scale && (whole & (whole - 1)) == 0;
}

// A level or step in int32: beyond the range all act alike, wherever they are.
LAVA_DL_HD int32_t clamp_level(int64_t value) {
    return int32_t(value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : value);
}

// The arithmetic of `Fast` for one row, which a GPU's thread steps; for scales that are powers
// of two alone, so that the way through float32 changes nothing.
struct Narrow {
    using Int = int32_t;
    using Factor = Int;
    using Float = float;
    using Double = double;
    using Mask = bool;
    static constexpr int lanes = 1;
    static constexpr bool power_of_two = true;
    static constexpr int32_t limit = 1 << 23;
    Scale scale;
    float inverse;
    uint32_t range = 0;  // joins the bits of what is guarded

    LAVA_DL_HD explicit Narrow(Scale s) : scale(s), inverse(1.0f / s.scale) {}

    LAVA_DL_HD Int number(int64_t value) const { return clamp_level(value); }
    LAVA_DL_HD Factor factor(Int whole) const { return whole; }
    LAVA_DL_HD Int integer(float x) const { return to_int(x * scale.scale); }
    LAVA_DL_HD float real(Int y) const {
        return to_float(y) * inverse;
    }
    LAVA_DL_HD Int round_trip(Int y) const { return y; }
    LAVA_DL_HD Int rounded(Int y) const { return y; }
    LAVA_DL_HD Int passed_on(Int current) const { return round_trip(current); }
    LAVA_DL_HD Int compared(Int y) const { return round_trip(y); }
    LAVA_DL_HD bool reaches(Int y, Int threshold, Int refractory) const {
        return y >= threshold + refractory;
    }
    LAVA_DL_HD void guard(Int y) { range |= uint32_t(y) + uint32_t(limit); }
    LAVA_DL_HD void require_factor(Int factor) {
        range |= uint32_t(factor) | (uint32_t(kDecayOne) - uint32_t(factor));
    }
    LAVA_DL_HD bool left_range() const { return (range & ~uint32_t(2 * limit - 1)) != 0; }
};

#if !defined(__CUDACC__)
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

// Valid while every guarded integer is in [-2^23, 2^23) and factors are in [0, 4096]:
// then no sum wraps unnoticed, float32 holds every state, and for scales that are powers
// of two the way through float32 changes nothing.
template <int N, bool PowerOfTwo>
struct Fast {
    using Int = Lanes<int32_t, N>;
    using Factor = Int;
    using Rounding = Nearest;
    using Float = Lanes<float, N>;
    using Double = Lanes<double, N>;
    using Mask = Lanes<int32_t, N>;
    static constexpr int lanes = N;
    static constexpr int32_t limit = 1 << 23;
    static constexpr bool power_of_two = PowerOfTwo;
    Scale scale;
    float inverse;
    Int range{};  // joins the bits of what is guarded

    LAVA_DL_HD explicit Fast(Scale s) : scale(s), inverse(1.0f / s.scale) {}

    LAVA_DL_HD Int number(int64_t value) const { return Int(clamp_level(value)); }
    LAVA_DL_HD Factor factor(Int whole) const { return whole; }
    LAVA_DL_HD Int integer(Float x) const { return to_int(x * scale.scale); }
    LAVA_DL_HD Float real(Int y) const {
        return PowerOfTwo ? to_float(y) * inverse : to_float(y) / scale.scale;
    }
    LAVA_DL_HD Int round_trip(Int y) const { return PowerOfTwo ? y : integer(real(y)); }
    LAVA_DL_HD Int rounded(Int y) const { return y; }
    LAVA_DL_HD Int passed_on(Int current) const { return round_trip(current); }
    LAVA_DL_HD Int compared(Int y) const { return round_trip(y); }
    LAVA_DL_HD Mask reaches(Int y, Int threshold, Int refractory) const {
        return y >= threshold + refractory;
    }
    LAVA_DL_HD void guard(Int y) { range = range | (y + limit); }
    LAVA_DL_HD void require_factor(Int factor) {
        range = range | factor | (Int(kDecayOne) - factor);  // negative where outside
    }
    bool left_range() const {
        int32_t bits[N];
        range.store(bits);
        int32_t all = 0;
        for (int i = 0; i < N; ++i) all |= bits[i];
        return (all & ~(2 * limit - 1)) != 0;
    }
};

#if LAVA_DL_CUTS
// The same where products of float32 are cut toward zero, which takes a third of the
// operations. All else that whole states take is exact at scales that are powers of two.
template <int N>
struct Cut : Fast<N, true> {
    using Int = Lanes<int32_t, N>;
    using Factor = Lanes<float, N>;
    using Rounding = TowardZero;
    using Fast<N, true>::Fast;
    LAVA_DL_HD Factor factor(Int whole) const { return to_float(whole) * (1.0f / kDecayOne); }
};
#else
template <int N>
using Cut = Fast<N, true>;
#endif
#endif

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
