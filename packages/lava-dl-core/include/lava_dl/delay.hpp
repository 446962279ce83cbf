// Delay: y[t] = x[t - d], zero outside, d = trunc(delay / sampling_time).
#pragma once

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Whole steps of a delay; clamped to +-limit, beyond which nothing of the input is left.
LAVA_DL_HD int64_t delay_steps(float delay, float sampling_time, int64_t limit) {
    float steps = delay / sampling_time;
    if (!(steps > -float(limit))) return steps == steps ? -limit : 0;
    return steps < float(limit) ? int64_t(steps) : limit;
}

// The delayed value at step t of a row of `length` steps.
LAVA_DL_HD float delay_step(const float* row, int64_t length, int64_t t, int64_t delay) {
    int64_t source = t - delay;
    return source >= 0 && source < length ? row[source] : 0.0f;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
