// Delays and filters along time: a warp's lanes stand side by side along time.
#pragma once

#include "programs/shift.hpp"
#include "sums.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kRowsAtOnce = 16;  // whose loads are issued before the first is waited for

// Calls body(first row, step) for groups of the warp's rows.
template <class Body>
__device__ void each_group(const WarpRows& rows, Body body) {
    for (int group = 0; group < rows.held; group += kRowsAtOnce)
        for (int64_t t = lane_index(); t < rows.steps; t += kWarp) body(group, t);
}

// Writes input 0 delayed.
__device__ inline void delay_rows(const Call& call) {
    WarpRows rows(call);
    if (rows.empty()) return;
    __shared__ int64_t shared[kWarps][kWarp];
    int64_t* by = shared[warp_index()];
    by[lane_index()] = row_delay(call, rows.row);
    __syncwarp();
    each_group(rows, [&](int group, int64_t t) {
        float moved[kRowsAtOnce];
#pragma unroll
        for (int i = 0; i < kRowsAtOnce; ++i) {
            int64_t source = t - by[group + i];
            bool inside = source >= 0 && source < rows.steps;
            moved[i] = inside ? call.input[0][rows.at(group + i, source)] : 0.0f;
        }
#pragma unroll
        for (int i = 0; i < kRowsAtOnce; ++i)
            call.output[0][rows.at(group + i, t)] = moved[i];
    });
}

// One row of the gradient: advanced by `by`, and this lane's part of the delay's gradient.
__device__ inline double delay_row_backward(const Call& call, const WarpRows& rows, int i,
                                            int64_t by) {
    const float* g = call.input[0] + rows.at(i, 0);
    const float* x = call.input[1] ? call.input[1] + rows.at(i, 0) : nullptr;
    float* to = call.output[0] + rows.at(i, 0);
    double total = 0.0;
#pragma unroll 4
    for (int64_t t = lane_index(); t < rows.steps; t += kWarp) {
        float here = delay_step(g, rows.steps, t, -by);
        float next = t + 1 + by < rows.steps && t + 1 + by >= 0 ? g[t + 1 + by] : 0.0f;
        if (x && t + by >= 0 && t + by < rows.steps) total += x[t] * (next - here);
        to[t] = here;
    }
    return total;
}

// inputs: gradient, and x where the delay wants its gradient.
__device__ inline void delay_backward_rows(const Call& call) {
    __shared__ double shared[kWarps][kWarp][kWarp + 1];
    WarpRows rows(call);
    if (rows.empty()) return;
    auto* lanes = shared[warp_index()];
    for (int i = 0; i < rows.held; ++i) {
        int64_t by = row_delay(call, rows.first + i);
        lanes[i][lane_index()] = delay_row_backward(call, rows, i, by);
    }
    __syncwarp();
    double total = 0.0;
    for (int k = 0; k < kWarp; ++k) total += lanes[rows.held_lane(lane_index())][k];
    __syncwarp();
    leave_sum(call, rows, 0, total, lanes[0]);
}

__device__ inline void filter_rows(const Call& call) {
    WarpRows rows(call);
    if (rows.empty()) return;
    float sampling_time = float(call.settings.sampling_time);
    int direction = call.settings.correlates ? 1 : -1;
    for (int i = 0; i < rows.held; ++i) {
        const float* x = call.input[0] + rows.at(i, 0);
        for (int64_t t = lane_index(); t < rows.steps; t += kWarp)
            call.output[0][rows.at(i, t)] =
                fir_step(x, rows.steps, t, call.coefficients, call.coefficient_rows,
                         sampling_time, direction);
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
