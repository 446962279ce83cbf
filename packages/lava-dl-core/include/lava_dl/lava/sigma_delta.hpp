// One step of lava-nc 0.10's fixed-point sigma-delta units.
#pragma once

#include "lava_dl/lava/integers.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Sends the change of y where it reaches the threshold. The message loses its low bits,
// which count as sent all the same.
LAVA_DL_HD int32_t lava_delta_step(int32_t& act, int32_t& residue, uint32_t threshold, int32_t y) {
    int32_t change = int32_t(uint32_t(y) - uint32_t(act) + uint32_t(residue));
    uint32_t size = change < 0 ? 0u - uint32_t(change) : uint32_t(change);
    int32_t sent = size >= threshold ? change : 0;
    act = y;
    residue = change - sent;
    return sent >> kLavaExponent;
}

// Sums up and encodes the rectified sum; `bias` counts in the sum's units.
LAVA_DL_HD int32_t lava_sigma_delta_step(int32_t& sigma, int32_t& act, int32_t& residue,
                                         uint32_t threshold, int32_t bias, int32_t input) {
    sigma = wrapping_add(sigma, input);
    int32_t y = wrapping_add(sigma, bias);
    return lava_delta_step(act, residue, threshold, y > 0 ? y : 0);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
