// Decay by a factor of either sign, truncating toward zero.
#pragma once

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// trunc(state * factor / 4096) is odd in both, so the sign of the factor moves over to
// the state, since 32-bit decays need a factor in 0..4096.
template <class Int>
LAVA_DL_HD Int signed_decay(Int state, Int factor) {
    Int sign = factor < 0 ? Int(-1) : Int(0);
    return decay_multiply(Int((state ^ sign) - sign), Int((factor ^ sign) - sign));
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
