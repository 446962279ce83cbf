// Convolutions driven by events: only inputs that are not zero are multiplied.
//
// An item is one line of output columns; sums of some columns, all steps and 16 outputs
// stay in the cache. They run in the order of taps' rows, columns, channels, steps: all that
// a column takes comes while its sums are in the fastest cache.
#pragma once

#include "sparse.hpp"
#include "window_geometry.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kOverlap = 5;  // columns that take an event at once

// Some columns of an output line that see one position of the image, each through its tap.
struct Overlap {
    int count = 0;
    int64_t tap[kOverlap], column[kOverlap];
};

// Calls body(row of events, first of the channel's taps in this row of the kernel, overlap)
// for all that meet in an output line's columns [first, last).
template <class Body>
inline void each_overlap(const Call& call, int64_t n, int64_t line, int64_t first, int64_t last,
                         Body body) {
    const ConvGeometry& geometry = call.geometry;
    int64_t height = geometry.size[0], width = geometry.size[1], taps = geometry.kernel[1];
    for (int64_t ky = 0; ky < geometry.kernel[0]; ++ky) {
        int64_t y = position_of(geometry, 0, line, ky);
        if (y < 0) continue;
        for (int64_t x = 0; x < width; ++x)
            for (int64_t kx = 0; kx < taps;) {
                Overlap overlap;
                for (; kx < taps && overlap.count < kOverlap; ++kx) {
                    int64_t column = window_of(geometry, 1, x, kx);
                    if (column < first || column >= last) continue;
                    overlap.tap[overlap.count] = kx;
                    overlap.column[overlap.count++] = column - first;
                }
                for (int64_t c = 0; overlap.count && c < call.channels; ++c) {
                    int64_t row = ((n * call.channels + c) * height + y) * width + x;
                    if (call.events.start[row] == call.events.start[row + 1]) continue;
                    body(row, (c * geometry.kernel[0] + ky) * taps, overlap);
                }
            }
    }
}

struct ConvSizes {
    int64_t slices, lines, taps, groups;

    explicit ConvSizes(const Call& call)
        : slices(part_count(call.inner, kConvSlice)),
          lines(call.geometry.windows[0]),
          taps(tap_count(call)),
          groups(smaller(call.rows * lines, kConvGroups)) {}
};

// The sums of some columns of one output line, [column][T][16], for one slice of outputs.
struct ConvTile {
    static constexpr int vectors = kConvSlice / kLanes;
    const Call& call;
    const ConvSizes& sizes;
    int64_t n, line, slice, from = 0, to = 0;
    float* gradient[2] = {};  // of each part's weight, [taps][16]
    int width = 0;            // outputs of the slice

    int64_t columns() const { return to - from; }
    int64_t pitch() const { return call.steps * kConvSlice; }
    // The row of the tile's first column in [N, Out, H', W'].
    int64_t row(int output) const {
        int64_t at = n * call.inner + slice * kConvSlice + output;
        return (at * sizes.lines + line) * call.geometry.windows[1] + from;
    }

    // Calls body(number of vectors, of columns, then as each_overlap) with constant numbers.
    template <class Body>
    void each_overlap_row(Body body) const {
        with_vectors<vectors>(width, [&](auto used) {
            each_overlap(call, n, line, from, to,
                         [&](int64_t row, int64_t tap, const Overlap& overlap) {
                             with_count<kOverlap>(overlap.count, [&](auto count) {
                                 body(used, count, row, tap, overlap);
                             });
                         });
        });
    }
    void sum(int part, float* sums) const {
        const float* weight = call.input[part] + slice * sizes.taps * kConvSlice;
        memset(sums, 0, sizeof(float) * columns() * pitch());
        each_overlap_row([&](auto used, auto count, int64_t row, int64_t tap, const Overlap& overlap) {
            const float* weights[count.value];
            float* columns[count.value];
            for (int i = 0; i < count.value; ++i) {
                weights[i] = weight + (tap + overlap.tap[i]) * kConvSlice;
                columns[i] = sums + overlap.column[i] * pitch();
            }
            scatter<used.value, count.value>(call.events, row, weights, columns, kConvSlice);
        });
    }
    // To rows [output][column][T], outputs being `row_stride` floats from each other.
    void to_output(const float* sums, float* rows, int64_t row_stride) const {
        for (int64_t column = 0; column < columns(); ++column)
            to_rows(sums + column * pitch(), kConvSlice, width, call.steps,
                    rows + column * call.steps, row_stride);
    }
    // From such rows.
    void from_output(const float* rows, float* sums, int64_t row_stride) const {
        for (int64_t column = 0; column < columns(); ++column)
            to_lanes(rows + column * call.steps, row_stride, width, call.steps,
                     sums + column * pitch(), kConvSlice);
    }
    // Adds what gradients of the sums give each tap.
    void add_gradient(int part, const float* transposed) const {
        each_overlap_row([&](auto used, auto count, int64_t row, int64_t tap, const Overlap& overlap) {
            const float* columns[count.value];
            float* sums[count.value];
            for (int i = 0; i < count.value; ++i) {
                columns[i] = transposed + overlap.column[i] * pitch();
                sums[i] = gradient[part] + (tap + overlap.tap[i]) * kConvSlice;
            }
            gather<used.value, count.value>(call.events, row, columns, sums, kConvSlice);
        });
    }
};

// Calls body(tile) for the tiles of a line.
template <class Body>
inline void each_tile_of(ConvTile tile, Body body) {
    int64_t all = tile.call.geometry.windows[1], columns = conv_columns(tile.call.steps);
    tile.width = slice_width(tile.call.inner, tile.slice, kConvSlice);
    for (tile.from = 0; tile.from < all; tile.from = tile.to) {
        tile.to = tile.from + columns < all ? tile.from + columns : all;
        body(tile);
    }
}

// Items: N times lines times slices.
template <class Body>
inline void each_conv_tile(const Call& call, int64_t item, Body body) {
    ConvSizes sizes(call);
    int64_t line = item / sizes.slices;
    each_tile_of({call, sizes, line / sizes.lines, line % sizes.lines, item % sizes.slices}, body);
}

// Items: groups of lines times slices. outputs: gradients of each part's weight.
template <class Body>
inline void each_gradient_tile(const Call& call, int64_t item, int parts, Body body) {
    ConvSizes sizes(call);
    int64_t group = item / sizes.slices, all = call.rows * sizes.lines;
    ConvTile tile{call, sizes, 0, 0, item % sizes.slices};
    for (int part = 0; part < parts; ++part) {
        tile.gradient[part] = call.output[part] + item * sizes.taps * kConvSlice;
        memset(tile.gradient[part], 0, sizeof(float) * sizes.taps * kConvSlice);
    }
    int64_t end = all * (group + 1) / sizes.groups;
    for (int64_t line = all * group / sizes.groups; line < end; ++line) {
        tile.n = line / sizes.lines;
        tile.line = line % sizes.lines;
        each_tile_of(tile, body);
    }
}

// items: as each_conv_tile; channels: inputs; inner: outputs. inputs: transposed weight
// [slice][In kernel][16]; outputs: z [N, Out, H', W', T].
inline void sparse_conv(const Call& call, int64_t first, int64_t last) {
    float* sums = static_cast<float*>(call.scratch);
    int64_t row_stride = call.geometry.windows[0] * call.geometry.windows[1] * call.steps;
    for (int64_t item = first; item < last; ++item)
        each_conv_tile(call, item, [&](const ConvTile& tile) {
            tile.sum(0, sums);
            tile.to_output(sums, call.output[0] + tile.row(0) * call.steps, row_stride);
        });
}

// items: as each_gradient_tile; rows: N. inputs: gradient [N, Out, H', W', T]; outputs: each
// group's gradient of the weight, [group][slice][In kernel][16].
inline void sparse_conv_weight_gradient(const Call& call, int64_t first, int64_t last) {
    float* transposed = static_cast<float*>(call.scratch);
    int64_t row_stride = call.geometry.windows[0] * call.geometry.windows[1] * call.steps;
    for (int64_t item = first; item < last; ++item)
        each_gradient_tile(call, item, 1, [&](const ConvTile& tile) {
            tile.from_output(call.input[0] + tile.row(0) * call.steps, transposed, row_stride);
            tile.add_gradient(0, transposed);
        });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
