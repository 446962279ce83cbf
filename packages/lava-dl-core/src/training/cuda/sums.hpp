// Gradients of parameters: summed by each row, by warp, and by a second kernel over those.
#pragma once

#include "program.hpp"
#include "warp.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Leaves a parameter's sum of every row, or of the warp's rows where one value serves all.
__device__ inline void leave_sum(const Call& call, const WarpRows& rows, int which,
                                 double total, double* lanes) {
    double* to = call.row_gradient[which];
    if (!to) return;
    if (call.parameter_stride[which]) {
        to[rows.row] = total;
        return;
    }
    __syncwarp();
    lanes[lane_index()] = total;
    __syncwarp();
    if (lane_index() == 0) {
        double sum = 0.0;
        for (int i = 0; i < rows.held; ++i) sum += lanes[i];
        to[rows.first / kWarp] = sum;
    }
}

// A row's sums of the decays' gradients: tiles in float, all of them in double.
template <class B>
struct Totals {
    double total[B::decays] = {};

    __device__ void add(const float* sum) {
        for (int i = 0; i < B::decays; ++i) total[i] += sum[i];
    }
    // A tile's memory serves as room.
    __device__ void finish(const B& back, const Call& call, const WarpRows& rows, Tile* tiles) {
        float start[B::decays] = {};
        if (!call.earlier[0]) sum_starts(back, call, rows, start);  // else those steps count them
        add(start);
        __syncwarp();
        for (int i = 0; i < B::decays; ++i)
            leave_sum(call, rows, i, total[i], reinterpret_cast<double*>(tiles));
    }
};

// Which value of which parameter a block of `sum_gradients` adds up.
struct GradientValue {
    int parameter = 0;
    int64_t value;

    __device__ explicit GradientValue(const Call& call) : value(blockIdx.x) {
        while (value >= value_count(call, parameter)) value -= value_count(call, parameter++);
    }
};

// A block a value: its threads add up the sums left for it, in one order always.
__device__ inline void sum_gradients(const Call& call) {
    __shared__ double shared[kThreads];
    GradientValue at(call);
    const double* from = call.row_gradient[at.parameter];
    int64_t count = partial_sums(call, at.parameter), inner = 1, block = 1;
    if (call.parameter_stride[at.parameter]) {
        inner = call.inner;
        block = inner * call.channels;
        count /= call.channels;
        from += at.value * inner;
    }
    double sum = 0.0;
#pragma unroll 8
    for (int64_t i = threadIdx.x; i < count; i += kThreads) sum += from[i / inner * block + i % inner];
    shared[threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.x) return;
    for (int i = 1; i < kThreads; ++i) sum += shared[i];
    call.gradient[at.parameter][at.value] = float(sum) * call.gradient_factor;
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
