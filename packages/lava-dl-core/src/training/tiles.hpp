// How kernels of tiles share their work: sizes of tiles, scratch, and shapes of the arrays that
// tiles decide about. Python asks for all of them.
#pragma once

#include "call.hpp"

namespace lava_dl {

constexpr int kSlice = 64;              // outputs of an item of a dense layer
constexpr int kInputs = 256;            // inputs whose weights' gradients an item sums
constexpr int kConvSlice = 16;          // and of a convolution
constexpr int64_t kConvRoom = 1 << 16;  // floats of a convolution's sums
constexpr int64_t kConvGroups = 8;      // of lines with a gradient each, added up in order
constexpr int64_t kEventRows = 64;      // rows whose events an item finds
constexpr int64_t kValues = 1 << 14;    // single values of an item
constexpr int64_t kPanel = 256;         // positions of an item of a product
constexpr int64_t kBlock = 64;          // those of them that are summed at once
constexpr int64_t kDepth = 96;          // taps at once
constexpr int64_t kBand = 120;          // outputs of an item
constexpr int64_t kTaps = 192;          // taps whose gradients an item sums, about
constexpr int64_t kPieces = 16;         // items that share a gradient's sum, at most
constexpr int kParts = 2;               // of a complex neuron's input

struct Plan {
    int64_t items;
    int64_t work;               // elements that all of them touch; cheap ones count as less
    int64_t scratch = 0;        // floats of a thread
    int64_t written[4] = {};    // shape of the output, where tiles decide about it
};

constexpr int64_t part_count(int64_t count, int64_t size) { return (count + size - 1) / size; }
// The size of equal parts, of at most that many.
constexpr int64_t part_of(int64_t count, int64_t most) {
    return count ? part_count(count, part_count(count, most)) : 1;
}
constexpr int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
constexpr int64_t product_of(const int64_t (&pair)[2]) { return pair[0] * pair[1]; }

// Output elements of a layer with that geometry, and its taps.
inline int64_t output_size(const Call& call) {
    return call.rows * call.inner * product_of(call.geometry.windows) * call.steps;
}
inline int64_t tap_count(const Call& call) {
    return call.channels * product_of(call.geometry.kernel);
}
inline int64_t event_work(const Call& call) {
    return call.events.start[call.rows * call.channels] * call.inner / 4;
}

inline Plan value_plan(const Call& call) { return {part_count(call.rows, kValues), call.rows / 8}; }
inline Plan event_plan(const Call& call) {
    return {part_count(call.rows, kEventRows), call.rows * call.steps};
}

template <int lanes>
Plan transpose_weight_plan(const Call& call) {
    int64_t slices = part_count(call.inner, lanes);
    return {slices, call.inner * call.channels, 0, {slices, call.channels, lanes}};
}
inline Plan transpose_gradient_plan(const Call& call) {
    int64_t slices = part_count(call.inner, kSlice);
    return {slices * call.rows, call.rows * call.inner * call.steps, 0,
            {slices, call.rows, call.steps, kSlice}};
}

inline Plan dense_plan(const Call& call) {
    return {part_count(call.inner, kSlice) * call.rows,
            event_work(call) + call.rows * call.inner * call.steps, call.steps * kSlice};
}
template <bool BySteps>
Plan dense_gradient_plan(const Call& call) {
    constexpr int64_t block = BySteps ? kInputs : kSlice;
    return {part_count(call.inner, kSlice) * part_count(call.channels, block),
            event_work(call) + call.inner * call.channels,
            kSlice * (block + (BySteps ? call.steps : 0))};
}

// Output columns of a convolution whose sums fit the scratch, at least one; and their floats.
inline int64_t conv_columns(int64_t steps) {
    int64_t columns = kConvRoom / (steps * kConvSlice + 1);
    return columns < 1 ? 1 : columns;
}
inline int64_t conv_room(int64_t steps) { return conv_columns(steps) * steps * kConvSlice; }

inline Plan conv_plan(const Call& call) {
    return {call.rows * call.geometry.windows[0] * part_count(call.inner, kConvSlice),
            output_size(call), conv_room(call.steps)};
}
inline Plan conv_gradient_plan(const Call& call) {
    int64_t groups = smaller(call.rows * call.geometry.windows[0], kConvGroups);
    int64_t slices = part_count(call.inner, kConvSlice);
    return {groups * slices, output_size(call), conv_room(call.steps),
            {groups, slices, tap_count(call), kConvSlice}};
}

// A product takes a dozen multiplications in the time of a neuron's step.
template <bool Adjoint>
Plan product_plan(const Call& call) {
    const auto& size = Adjoint ? call.geometry.size : call.geometry.windows;
    int64_t length = product_of(size) * call.steps;
    return {call.rows * part_count(length, kPanel) * part_count(call.inner, kBand),
            call.rows * call.inner * length * tap_count(call) / 16, kBlock * (kDepth + kBand)};
}
// How the gradient of a product's weight is divided.
struct GradientPlan {
    int64_t taps, slices, pieces, channels, groups;
    explicit GradientPlan(const Call& call) : taps(tap_count(call)) {
        int64_t panels = part_count(product_of(call.geometry.windows) * call.steps, kPanel);
        slices = part_count(call.inner, kSlice);
        pieces = smaller(call.rows * panels, part_count(kPieces, part_count(taps, kSlice)));
        if (pieces < 1) pieces = 1;
        channels = part_of(call.channels, part_count(kTaps, product_of(call.geometry.kernel)));
        groups = part_count(call.channels, channels);
    }
};
inline Plan product_gradient_plan(const Call& call) {
    const GradientPlan plan(call);
    return {plan.pieces * plan.slices * plan.groups, output_size(call) * plan.taps / 16,
            kPanel * kSlice, {plan.pieces, plan.slices, plan.taps, kSlice}};
}

inline Plan window_plan(const Call& call) {
    const auto& g = call.geometry;
    int64_t size = product_of(g.size), windows = product_of(g.windows);
    int64_t items = call.rows * call.channels;
    return {items, items * call.steps * (size > windows ? size : windows)};
}

// Of neurons in one pass with their synapses: of each part a tile of sums and one of rows, and
// what the backward pass of any neuron records.
inline Plan fused_plan(const Call& call, int64_t items, int64_t room) {
    return {items, output_size(call),
            2 * kParts * (room + kTile) + kTile * kMaxPlanes * call.steps};
}
inline Plan fused_conv_plan(const Call& call) {
    return fused_plan(call, conv_plan(call).items, conv_room(call.steps));
}
inline Plan fused_conv_gradient_plan(const Call& call) {
    return fused_plan(call, conv_gradient_plan(call).items, conv_room(call.steps));
}
inline Plan fused_windows_plan(const Call& call) {
    int64_t room = product_of(call.geometry.windows) * call.steps;
    return fused_plan(call, call.rows * call.channels, room);
}
inline Plan fused_sums_plan(const Call& call) {
    return fused_plan(call, call.rows * call.channels, 0);
}

}  // namespace lava_dl
