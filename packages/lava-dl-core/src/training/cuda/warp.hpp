// A warp's 32 rows, a thread each, and the tiles of 32 x 32 by which it reads and writes them.
#pragma once

#include "grid.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

using Tile = float[kWarp][kWarp + 1];  // the odd pitch keeps columns off one memory bank

__device__ inline int lane_index() { return threadIdx.x % kWarp; }
__device__ inline int warp_index() { return threadIdx.x / kWarp; }

// Past the last row a thread repeats it: it computes and writes the same values again.
struct WarpRows {
    int64_t first, row, channel, steps, origin;
    int pitch;  // of two rows, in 32 bits, where a product takes one instruction
    int held;   // rows of this warp that are not repeated; none or fewer past the last

    __device__ explicit WarpRows(const Call& call)
        : first((int64_t(blockIdx.x) * kWarps + warp_index()) * kWarp),
          steps(call.steps),
          origin(first * steps),
          pitch(int(steps)) {
        int64_t left = call.rows - first;
        held = left < kWarp ? int(left) : kWarp;
        row = first + held_lane(lane_index());
        channel = row / call.inner % call.channels;
    }
    __device__ bool empty() const { return held <= 0 || steps == 0; }
    __device__ int held_lane(int i) const { return i < held ? i : held - 1; }

    __device__ float state(const float* from) const { return from ? from[row] : 0.0f; }
    __device__ void save(float* to, float x) const {
        if (to) to[row] = x;
    }
    __device__ float parameter(const Call& call, int which) const {
        return call.parameter[which][channel * call.parameter_stride[which]];
    }
    // Where this thread reads or writes step t of the warp's row i.
    __device__ int64_t at(int i, int64_t t) const {
        return origin + int64_t(held_lane(i)) * pitch + t;
    }
    // Calls body(i, element) for the warp's rows, of which `at` is this thread's in the first.
    // Pitch and count are hidden from the compiler, which would else keep what follows from
    // them for each row in registers from tile to tile.
    template <class T, class Body>
    __device__ void each_row(T* at, Body body) const {
        int step = pitch, left = held;
        asm volatile("" : "+r"(step), "+r"(left));
#pragma unroll
        for (int i = 0; i < kWarp; ++i) {
            body(i, at);
            at += i + 1 < left ? step : 0;
        }
    }
    __device__ void store(float* to, int64_t start, const Tile& tile) const {
        int64_t t = start + lane_index();
        if (!to || t >= steps) return;
        each_row(to + (origin + t), [&](int i, float* at) { *at = tile[i][lane_index()]; });
    }
    // Zeros at the first `count` steps.
    __device__ void clear(float* to, int64_t count) const {
        if (!to || count <= 0) return;
        if (count > steps) count = steps;
        for (int i = 0; i < held; ++i)
            for (int64_t t = lane_index(); t < count; t += kWarp) to[at(i, t)] = 0.0f;
    }
};

// Tiles on their way from memory: all loads are issued before any is waited for, so that
// they arrive while the tiles before them are computed.
template <int Count>
struct Incoming {
    float value[Count][kWarp];

    __device__ void load(const WarpRows& rows, int i, const float* from, int64_t start) {
        int64_t t = start + lane_index();
        bool inside = from && t >= 0 && t < rows.steps;
        rows.each_row(from + (rows.origin + t), [&](int k, const float* at) {
            value[i][k] = inside ? *at : 0.0f;
        });
    }
    __device__ void stage(int i, Tile& tile) const {
#pragma unroll
        for (int k = 0; k < kWarp; ++k) tile[k][lane_index()] = value[i][k];
    }
};

__device__ inline int tile_steps(const WarpRows& rows, int64_t start) {
    return rows.steps - start < kWarp ? int(rows.steps - start) : kWarp;
}
__device__ inline bool any_lane(bool mine) { return __any_sync(0xffffffffu, mine); }

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
