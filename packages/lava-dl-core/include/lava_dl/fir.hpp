// FIR filter: y[t] = dt * sum_i f[i] x[t - i]; the correlation looks ahead instead.
#pragma once

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// `direction` is -1 for the causal filter and +1 for the correlation.
LAVA_DL_HD float fir_step(const float* row, int64_t length, int64_t t, const float* taps,
                          int64_t count, float sampling_time, int direction) {
    int64_t reach = direction < 0 ? t + 1 : length - t;
    if (reach > count) reach = count;
    float sum = 0.0f;
    for (int64_t i = 0; i < reach; ++i) sum += row[t + direction * i] * taps[i];
    return sum * sampling_time;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
