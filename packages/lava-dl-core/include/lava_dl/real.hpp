// float32 helpers with one result on every instruction set: no fused multiply-add.
#pragma once

#include <cstdint>
#include <cstring>

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

LAVA_DL_HD float absolute(float x) { return x < 0.0f ? -x : x; }
LAVA_DL_HD int32_t to_int(float x) { return int32_t(x); }
LAVA_DL_HD float to_float(int32_t x) { return float(x); }
LAVA_DL_HD float bits_to_float(int32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// floor; numbers from 2^23 on are whole already, NaN stays.
template <class Float>
LAVA_DL_HD Float round_down(Float x) {
    auto small = absolute(x) < Float{} + 8388608.0f;
    Float whole = to_float(to_int(select(small, x, Float{})));
    Float floored = whole - select(whole > x, Float{} + 1.0f, Float{});
    return select(small, floored, x);
}

// exp(x) for x <= 0, to 2 units in the last place; below -87 it is exp(-87).
template <class Float>
LAVA_DL_HD Float exp_decreasing(Float x) {
    x = select(x > Float{} - 87.0f, x, Float{} - 87.0f);
    auto n = to_int(x * 1.44269504f - 0.5f);
    Float count = to_float(n);
    Float r = (x - count * 0.693359375f) + count * 2.12194440e-4f;
    Float p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    return (p * (r * r) + r + 1.0f) * bits_to_float((n + 127) << 23);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
