// Synapses driven by events and the neurons behind them, tile by tile: what the synapses
// sum, and its gradient, stay in the cache.
//
// A kernel of neurons runs on the rows of a tile as it does on a whole tensor. Complex
// neurons have two parts, each with its own weights. The rows of a tile here belong to one
// channel, so that a delay of its own makes its spikes later by as much; those of
// convolutions are in fused_conv.hpp.
#pragma once

#include "programs/shift.hpp"
#include "windows.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Inputs after those of the synapse: gradient of the spikes; delays in steps, one for each
// channel; for their gradient, the delayed spikes.
constexpr int kSpikeGradient = 3, kDelays = 4, kDelayedSpikes = 5;

inline int64_t delay_of(const Call& call, int64_t channel) {
    const float* delays = call.input[kDelays];
    int64_t by = delays ? delay_steps(delays[channel], 1.0f, call.steps) : 0;
    return by > 0 ? by : 0;
}

// Gradients of the delay of `count` rows of one channel, each as `delay_backward`'s.
inline void delay_gradients(const Call& call, int64_t row, int64_t count, int64_t channel) {
    int64_t by = delay_of(call, channel);
    for (int64_t r = row; call.delay_gradient && r < row + count; ++r)
        call.delay_gradient[r] =
            DelaySum{call.input[kDelayedSpikes] + r * call.steps + by,
                     call.input[kSpikeGradient] + r * call.steps, call.steps, by}
                .total();
}

// Neurons from a row on, the first of them of that channel, with states and decays of theirs.
inline Call neurons_from(const Call& call, int64_t row, int64_t channel) {
    Call some = call;
    for (int i = 0; i < kMaxPlanes; ++i) {
        some.input[i] = nullptr;
        some.output[i] = nullptr;
        if (call.state[i]) some.state[i] += row;
        if (call.last[i]) some.last[i] += row;
    }
    for (int i = 0; i < kMaxParameters; ++i) {
        if (call.parameter[i]) some.parameter[i] += channel * call.parameter_stride[i];
        if (call.row_gradient[i]) some.row_gradient[i] += row;
    }
    return some;
}

// `count` neighbouring rows of one channel.
inline Call neurons_of(const Call& call, int64_t row, int64_t count, int64_t channel) {
    Call some = neurons_from(call, row, channel);
    some.rows = some.inner = count;
    some.channels = 1;
    some.settings.latency += delay_of(call, channel);
    return some;
}

// Places of scratch: of each part a tile of sums and one of rows, then the neurons' own.
struct FusedScratch {
    float* at;
    int64_t room;
    float* sums(int part) const { return at + part * room; }
    float* rows(int part) const { return at + (kParts + part) * room; }
    void* own() const { return at + 2 * kParts * room; }
};

// Places lie on whole vectors, as a neuron's own scratch must.
inline FusedScratch fused_scratch(const Call& call, int64_t room) {
    return {static_cast<float*>(call.scratch), (room + kTile - 1) / kTile * kTile};
}

inline int parts_of(const float* const* weights) { return weights[1] ? 2 : 1; }

// A part's sums over the windows of one channel, or their adjoint.
inline void one_window(Kernel run, const Call& call, int64_t item, const float* taps,
                       const float* from, int64_t from_size, float* to, int64_t to_size) {
    Call some = call;
    some.coefficients = taps;
    some.input[0] = from - item * from_size * call.steps;
    some.output[0] = to - item * to_size * call.steps;
    run(some, item, item + 1);
}

// Calls body(neurons of the channel, parts, first row) with what windows sum as their inputs.
template <class Body>
inline void each_windowed(const Call& call, int64_t first, int64_t last, Body body) {
    int64_t count = product_of(call.geometry.windows), pixels = product_of(call.geometry.size);
    FusedScratch scratch = fused_scratch(call, count * call.steps);
    int parts = parts_of(call.input + 1);
    for (int64_t item = first; item < last; ++item) {
        Call some = neurons_of(call, item * count, count, item % call.channels);
        for (int part = 0; part < parts; ++part) {
            one_window(window_rows<WindowSum>, call, item, call.input[1 + part],
                       call.input[0] + item * pixels * call.steps, pixels, scratch.rows(part),
                       count);
            some.input[part] = scratch.rows(part);
        }
        some.scratch = scratch.own();
        body(some, parts, item);
    }
}

// items: N times C. inputs: image [N, C, H, W, T], then taps of each part; outputs: spikes.
template <Kernel neurons>
void fused_windows(const Call& call, int64_t first, int64_t last) {
    each_windowed(call, first, last, [&](Call& some, int, int64_t item) {
        some.output[0] = call.output[0] + item * some.rows * call.steps;
        neurons(some, 0, some.rows);
    });
}

// inputs: as fused_windows; outputs: gradient of the image, and scratch of its size where
// there are two parts (output 1).
template <Kernel neurons>
void fused_windows_backward(const Call& call, int64_t first, int64_t last) {
    int64_t pixels = product_of(call.geometry.size);
    each_windowed(call, first, last, [&](Call& some, int parts, int64_t item) {
        int64_t row = item * some.rows;
        float* of_sums[kParts];
        for (int part = 0; part < parts; ++part)
            some.output[part] = of_sums[part] = const_cast<float*>(some.input[part]);
        some.input[parts] = call.input[kSpikeGradient] + row * call.steps;
        neurons(some, 0, some.rows);
        delay_gradients(call, row, some.rows, item % call.channels);
        for (int part = 0; part < parts; ++part)
            one_window(window_rows<WindowSpread>, call, item, call.input[1 + part], of_sums[part], some.rows,
                       call.output[part] + item * pixels * call.steps, pixels);
    });
}

// The neurons of a channel whose sums are there already; rows as an image has windows.
inline Call summed_neurons(const Call& call, int64_t item) {
    int64_t count = product_of(call.geometry.windows), row = item * count;
    Call some = neurons_of(call, row, count, item % call.channels);
    for (int part = 0; part < parts_of(call.input); ++part)
        some.input[part] = call.input[part] + row * call.steps;
    return some;
}

// items: N times C. inputs: sums of each part [N, C, windows, T]; outputs: spikes.
template <Kernel neurons>
void fused_sums(const Call& call, int64_t first, int64_t last) {
    for (int64_t item = first; item < last; ++item) {
        Call some = summed_neurons(call, item);
        some.output[0] = call.output[0] + item * some.rows * call.steps;
        neurons(some, 0, some.rows);
    }
}

// inputs: as fused_sums; outputs: gradient of each part.
template <Kernel neurons>
void fused_sums_backward(const Call& call, int64_t first, int64_t last) {
    int parts = parts_of(call.input);
    for (int64_t item = first; item < last; ++item) {
        Call some = summed_neurons(call, item);
        int64_t row = item * some.rows;
        for (int part = 0; part < parts; ++part)
            some.output[part] = call.output[part] + row * call.steps;
        some.input[parts] = call.input[kSpikeGradient] + row * call.steps;
        neurons(some, 0, some.rows);
        delay_gradients(call, row, some.rows, item % call.channels);
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
