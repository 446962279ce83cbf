// Integers as lava-nc 0.10 keeps them: sums wrap at 32 bits, states clip at 24.
#pragma once

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kLavaExponent = 6;  // of inputs, biases and thresholds
constexpr int32_t kLavaLimit = 1 << 23;

LAVA_DL_HD int32_t wrapping_add(int32_t a, int32_t b) { return int32_t(uint32_t(a) + uint32_t(b)); }
LAVA_DL_HD int32_t wrapping_shift(int32_t a, int bits) { return int32_t(uint32_t(a) << bits); }
LAVA_DL_HD int32_t scaled_input(int32_t a) { return wrapping_shift(a, kLavaExponent); }

LAVA_DL_HD int32_t lava_clip(int32_t x) {
    x = x > kLavaLimit - 1 ? kLavaLimit - 1 : x;
    return x < 1 - kLavaLimit ? 1 - kLavaLimit : x;
}

// A sum at 24 bits, as convolutions put it out.
LAVA_DL_HD int32_t wrap24(int32_t x) { return wrapping_shift(x, 8) >> 8; }

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
