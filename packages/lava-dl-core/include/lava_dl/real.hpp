// float32 helpers with one result on every instruction set: no fused multiply-add.
#pragma once

#include <cstdint>
#include <cstring>

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

LAVA_DL_HD float larger(float x, float otherwise) { return x > otherwise ? x : otherwise; }
LAVA_DL_HD int32_t to_int(float x) { return int32_t(x); }
LAVA_DL_HD float to_float(int32_t x) { return float(x); }
LAVA_DL_HD int32_t shift_left(int32_t x, int count) { return int32_t(uint32_t(x) << count); }
LAVA_DL_HD int32_t float_to_bits(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
LAVA_DL_HD float bits_to_float(int32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

LAVA_DL_HD float absolute(float x) { return bits_to_float(float_to_bits(x) & 0x7fffffff); }

// A size, which has no sign yet, with the sign of another number.
template <class Float>
LAVA_DL_HD Float with_sign(Float size, Float sign) {
    return bits_to_float(float_to_bits(size) | (float_to_bits(sign) & INT32_MIN));
}

// floor; numbers from 2^23 on are whole already, NaN stays.
template <class Float>
LAVA_DL_HD Float round_down(Float x) {
    auto small = absolute(x) < Float{} + 8388608.0f;
    Float whole = to_float(to_int(select(small, x, Float{})));
    Float floored = whole - select(whole > x, Float{} + 1.0f, Float{});
    return select(small, floored, x);
}

constexpr float kLog2E = 1.44269504f;  // e^x is 2^(x log2 e)

// 2^x for x <= 0, to 3.1 units in the last place, 1 at 0; below -126 it is 2^-126. Adding 1.5
// 2^23 rounds to a whole number, which then stands in the lowest bits; the rest is exact and
// at most a half, where this polynomial is the best of its degree.
template <class Float>
LAVA_DL_HD Float exp2_decreasing(Float x) {
    x = larger(x, Float{} - 126.0f);
    Float shifted = x + 12582912.0f;
    Float r = x - (shifted - 12582912.0f), square = r * r;
    Float even = (square * 0.009671513f + 0.24022242f) * square + 1.0f;
    Float odd = (square * 0.0013264727f + 0.055507336f) * square + 0.693147f;
    Float p = odd * r + even;
    return bits_to_float(float_to_bits(p) + shift_left(float_to_bits(shifted), 23));
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
