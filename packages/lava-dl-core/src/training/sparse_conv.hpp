// Convolutions driven by events: only inputs that are not zero are multiplied.
//
// An item is one line of output columns; sums of some columns, all steps and 16 outputs
// stay in the cache. They run in the order of taps' rows, channels, columns, steps.
#pragma once

#include "sparse.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kConvSlice = 16;
constexpr int64_t kConvRoom = 1 << 16;  // floats of scratch

// Output columns whose sums fit the scratch; at least one.
inline int64_t conv_columns(int64_t steps) {
    int64_t columns = kConvRoom / (steps * kConvSlice + 1);
    return columns < 1 ? 1 : columns;
}

// The output column or line that sees position `at` through a tap; -1 if none does.
LAVA_DL_HD int64_t window_of(const Image& image, int axis, int64_t at, int64_t tap) {
    int64_t from = at + image.padding[axis] - tap * image.dilation[axis];
    if (from < 0 || from % image.stride[axis]) return -1;
    int64_t window = from / image.stride[axis];
    return window < image.windows[axis] ? window : -1;
}

// Calls body(row of events, row of weights, column) for all that meet in an output line's
// columns [first, last).
template <class Body>
inline void each_tap(const Call& call, int64_t n, int64_t line, int64_t first, int64_t last,
                     Body body) {
    const Image& image = call.image;
    int64_t height = image.size[0], width = image.size[1];
    for (int64_t ky = 0; ky < image.kernel[0]; ++ky) {
        int64_t y = line * image.stride[0] - image.padding[0] + ky * image.dilation[0];
        if (y < 0 || y >= height) continue;
        for (int64_t c = 0; c < call.channels; ++c)
            for (int64_t x = 0; x < width; ++x) {
                int64_t row = ((n * call.channels + c) * height + y) * width + x;
                if (call.events.start[row] == call.events.start[row + 1]) continue;
                for (int64_t kx = 0; kx < image.kernel[1]; ++kx) {
                    int64_t column = window_of(image, 1, x, kx);
                    if (column < first || column >= last) continue;
                    body(row, (c * image.kernel[0] + ky) * image.kernel[1] + kx, column - first);
                }
            }
    }
}

// items: N times lines times slices; channels: inputs; inner: outputs. inputs: turned weight
// [slice][In kernel][16]; outputs: z [N, Out, H', W', T].
inline void sparse_conv(const Call& call, int64_t first, int64_t last) {
    constexpr int V = kConvSlice / kLanes;
    const Image& image = call.image;
    int64_t slices = (call.inner + kConvSlice - 1) / kConvSlice, lines = image.windows[0];
    int64_t taps = call.channels * image.kernel[0] * image.kernel[1];
    int64_t pitch = call.steps * kConvSlice, columns = conv_columns(call.steps);
    float* sums = static_cast<float*>(call.scratch);
    for (int64_t item = first; item < last; ++item) {
        int64_t slice = item % slices, line = item / slices % lines, n = item / slices / lines;
        const float* weight = call.input[0] + slice * taps * kConvSlice;
        for (int64_t from = 0; from < image.windows[1]; from += columns) {
            int64_t to = from + columns < image.windows[1] ? from + columns : image.windows[1];
            memset(sums, 0, sizeof(float) * (to - from) * pitch);
            each_tap(call, n, line, from, to, [&](int64_t row, int64_t tap, int64_t column) {
                scatter<V>(call.events, row, weight + tap * kConvSlice, sums + column * pitch,
                           kConvSlice);
            });
            float* z = call.output[0] + (((n * call.inner + slice * kConvSlice) * lines + line) *
                                             image.windows[1] + from) * call.steps;
            for (int64_t column = 0; column < to - from; ++column)
                to_rows(sums + column * pitch, kConvSlice,
                        slice_width(call.inner, slice, kConvSlice), call.steps,
                        z + column * call.steps, lines * image.windows[1] * call.steps);
        }
    }
}

// items: groups of samples times slices; rows: N. inputs: gradient [N, Out, H', W', T];
// outputs: each group's gradient of the weight, [group][slice][In kernel][16]; level 0: groups.
inline void sparse_conv_weight_gradient(const Call& call, int64_t first, int64_t last) {
    constexpr int V = kConvSlice / kLanes;
    const Image& image = call.image;
    int64_t slices = (call.inner + kConvSlice - 1) / kConvSlice, lines = image.windows[0];
    int64_t taps = call.channels * image.kernel[0] * image.kernel[1];
    int64_t pitch = call.steps * kConvSlice, columns = conv_columns(call.steps);
    int64_t groups = call.level[0];
    float* turned = static_cast<float*>(call.scratch);
    for (int64_t item = first; item < last; ++item) {
        int64_t slice = item % slices, group = item / slices;
        float* sums = call.output[0] + item * taps * kConvSlice;
        memset(sums, 0, sizeof(float) * taps * kConvSlice);
        int64_t begin = call.rows * group / groups, end = call.rows * (group + 1) / groups;
        for (int64_t each = begin * lines; each < end * lines; ++each) {
            int64_t n = each / lines, line = each % lines;
            for (int64_t from = 0; from < image.windows[1]; from += columns) {
                int64_t to = from + columns < image.windows[1] ? from + columns : image.windows[1];
                const float* g = call.input[0] +
                                 (((n * call.inner + slice * kConvSlice) * lines + line) *
                                      image.windows[1] + from) * call.steps;
                for (int64_t column = 0; column < to - from; ++column)
                    to_lanes(g + column * call.steps, lines * image.windows[1] * call.steps,
                             slice_width(call.inner, slice, kConvSlice), call.steps,
                             turned + column * pitch, kConvSlice);
                each_tap(call, n, line, from, to, [&](int64_t row, int64_t tap, int64_t column) {
                    gather<V>(call.events, row, turned + column * pitch, sums + tap * kConvSlice,
                              kConvSlice);
                });
            }
        }
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
