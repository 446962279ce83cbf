// How many threads a launch has: what kernels and the driver's caller agree on.
#pragma once

#include "call.hpp"

namespace lava_dl {

constexpr int kWarp = 32;
constexpr int kWarps = 2;  // of a block; all its tiles fit 48 KiB of shared memory
constexpr int kThreads = kWarp * kWarps;

// Blocks of kernels whose threads hold a row, or a value, each.
inline int64_t row_blocks(const Call& call) { return (call.rows + kThreads - 1) / kThreads; }

// Sums of a parameter's gradient that a backward kernel leaves: one a row, or one a warp
// where a single value serves all rows.
LAVA_DL_HD int64_t partial_sums(const Call& call, int which) {
    return call.parameter_stride[which] ? call.rows : (call.rows + kWarp - 1) / kWarp;
}

// Values of a parameter, each of which a block of `sum_gradients` adds up.
LAVA_DL_HD int64_t value_count(const Call& call, int which) {
    if (!call.row_gradient[which]) return 0;
    return call.parameter_stride[which] ? call.channels : 1;
}
inline int64_t gradient_blocks(const Call& call) {
    int64_t blocks = 0;
    for (int i = 0; i < kMaxParameters; ++i) blocks += value_count(call, i);
    return blocks;
}

}  // namespace lava_dl
