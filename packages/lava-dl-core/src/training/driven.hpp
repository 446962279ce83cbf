// Synapses driven by events and the neurons behind them, tile by tile: what the synapses
// sum, and its gradient, stay in the cache.
//
// A kernel of neurons runs on the rows of a tile as it does on a whole tensor. Complex
// neurons have two parts, each with its own weights. The rows of a tile belong to one
// channel, so that a delay of its own makes its spikes late by as much more.
#pragma once

#include "programs/shift.hpp"
#include "windows.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kParts = 2;
// Inputs after those of the synapse: gradient of the spikes; delays in steps, one for each
// channel; for their gradient, the late spikes. And the output of that: doubles, [rows].
constexpr int kSpikeGradient = 3, kDelays = 4, kLateSpikes = 5, kDelayGradient = 4;

inline int64_t delay_of(const Call& call, int64_t channel) {
    const float* delays = call.input[kDelays];
    int64_t by = delays ? delay_steps(delays[channel], 1.0f, call.steps) : 0;
    return by > 0 ? by : 0;
}

// Gradients of the delay of `count` rows of one channel, each as `delay_backward`'s.
inline void delay_gradients(const Call& call, int64_t row, int64_t count, int64_t channel) {
    double* to = reinterpret_cast<double*>(call.output[kDelayGradient]);
    int64_t by = delay_of(call, channel);
    for (int64_t r = row; to && r < row + count; ++r)
        to[r] = delay_sum(call.input[kLateSpikes] + r * call.steps + by,
                          call.input[kSpikeGradient] + r * call.steps, call.steps, by);
}

// The neurons of `count` neighbouring rows of one channel, with states and decays of theirs.
inline Call neurons_of(const Call& call, int64_t row, int64_t count, int64_t channel) {
    Call some = call;
    some.rows = some.inner = count;
    some.channels = 1;
    some.number[kLatency] += double(delay_of(call, channel));
    for (int i = 0; i < kMaxPlanes; ++i) {
        some.input[i] = nullptr;
        some.output[i] = nullptr;
        if (call.state[i]) some.state[i] += row;
        if (call.last[i]) some.last[i] += row;
    }
    for (int i = 0; i < kMaxDecays; ++i) {
        if (call.decay[i]) some.decay[i] += channel * call.decay_stride[i];
        if (call.row_gradient[i]) some.row_gradient[i] += row;
    }
    return some;
}

// Places of scratch: of each part a tile of sums and one of rows, then the neurons' own.
struct DrivenScratch {
    float* at;
    int64_t room;
    float* sums(int part) const { return at + part * room; }
    float* rows(int part) const { return at + (kParts + part) * room; }
    void* own() const { return at + 2 * kParts * room; }
};

// Places lie on whole vectors, as a neuron's own scratch must.
inline DrivenScratch driven_scratch(const Call& call, int64_t room) {
    return {static_cast<float*>(call.scratch), (room + kTile - 1) / kTile * kTile};
}

inline int64_t conv_room(int64_t steps) {
    return conv_columns(steps) * steps * kConvSlice;
}

inline int parts_of(const float* const* weights) { return weights[1] ? 2 : 1; }

// Weighted sums of a tile of a convolution as rows [output of the slice][column][T].
inline void tile_rows(const ConvTile& tile, const DrivenScratch& scratch, int parts) {
    for (int part = 0; part < parts; ++part) {
        tile.sum(part, scratch.sums(part));
        tile.to_output(scratch.sums(part), scratch.rows(part), tile.columns() * tile.call.steps);
    }
}

// Calls body(row, first number of the row in a tile, channel) for each output of a tile.
template <class Body>
inline void each_output(const ConvTile& tile, Body body) {
    for (int o = 0; o < tile.width; ++o)
        body(tile.row(o), o * tile.columns() * tile.call.steps, tile.slice * kConvSlice + o);
}

// As sparse_conv; inputs: turned weight of each part; outputs: spikes.
template <Kernel neurons>
void driven_conv(const Call& call, int64_t first, int64_t last) {
    DrivenScratch scratch = driven_scratch(call, conv_room(call.steps));
    int parts = parts_of(call.input);
    for (int64_t item = first; item < last; ++item)
        each_conv_tile(call, item, [&](const ConvTile& tile) {
            tile_rows(tile, scratch, parts);
            each_output(tile, [&](int64_t row, int64_t at, int64_t channel) {
                Call some = neurons_of(call, row, tile.columns(), channel);
                for (int part = 0; part < parts; ++part)
                    some.input[part] = scratch.rows(part) + at;
                some.output[0] = call.output[0] + row * call.steps;
                some.scratch = scratch.own();
                neurons(some, 0, some.rows);
            });
        });
}

// As sparse_conv_weight_gradient; inputs: turned weight of each part; outputs: gradients of
// each part's weight, then those of each part's sums where wanted (outputs 2 and 3).
template <Kernel neurons>
void driven_conv_backward(const Call& call, int64_t first, int64_t last) {
    DrivenScratch scratch = driven_scratch(call, conv_room(call.steps));
    int parts = parts_of(call.input);
    for (int64_t item = first; item < last; ++item)
        each_gradient_tile(call, item, parts, [&](const ConvTile& tile) {
            tile_rows(tile, scratch, parts);
            each_output(tile, [&](int64_t row, int64_t at, int64_t channel) {
                Call some = neurons_of(call, row, tile.columns(), channel);
                for (int part = 0; part < parts; ++part) {
                    some.input[part] = scratch.rows(part) + at;
                    some.output[part] = scratch.rows(part) + at;
                }
                some.input[parts] = call.input[kSpikeGradient] + row * call.steps;
                some.scratch = scratch.own();
                neurons(some, 0, some.rows);
                delay_gradients(call, row, some.rows, channel);
            });
            for (int part = 0; part < parts; ++part) {
                float* rows = scratch.rows(part);
                each_output(tile, [&](int64_t row, int64_t at, int64_t) {
                    float* wanted = call.output[kParts + part];
                    if (wanted)
                        memcpy(wanted + row * call.steps, rows + at,
                               sizeof(float) * tile.columns() * call.steps);
                });
                tile.add_gradient(part, rows, tile.columns() * call.steps, scratch.sums(part));
            }
        });
}

// A part's sums over the windows of one channel, or their adjoint.
inline void one_window(Kernel run, const Call& call, int64_t item, const float* taps,
                       const float* from, int64_t from_size, float* to, int64_t to_size) {
    Call some = call;
    some.taps = taps;
    some.input[0] = from - item * from_size * call.steps;
    some.output[0] = to - item * to_size * call.steps;
    run(some, item, item + 1);
}

// Calls body(neurons of the channel, parts, first row) with what windows sum as their inputs.
template <class Body>
inline void each_windowed(const Call& call, int64_t first, int64_t last, Body body) {
    const Image& image = call.image;
    int64_t count = image.windows[0] * image.windows[1], pixels = image.size[0] * image.size[1];
    DrivenScratch scratch = driven_scratch(call, count * call.steps);
    int parts = parts_of(call.input + 1);
    for (int64_t item = first; item < last; ++item) {
        Call some = neurons_of(call, item * count, count, item % call.channels);
        for (int part = 0; part < parts; ++part) {
            one_window(window_sum, call, item, call.input[1 + part],
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
void driven_windows(const Call& call, int64_t first, int64_t last) {
    each_windowed(call, first, last, [&](Call& some, int, int64_t item) {
        some.output[0] = call.output[0] + item * some.rows * call.steps;
        neurons(some, 0, some.rows);
    });
}

// inputs: as driven_windows; outputs: gradient of the image, and scratch of its size where
// there are two parts (output 1).
template <Kernel neurons>
void driven_windows_backward(const Call& call, int64_t first, int64_t last) {
    int64_t pixels = call.image.size[0] * call.image.size[1];
    each_windowed(call, first, last, [&](Call& some, int parts, int64_t item) {
        int64_t row = item * some.rows;
        float* of_sums[kParts];
        for (int part = 0; part < parts; ++part)
            some.output[part] = of_sums[part] = const_cast<float*>(some.input[part]);
        some.input[parts] = call.input[kSpikeGradient] + row * call.steps;
        neurons(some, 0, some.rows);
        delay_gradients(call, row, some.rows, item % call.channels);
        for (int part = 0; part < parts; ++part)
            one_window(window_spread, call, item, call.input[1 + part], of_sums[part], some.rows,
                       call.output[part] + item * pixels * call.steps, pixels);
    });
}

// The neurons of a channel whose sums are there already; rows as an image has windows.
inline Call summed_neurons(const Call& call, int64_t item) {
    int64_t count = call.image.windows[0] * call.image.windows[1], row = item * count;
    Call some = neurons_of(call, row, count, item % call.channels);
    for (int part = 0; part < parts_of(call.input); ++part)
        some.input[part] = call.input[part] + row * call.steps;
    return some;
}

// items: N times C. inputs: sums of each part [N, C, windows, T]; outputs: spikes.
template <Kernel neurons>
void driven_sums(const Call& call, int64_t first, int64_t last) {
    for (int64_t item = first; item < last; ++item) {
        Call some = summed_neurons(call, item);
        some.output[0] = call.output[0] + item * some.rows * call.steps;
        neurons(some, 0, some.rows);
    }
}

// inputs: as driven_sums; outputs: gradient of each part.
template <Kernel neurons>
void driven_sums_backward(const Call& call, int64_t first, int64_t last) {
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
