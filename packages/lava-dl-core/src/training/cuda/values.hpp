// Kernels over single values: a thread a value, which is a row of one step.
#pragma once

#include "lava_dl/quantise.hpp"
#include "warp.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

__device__ inline int64_t value_index() { return int64_t(blockIdx.x) * kThreads + threadIdx.x; }

__device__ inline void quantise_values(const Call& call) {
    int64_t i = value_index();
    if (i >= call.rows) return;
    call.output[0][i] = limited(call.rule, quantised(call.rule, call.input[0][i]));
}

// inputs: weights, gradient.
__device__ inline void quantise_gradients(const Call& call) {
    int64_t i = value_index();
    if (i >= call.rows) return;
    call.output[0][i] = passed(call.rule, quantised(call.rule, call.input[0][i]), call.input[1][i]);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
