// Convolutions driven by events and the neurons behind them, column by column: neurons take
// sums and give spikes in lanes, one for each output channel, as `scatter` leaves the sums.
#pragma once

#include <algorithm>

#include "fused.hpp"
#include "sparse_conv.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Gradients of the delays of 16 rows that are lanes, as `delay_gradients` has them, from [T][16]:
// spikes on time, and the gradients that come back to those. Tiles of steps begin where those
// of spikes do that come `latency` late.
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

// The neurons of one column of a tile, lanes being its outputs as they are in sums.
struct FusedColumn {
    const ConvTile& tile;
    int64_t column;
    int64_t row_stride = tile.sizes.lines * tile.call.geometry.windows[1];  // rows of a channel
    int64_t row = tile.row(0) + column;

    // Sums of some part, or their gradient.
    float* of(float* sums) const { return sums + column * tile.pitch(); }
    int64_t channel(int lane) const { return tile.slice * kConvSlice + lane; }
    int64_t step(int lane) const { return (row + lane * row_stride) * tile.call.steps; }
    int64_t delay(int lane) const {
        int64_t by = tile.call.settings.latency + delay_of(tile.call, channel(lane));
        return by < tile.call.steps ? by : tile.call.steps;
    }

    Call neurons(const FusedScratch& scratch) const {
        Call some = neurons_from(tile.call, row, channel(0));
        some.rows = some.channels = tile.width;
        some.inner = 1;
        some.lanes = kConvSlice;
        some.row_stride = row_stride;
        some.settings.latency = 0;
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
    void to_delayed_rows(const float* lanes, float* to, float* some) const {
        int64_t steps = tile.call.steps, by = delay(0);
        if (tile.call.input[kDelays]) {
            to_rows(lanes, kConvSlice, tile.width, steps, some, steps);
            for (int i = 0; i < tile.width; ++i)
                shift_row(some + i * steps, to + step(i), steps, delay(i));
            return;
        }
        for (int i = 0; i < tile.width; ++i) std::fill_n(to + step(i), by, 0.0f);
        to_rows(lanes, kConvSlice, tile.width, steps - by, to + step(0) + by, row_stride * steps);
    }
    // The adjoint.
    void from_delayed_rows(const float* from, float* lanes, float* some) const {
        int64_t steps = tile.call.steps, by = delay(0);
        if (tile.call.input[kDelays]) {
            for (int i = 0; i < tile.width; ++i)
                shift_row(from + step(i), some + i * steps, steps, -delay(i));
            return to_lanes(some, steps, tile.width, steps, lanes, kConvSlice);
        }
        to_lanes(from + step(0) + by, row_stride * steps, tile.width, steps - by, lanes, kConvSlice);
        std::fill_n(lanes + (steps - by) * kConvSlice, by * kConvSlice, 0.0f);
    }
    // Gradients of the delays, if wanted, from lanes of spikes and of what is back from late.
    void sum_delays(const float* spikes, const float* gradient) const {
        double* to = tile.call.delay_gradient;
        if (!to) return;
        double sums[kConvSlice];
        delay_lanes(spikes, gradient, tile.call.steps, tile.call.settings.latency, sums);
        for (int i = 0; i < tile.width; ++i) to[row + i * row_stride] = sums[i];
    }
};

// As sparse_conv; inputs: transposed weight of each part; outputs: spikes.
template <Kernel neurons>
void fused_conv(const Call& call, int64_t first, int64_t last) {
    FusedScratch scratch = fused_scratch(call, conv_room(call.steps));
    int parts = parts_of(call.input);
    for (int64_t item = first; item < last; ++item)
        each_conv_tile(call, item, [&](const ConvTile& tile) {
            for (int part = 0; part < parts; ++part) tile.sum(part, scratch.sums(part));
            for (int64_t c = 0; c < tile.columns(); ++c) {
                FusedColumn column{tile, c};
                Call some = column.neurons(scratch);
                for (int part = 0; part < parts; ++part)
                    some.input[part] = column.of(scratch.sums(part));
                some.output[0] = scratch.rows(0);
                column.fetch(call.output[0], true);
                neurons(some, 0, some.rows);
                column.to_delayed_rows(scratch.rows(0), call.output[0], scratch.rows(1));
            }
        });
}

// As sparse_conv_weight_gradient; inputs: transposed weight of each part; outputs: gradients of
// each part's weight, then those of each part's sums where wanted (outputs 2 and 3).
template <Kernel neurons>
void fused_conv_backward(const Call& call, int64_t first, int64_t last) {
    FusedScratch scratch = fused_scratch(call, conv_room(call.steps));
    int parts = parts_of(call.input);
    for (int64_t item = first; item < last; ++item)
        each_gradient_tile(call, item, parts, [&](const ConvTile& tile) {
            for (int part = 0; part < parts; ++part) tile.sum(part, scratch.sums(part));
            for (int64_t c = 0; c < tile.columns(); ++c) {
                FusedColumn column{tile, c};
                Call some = column.neurons(scratch);
                for (int part = 0; part < parts; ++part)
                    some.input[part] = some.output[part] = column.of(scratch.sums(part));
                some.input[parts] = scratch.rows(0);
                column.from_delayed_rows(call.input[kSpikeGradient], scratch.rows(0), scratch.rows(1));
                if (c + 1 < tile.columns())
                    FusedColumn{tile, c + 1}.fetch(call.input[kSpikeGradient], false);
                if (call.delay_gradient) some.output[parts] = scratch.rows(1);
                neurons(some, 0, some.rows);
                column.sum_delays(scratch.rows(1), scratch.rows(0));
            }
            for (int part = 0; part < parts; ++part) {
                float* wanted = call.output[kParts + part];
                int64_t row_stride = tile.sizes.lines * call.geometry.windows[1] * call.steps;
                if (wanted)
                    tile.to_output(scratch.sums(part), wanted + tile.row(0) * call.steps, row_stride);
                tile.add_gradient(part, scratch.sums(part));
            }
        });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
