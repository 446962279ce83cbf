// A program over all steps, forwards.
#pragma once

#include "program.hpp"
#include "warp.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <int A, int B>
constexpr int larger_of = A > B ? A : B;

template <class P>
__device__ void load_inputs(const Call& call, const WarpRows& rows, int64_t start,
                            Incoming<P::inputs>& incoming) {
#pragma unroll
    for (int i = 0; i < P::inputs; ++i) incoming.load(rows, i, call.input[i], start);
}

// One step from the tiles' column k.
template <class P, bool Traces>
__device__ void step_column(P& program, const Tile* tiles, int k, float* y) {
    float x[P::inputs];
    for (int i = 0; i < P::inputs; ++i) x[i] = tiles[i][lane_index()][k];
    program.template step<Traces>(x, y);
}

// False, with outputs to be overwritten, if a row left the range of its arithmetic.
template <class P, int Outputs>
__device__ bool forward_rows(const Call& call, const WarpRows& rows, Tile* tiles) {
    constexpr bool traces = Outputs > 1 || P::outputs == 1;
    const int64_t latency = call.settings.latency;
    P program(call, rows);
    Incoming<P::inputs> incoming;
    load_inputs<P>(call, rows, 0, incoming);
    for (int64_t start = 0; start < rows.steps; start += kWarp) {
        __syncwarp();
        for (int i = 0; i < P::inputs; ++i) incoming.stage(i, tiles[i]);
        load_inputs<P>(call, rows, start + kWarp, incoming);
        __syncwarp();
        int count = tile_steps(rows, start);
#pragma unroll 4
        for (int k = 0; k < count; ++k) {
            float y[P::outputs];
            step_column<P, traces>(program, tiles, k, y);
            for (int i = 0; i < Outputs; ++i) tiles[i][lane_index()][k] = y[i];
        }
        __syncwarp();
        for (int i = 0; i < Outputs; ++i)
            rows.store(call.output[i], start + (i ? 0 : latency), tiles[i]);
    }
    if (any_lane(program.a.left_range())) return false;
    rows.clear(call.output[0], latency);
    program.save(rows);
    return true;
}

// Runs rows in 32 bits, and in 64 those of a warp that left their range, and all where the
// scale is no power of two.
template <template <class> class P, int Outputs>
__device__ void forward(const Call& call) {
    constexpr int planes = larger_of<P<Exact>::inputs, Outputs>;
    __shared__ Tile shared[kWarps][planes];
    WarpRows rows(call);
    if (rows.empty()) return;
    Tile* tiles = shared[warp_index()];
    bool done = power_of_two(call.settings.scale) &&
                forward_rows<P<Narrow>, Outputs>(call, rows, tiles);
    if (!done) forward_rows<P<Exact>, Outputs>(call, rows, tiles);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
