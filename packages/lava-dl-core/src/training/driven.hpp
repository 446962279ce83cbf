// Synapses driven by events and the neurons behind them, tile by tile: what the synapses
// sum, and its gradient, stay in the cache.
//
// A kernel of neurons runs on the rows of a tile as it does on a whole tensor. Complex
// neurons have two parts, each with its own weights. The rows of a tile belong to one
// channel, so that a delay of its own makes its spikes late by as much more.
#pragma once

#include <algorithm>

#include "programs/shift.hpp"
#include "windows.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kParts = 2;
// Inputs after those of the synapse: gradient of the spikes; delays in steps, one for each
// channel; for their gradient, the late spikes.
constexpr int kSpikeGradient = 3, kDelays = 4, kLateSpikes = 5;

inline int64_t delay_of(const Call& call, int64_t channel) {
    const float* delays = call.input[kDelays];
    int64_t by = delays ? delay_steps(delays[channel], 1.0f, call.steps) : 0;
    return by > 0 ? by : 0;
}

// Gradients of the delay of `count` rows of one channel, each as `delay_backward`'s.
inline void delay_gradients(const Call& call, int64_t row, int64_t count, int64_t channel) {
    int64_t by = delay_of(call, channel);
    for (int64_t r = row; call.delay_gradient && r < row + count; ++r)
        call.delay_gradient[r] = delay_sum(call.input[kLateSpikes] + r * call.steps + by,
                          call.input[kSpikeGradient] + r * call.steps, call.steps, by);
}

// The same for 16 rows that are lanes, [T][16]: their spikes on time, and the gradients that
// come back to those. Steps are counted, and so summed, from where spikes come `latency` late.
inline void delay_lanes(const float* spikes, const float* g, int64_t steps, int64_t latency,
                        double* total) {
    using Float = Lanes<float, kLanes>;
    for (int lane = 0; lane < kConvSlice; lane += kLanes) {
        double sums[kLanes] = {};
        for (int64_t t = 0; t < steps;) {
            int64_t end = t + kTile - (t + latency) % kTile;
            Float sum{};
            for (; t < end && t < steps; ++t) {
                Float x = Float::load(spikes + t * kConvSlice + lane);
                Float next = t + 1 < steps ? Float::load(g + (t + 1) * kConvSlice + lane) : Float{};
                sum = sum + x * (next - Float::load(g + t * kConvSlice + lane));
            }
            float values[kLanes];
            sum.store(values);
            for (int i = 0; i < kLanes; ++i) sums[i] += values[i];
        }
        std::copy_n(sums, kLanes, total + lane);
    }
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
    for (int i = 0; i < kMaxDecays; ++i) {
        if (call.decay[i]) some.decay[i] += channel * call.decay_stride[i];
        if (call.row_gradient[i]) some.row_gradient[i] += row;
    }
    return some;
}

// `count` neighbouring rows of one channel.
inline Call neurons_of(const Call& call, int64_t row, int64_t count, int64_t channel) {
    Call some = neurons_from(call, row, channel);
    some.rows = some.inner = count;
    some.channels = 1;
    some.number[kLatency] += double(delay_of(call, channel));
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

// The neurons of one column of a tile, lanes being its outputs as they are in sums.
struct DrivenColumn {
    const ConvTile& tile;
    int64_t column;
    int64_t apart = tile.sizes.lines * tile.call.image.windows[1];  // rows of a channel
    int64_t row = tile.row(0) + column;

    // Sums of some part, or their gradient.
    float* of(float* sums) const { return sums + column * tile.pitch(); }
    int64_t channel(int lane) const { return tile.slice * kConvSlice + lane; }
    int64_t step(int lane) const { return (row + lane * apart) * tile.call.steps; }
    int64_t late(int lane) const {
        int64_t by = int64_t(tile.call.number[kLatency]) + delay_of(tile.call, channel(lane));
        return by < tile.call.steps ? by : tile.call.steps;
    }

    Call neurons(const DrivenScratch& scratch) const {
        Call some = neurons_from(tile.call, row, channel(0));
        some.rows = some.channels = tile.width;
        some.inner = 1;
        some.lanes = kConvSlice;
        some.apart = apart;
        some.number[kLatency] = 0;
        some.scratch = scratch.own();
        return some;
    }
    // Rows of neighbouring channels are too far from each other for hardware to foresee.
    void fetch(const float* plane, bool to_write) const {
        for (int i = 0; i < tile.width; ++i)
            for (int64_t t = 0; t < tile.call.steps; t += kTile)
                prefetch(plane + step(i) + t, to_write);
    }
    // Lanes to rows of a tensor, late as spikes are; `some` is scratch.
    void to_late(const float* lanes, float* to, float* some) const {
        int64_t steps = tile.call.steps, by = late(0);
        if (tile.call.input[kDelays]) {
            to_rows(lanes, kConvSlice, tile.width, steps, some, steps);
            for (int i = 0; i < tile.width; ++i)
                shift_row(some + i * steps, to + step(i), steps, late(i));
            return;
        }
        for (int i = 0; i < tile.width; ++i) std::fill_n(to + step(i), by, 0.0f);
        to_rows(lanes, kConvSlice, tile.width, steps - by, to + step(0) + by, apart * steps);
    }
    // The adjoint.
    void from_late(const float* from, float* lanes, float* some) const {
        int64_t steps = tile.call.steps, by = late(0);
        if (tile.call.input[kDelays]) {
            for (int i = 0; i < tile.width; ++i)
                shift_row(from + step(i), some + i * steps, steps, -late(i));
            return to_lanes(some, steps, tile.width, steps, lanes, kConvSlice);
        }
        to_lanes(from + step(0) + by, apart * steps, tile.width, steps - by, lanes, kConvSlice);
        std::fill_n(lanes + (steps - by) * kConvSlice, by * kConvSlice, 0.0f);
    }
    // Gradients of the delays, if wanted, from lanes of spikes and of what is back from late.
    void sum_delays(const float* spikes, const float* gradient) const {
        double* to = tile.call.delay_gradient;
        if (!to) return;
        double sums[kConvSlice];
        delay_lanes(spikes, gradient, tile.call.steps, int64_t(tile.call.number[kLatency]), sums);
        for (int i = 0; i < tile.width; ++i) to[row + i * apart] = sums[i];
    }
};

// As sparse_conv; inputs: turned weight of each part; outputs: spikes.
template <Kernel neurons>
void driven_conv(const Call& call, int64_t first, int64_t last) {
    DrivenScratch scratch = driven_scratch(call, conv_room(call.steps));
    int parts = parts_of(call.input);
    for (int64_t item = first; item < last; ++item)
        each_conv_tile(call, item, [&](const ConvTile& tile) {
            for (int part = 0; part < parts; ++part) tile.sum(part, scratch.sums(part));
            for (int64_t c = 0; c < tile.columns(); ++c) {
                DrivenColumn column{tile, c};
                Call some = column.neurons(scratch);
                for (int part = 0; part < parts; ++part)
                    some.input[part] = column.of(scratch.sums(part));
                some.output[0] = scratch.rows(0);
                column.fetch(call.output[0], true);
                neurons(some, 0, some.rows);
                column.to_late(scratch.rows(0), call.output[0], scratch.rows(1));
            }
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
            for (int part = 0; part < parts; ++part) tile.sum(part, scratch.sums(part));
            for (int64_t c = 0; c < tile.columns(); ++c) {
                DrivenColumn column{tile, c};
                Call some = column.neurons(scratch);
                for (int part = 0; part < parts; ++part)
                    some.input[part] = some.output[part] = column.of(scratch.sums(part));
                some.input[parts] = scratch.rows(0);
                column.from_late(call.input[kSpikeGradient], scratch.rows(0), scratch.rows(1));
                if (c + 1 < tile.columns())
                    DrivenColumn{tile, c + 1}.fetch(call.input[kSpikeGradient], false);
                if (call.delay_gradient) some.output[parts] = scratch.rows(1);
                neurons(some, 0, some.rows);
                column.sum_delays(scratch.rows(1), scratch.rows(0));
            }
            for (int part = 0; part < parts; ++part) {
                float* wanted = call.output[kParts + part];
                int64_t apart = tile.sizes.lines * call.image.windows[1] * call.steps;
                if (wanted)
                    tile.to_output(scratch.sums(part), wanted + tile.row(0) * call.steps, apart);
                tile.add_gradient(part, scratch.sums(part));
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
