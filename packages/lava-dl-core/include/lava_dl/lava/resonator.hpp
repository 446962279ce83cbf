// One step of lava-nc 0.10's fixed-point RF and RF_IZ: the state clips at 24 bits.
#pragma once

#include "lava_dl/lava/integers.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

LAVA_DL_HD void lava_rotate(int32_t& real, int32_t& imag, int32_t sine, int32_t cosine,
                            int32_t real_input, int32_t imag_input) {
    // Inputs beyond this clip the state whatever it was.
    constexpr int32_t most = 1 << 28;
    int32_t a = scaled_input(real_input), b = scaled_input(imag_input);
    a = a > most ? most : a < -most ? -most : a;
    b = b > most ? most : b < -most ? -most : b;
    int32_t x = signed_multiply(real, cosine) - signed_multiply(imag, sine) + a;
    int32_t y = signed_multiply(real, sine) + signed_multiply(imag, cosine) + b;
    real = lava_clip(x);
    imag = lava_clip(y);
}

// RF fires where the state crosses the positive real axis beyond the threshold.
LAVA_DL_HD bool lava_rf_step(int32_t& real, int32_t& imag, int32_t sine, int32_t cosine,
                             int32_t threshold, int32_t real_input, int32_t imag_input) {
    bool below = imag < 0;
    lava_rotate(real, imag, sine, cosine, real_input, imag_input);
    return (real >= threshold) & (imag >= 0) & below;
}

// RF_IZ fires where imag reaches the threshold; the state is then (0, threshold - 1).
LAVA_DL_HD bool lava_rf_iz_step(int32_t& real, int32_t& imag, int32_t sine, int32_t cosine,
                                int32_t threshold, int32_t real_input, int32_t imag_input) {
    lava_rotate(real, imag, sine, cosine, real_input, imag_input);
    bool fired = imag >= threshold;
    real = fired ? 0 : real;
    imag = fired ? threshold - 1 : imag;
    return fired;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
