// Backward passes. That of a neuron first steps over all tiles but the last and puts the
// states before each aside, in the memory its gradient is written to later. Then it goes back
// tile by tile: it steps from those states once more and walks from the tile's end to its
// start. So nothing is recorded beyond the gradients, and nothing kept from the forward pass.
#pragma once

#include "forward.hpp"
#include "put_aside.hpp"
#include "sums.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Leaves the program before the last tile, which starts at `last`.
template <class P>
__device__ void put_states_aside(P& program, const Call& call, const WarpRows& rows,
                                 int64_t last, Tile* tiles) {
    Incoming<P::inputs> incoming;
    load_inputs<P>(call, rows, 0, incoming);
    for (int64_t start = 0; start < last; start += kWarp) {
        __syncwarp();
        for (int i = 0; i < P::inputs; ++i) incoming.stage(i, tiles[i]);
        load_inputs<P>(call, rows, start + kWarp, incoming);
        __syncwarp();
        StateWords<P::words> words;
        words.keep(program);
        words.write(rows, call.output[0], start);
#pragma unroll 4
        for (int k = 0; k < kWarp; ++k) {
            float y[P::outputs];
            step_column<P, false>(program, tiles, k, y);
        }
    }
}

// Steps through a tile whose inputs become the traces after the first; that, of spikes, is
// given as bits, one a step.
template <class P>
__device__ uint32_t record_tile(P& program, int count, Tile* tiles) {
    uint32_t sent = 0;
#pragma unroll 4
    for (int k = 0; k < count; ++k) {
        float y[P::outputs];
        step_column<P, true>(program, tiles, k, y);
        sent |= uint32_t(y[0] != 0.0f) << k;
        for (int i = 1; i < P::outputs; ++i) tiles[i - 1][lane_index()][k] = y[i];
    }
    return sent;
}

// Back through a tile: gradients of the inputs take the place of the first tiles.
template <class B>
__device__ void walk_tile(B& back, int count, uint32_t sent, Tile* tiles, Totals<B>& totals) {
    constexpr int at_once = B::traces > 3 ? 2 : 4;  // as registers allow
    float sum[B::decays] = {};
#pragma unroll at_once
    for (int k = count - 1; k >= 0; --k) {
        float grad[B::grads], trace[B::traces], y[B::outputs];
        // Adding -0 changes nothing, so compilers leave it out.
        for (int i = 0; i < B::grads; ++i) grad[i] = -0.0f;
        grad[0] = tiles[B::traces - 1][lane_index()][k];
        trace[0] = float(sent >> k & 1);
        for (int i = 1; i < B::traces; ++i) trace[i] = tiles[i - 1][lane_index()][k];
        back.step(grad, trace, y, sum);
        for (int i = 0; i < B::outputs; ++i) tiles[i][lane_index()][k] = y[i];
    }
    totals.add(sum);
}

// False, with gradients to be overwritten, if a row left the range of its arithmetic. Inputs
// arrive while the tile after them is walked back, gradients while their own is recorded.
template <class P, class B>
__device__ bool backward_rows(const Call& call, const WarpRows& rows, Tile* tiles) {
    const int64_t last = (rows.steps - 1) / kWarp * kWarp;
    P program(call, rows);
    B back(call, rows);
    take_carried(back, call, rows);
    Totals<B> totals;
    put_states_aside(program, call, rows, last, tiles);
    StateWords<P::words> words;
    Incoming<P::inputs> inputs;
    load_inputs<P>(call, rows, last, inputs);
    for (int64_t start = last; start >= 0; start -= kWarp) {
        __syncwarp();
        for (int i = 0; i < P::inputs; ++i) inputs.stage(i, tiles[i]);
        if (start < last) words.restore(program);
        Incoming<1> gradient;
        gradient.load(rows, 0, call.input[P::inputs], start + call.settings.latency);
        __syncwarp();
        int count = tile_steps(rows, start);
        uint32_t sent = record_tile(program, count, tiles);
        if (start == last && any_lane(program.a.left_range())) return false;
        gradient.stage(0, tiles[P::outputs - 1]);
        load_inputs<P>(call, rows, start - kWarp, inputs);
        if (start) words.read(rows, call.output[0], start - kWarp);
        __syncwarp();
        walk_tile(back, count, sent, tiles, totals);
        __syncwarp();
        for (int i = 0; i < B::outputs; ++i) rows.store(call.output[i], start, tiles[i]);
    }
    give_carried(back, call, rows);
    totals.finish(back, call, rows, tiles);
    return true;
}

template <template <class> class P, class B>
__device__ void backward_of(const Call& call, const WarpRows& rows, Tile* tiles) {
    bool done = power_of_two(call.settings.scale) &&
                backward_rows<P<Narrow>, B>(call, rows, tiles);
    if (!done) backward_rows<P<Exact>, B>(call, rows, tiles);
}

// Backward with B, or with E for the exact gradient.
template <template <class> class P, class B, class E = B>
__device__ void backward(const Call& call) {
    __shared__ Tile shared[kWarps][B::traces];
    WarpRows rows(call);
    if (rows.empty()) return;
    Tile* tiles = shared[warp_index()];
    if (call.settings.exact_gradient) backward_of<P, E>(call, rows, tiles);
    else backward_of<P, B>(call, rows, tiles);
}

// Of a program that is linear in time: its traces are the outputs that were saved.
template <class B>
__device__ void linear_backward(const Call& call) {
    constexpr int planes = B::grads + B::traces;
    __shared__ Tile shared[kWarps][planes];
    WarpRows rows(call);
    if (rows.empty()) return;
    Tile* tiles = shared[warp_index()];
    B back(call, rows);
    take_carried(back, call, rows);
    Totals<B> totals;
    Incoming<planes> incoming;
    int64_t start = (rows.steps - 1) / kWarp * kWarp;
#pragma unroll
    for (int i = 0; i < planes; ++i) incoming.load(rows, i, call.input[i], start);
    for (; start >= 0; start -= kWarp) {
        __syncwarp();
        for (int i = 0; i < planes; ++i) incoming.stage(i, tiles[i]);
#pragma unroll
        for (int i = 0; i < planes; ++i) incoming.load(rows, i, call.input[i], start - kWarp);
        __syncwarp();
        float sum[B::decays] = {};
#pragma unroll 4
        for (int k = tile_steps(rows, start) - 1; k >= 0; --k) {
            float x[planes], y[B::outputs];
            for (int i = 0; i < planes; ++i) x[i] = tiles[i][lane_index()][k];
            back.step(x, x + B::grads, y, sum);
            for (int i = 0; i < B::outputs; ++i) tiles[i][lane_index()][k] = y[i];
        }
        totals.add(sum);
        __syncwarp();
        for (int i = 0; i < B::outputs; ++i) rows.store(call.output[i], start, tiles[i]);
    }
    give_carried(back, call, rows);
    totals.finish(back, call, rows, tiles);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
