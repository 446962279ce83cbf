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

// Bits of 2^(i / 8), less the i << 20 that `exp2_of_minus` adds; of i the last three count.
#define LAVA_DL_EIGHTH_POWERS \
    0x3f800000, 0x3f7b95c2, 0x3f7837f0, 0x3f75fed7, 0x3f7504f3, 0x3f75672a, 0x3f7744fd, 0x3f7ac0c7

LAVA_DL_HD int32_t eighth_power(int32_t i) {
    constexpr int32_t powers[8] = {LAVA_DL_EIGHTH_POWERS};
    return powers[i & 7];
}

// -|x|, but no less than the least of all; that for NaN, too.
template <class Float>
LAVA_DL_HD Float minus_size(Float x, float least) {
    return larger(with_sign(x, Float{} - 1.0f), Float{} + least);
}

// 2^-|x| to 1.2 units in the last place, 1 at 0; beyond 126 it is 2^-126. Adding 1.5 2^20
// rounds to whole eighths, which then stand in the lowest bits; the rest is exact and at most
// a sixteenth, where this polynomial is the best of its degree.
template <class Float>
LAVA_DL_HD Float exp2_of_minus(Float x) {
    x = minus_size(x, -126.0f);
    Float shifted = x + 1572864.0f;
    Float r = x - (shifted - 1572864.0f);
    Float more = ((r * 0.055491567f + 0.2402575f) * r + 0.69314724f) * r;
    auto eighths = float_to_bits(shifted);
    Float power = bits_to_float(eighth_power(eighths) + shift_left(eighths, 20));
    return power * more + power;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
