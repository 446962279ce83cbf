// How many threads a launch has: what kernels and the driver's caller agree on.
#pragma once

#include "call.hpp"

namespace lava_dl {

constexpr int kWarp = 32;
constexpr int kWarps = 2;  // of a block; all its tiles fit 48 KiB of shared memory
constexpr int kThreads = kWarp * kWarps;

// Blocks of recurrent kernels hold a sample each, their threads up to so many of its neurons.
constexpr int kSampleThreads = 512;
constexpr int kSampleNeurons = 4;
constexpr int64_t kMostSampleNeurons = kSampleThreads * kSampleNeurons;

struct Grid {
    int64_t blocks;
    int threads;
    bool holds_weights = false;
};
// Threads that share the steps of a row where a thread holds steps: up to a warp's.
LAVA_DL_HD int row_lanes(int64_t steps) {
    int lanes = 1;
    while (lanes < steps && lanes < kWarp) lanes *= 2;
    return lanes;
}
// Threads hold a row, or a value, each; steps of a row of windows; or the neurons of a sample.
inline Grid grid_of(const Call& call) {
    if (call.by_steps) {
        const int64_t rows = kThreads / row_lanes(call.steps);
        return {(call.rows + rows - 1) / rows, kThreads};
    }
    if (!call.by_samples) return {(call.rows + kThreads - 1) / kThreads, kThreads};
    const int64_t threads = (call.channels + kWarp - 1) / kWarp * kWarp;
    return {call.rows / call.channels, int(threads < kSampleThreads ? threads : kSampleThreads),
            true};
}

// Rows of a sample's weights that fit so many bytes; none where a few steps hardly read them.
inline int rows_that_fit(const Call& call, int64_t bytes) {
    constexpr int64_t kFewSteps = 8;
    if (call.steps < kFewSteps) return 0;
    const int64_t fit = bytes / (call.channels * int64_t(sizeof(float)));
    const int64_t rows = call.coefficient_rows / call.channels;
    return int(fit < rows ? fit : rows);
}

// Sums of a parameter's gradient that a backward kernel leaves: one a row, or one a warp of
// rows where a single value serves all of them.
LAVA_DL_HD int64_t partial_sums(const Call& call, int which) {
    if (call.parameter_stride[which] || call.by_samples) return call.rows;
    return (call.rows + kWarp - 1) / kWarp;
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
