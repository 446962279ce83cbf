// Products of weights with every window of an image, their adjoint and the gradient of the
// weights. A dense layer is the case of one pixel.
//
// Each number is a chain of fused multiply-adds in the order of channels, taps' rows and
// columns (of positions, for gradients of weights), whoever computes it; zeros around an image
// may be left out, which changes no finite number but a zero's sign. Windows lie side by side
// in a panel, as if the image were copied once for each tap, but for some columns at a time
// only, so that the panel stays in the cache.
#pragma once

#include <algorithm>
#include <cmath>

#include "sparse_conv.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int64_t kAhead = 8;  // taps that are fetched ahead
constexpr int kBlockRows = 6;
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kBlockVectors = 4;
#else
constexpr int kBlockVectors = 2;
#endif
constexpr int64_t kBlockLanes = kBlockVectors * kLanes;

// a * b + c, rounded once
template <int N>
LAVA_DL_HD Lanes<float, N> multiply_add(const Lanes<float, N>& a, const Lanes<float, N>& b,
                                 const Lanes<float, N>& c) {
    using V = Lanes<float, N>;
#if defined(__AVX512F__)
    return V((typename V::V)_mm512_fmadd_ps((__m512)a.v, (__m512)b.v, (__m512)c.v));
#elif defined(__AVX2__)
    return V((typename V::V)_mm256_fmadd_ps((__m256)a.v, (__m256)b.v, (__m256)c.v));
#else
    V y;
    for (int i = 0; i < N; ++i) y.v[i] = std::fma(a.v[i], b.v[i], c.v[i]);
    return y;
#endif
}

// The same, or rounded twice.
template <bool Fused, int N>
LAVA_DL_HD Lanes<float, N> accumulate(const Lanes<float, N>& a, const Lanes<float, N>& b,
                                 const Lanes<float, N>& c) {
    if constexpr (Fused) return multiply_add(a, b, c);
    else return c + a * b;
}

// Lines one after another, which hardware fetches ahead by itself.
template <int Pitch>
struct Packed {
    const float* first;
    Packed operator[](int64_t k) const { return {first + k * Pitch}; }
};
template <int Pitch>
LAVA_DL_HD void fetch_line(const Packed<Pitch>&, int64_t, int64_t) {}
template <int Pitch>
LAVA_DL_HD int64_t column_of(const Packed<Pitch>&, int64_t k) { return k; }

// A line and its factors' column.
struct Line {
    const float* first;
    int64_t column;
};
LAVA_DL_HD void fetch_line(const Line* lines, int64_t k, int64_t lane) {
    prefetch_now(lines[k].first + lane);
}
LAVA_DL_HD int64_t column_of(const Line* lines, int64_t k) { return lines[k].column; }

// sums[row][lane] += a[row][column of k] * b[k][lane] for k in order: rows times lanes of a block.
template <bool Fused = true, class Lines = const Line*>
struct Matrices {
    const float* a;
    int64_t a_pitch, rows, depth;
    Lines b;  // lines up to the next whole vector
    int64_t lanes;
    float* sums;
    int64_t sums_pitch;

    template <int R, int V>
    void add_block(int64_t row, int64_t lane) const {
        using Float = Lanes<float, kLanes>;
        const float* factors = a + row * a_pitch;
        float* to = sums + row * sums_pitch + lane;
        Float acc[R][V];
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) acc[r][v] = Float::load(to + r * sums_pitch + v * kLanes);
        for (int64_t k = 0; k < depth; ++k) {
            Float x[V];
            const float* from = b[k].first + lane;
            int64_t column = column_of(b, k);
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) {
                x[v] = Float::load(from + v * kLanes);
                fetch_line(b, k + kAhead < depth ? k + kAhead : k, lane + v * kLanes);
            }
#pragma GCC unroll 8
            for (int r = 0; r < R; ++r) {
                Float factor(factors[r * a_pitch + column]);
#pragma GCC unroll 8
                for (int v = 0; v < V; ++v) acc[r][v] = accumulate<Fused>(factor, x[v], acc[r][v]);
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) acc[r][v].store(to + r * sums_pitch + v * kLanes);
    }
    template <int R>
    void add_rows(int64_t row) const {
        for (int64_t lane = 0; lane < lanes; lane += kBlockLanes)
            with_vectors<kBlockVectors>(at_most(lanes - lane, int(kBlockLanes)),
                                        [&](auto used) { add_block<R, used.value>(row, lane); });
    }
    void add() const {
        for (int64_t row = 0, some; row < rows; row += some) {  // blocks as even as can be
            some = part_of(rows - row, kBlockRows);
            with_count<kBlockRows>(int(some), [&](auto count) { add_rows<count.value>(row); });
        }
    }
};

// What a sum over taps sees: of an image what lies under windows, or of windows (`Adjoint`)
// what covers positions of the image.
template <bool Adjoint>
struct View {
    const ConvGeometry& geometry;
    int64_t steps;
    const int64_t* source_size = Adjoint ? geometry.windows : geometry.size;
    const int64_t* positions = Adjoint ? geometry.size : geometry.windows;

    int64_t source_length() const { return source_size[0] * source_size[1] * steps; }
    int64_t size() const { return positions[0] * positions[1] * steps; }
    int64_t taps() const { return geometry.kernel[0] * geometry.kernel[1]; }

    int64_t source(int axis, int64_t at, int64_t tap) const {
        return Adjoint ? window_of(geometry, axis, at, tap) : position_of(geometry, axis, at, tap);
    }
    // Calls body(place in the source's plane, first number, how many) for what a tap of a channel
    // sees of numbers [from, from + count): parts of lines, or of positions where windows stride.
    template <class Body>
    void each_run(int64_t tap, int64_t from, int64_t count, Body body) const {
        int64_t row = tap / geometry.kernel[1], column = tap % geometry.kernel[1];
        bool whole = geometry.stride[1] == 1;  // lines, else single positions
        int64_t length = positions[1] * steps, width = source_size[1] * steps;
        int64_t shift = (column * geometry.dilation[1] - geometry.padding[1]) * steps;
        for (int64_t start = 0, some; start < count; start += some) {
            int64_t within = (from + start) % length, here = whole ? within : within % steps;
            some = smaller(count - start, (whole ? length : steps) - here);
            int64_t y = source(0, (from + start) / length, row), first = here, lead = 0;
            if (whole) first += Adjoint ? -shift : shift;
            else if (int64_t x = source(1, within / steps, column); x < 0) continue;
            else first += x * steps;
            if (first < 0) lead = -first;
            int64_t end = smaller(some, width - first);
            if (y >= 0 && lead < end) body(y * width + first + lead, start + lead, end - lead);
        }
    }
    // Numbers [from, from + count) that a tap (channel, row, column) sees of a sample.
    void tap(const float* sample, int64_t which, int64_t from, int64_t count, float* to) const {
        const float* plane = sample + which / taps() * source_length();
        memset(to, 0, sizeof(float) * count);
        each_run(which % taps(), from, count, [&](int64_t seen, int64_t start, int64_t some) {
            memcpy(to + start, plane + seen, sizeof(float) * some);
        });
    }
    // Numbers from `from` on that are summed at once, `rest` at most: of lines that are long none
    // that the line's end cuts, and whole vectors as even as can be.
    int64_t block(int64_t from, int64_t rest) const {
        int64_t length = positions[1] * steps;
        if (length >= kPanel) rest = smaller(rest, length - from % length);
        return smaller(rest, kConvSlice * part_of(part_count(rest, kConvSlice), kBlock / kConvSlice));
    }
    // Of `count` numbers from `from` on, what each of `some` taps sees, in lines of kBlock:
    // those of the image where they are, copies in `panel` where its edges cut them, and none of
    // rows above or below it. Returns how many.
    int64_t lines_of(const float* sample, int64_t which, int64_t some, int64_t from, int64_t count,
                     float* panel, Line* lines) const {
        int64_t length = source_size[1] * steps, length_out = positions[1] * steps;
        int64_t within = from % length_out, vectors = part_count(count, kConvSlice) * kConvSlice;
        bool plain = geometry.stride[1] == 1 && within + count <= length_out, all = true;
        for (int64_t i = 0; i < some && i < taps(); ++i) {
            int64_t tap_here = (which + i) % taps(), column = tap_here % geometry.kernel[1];
            int64_t y = source(0, from / length_out, tap_here / geometry.kernel[1]);
            int64_t shift = (column * geometry.dilation[1] - geometry.padding[1]) * steps;
            int64_t start = within + (Adjoint ? -shift : shift);
            bool outside = plain && y < 0;
            bool whole = plain && start >= 0 && start + vectors <= length;
            const float* line = sample + (which + i) / taps() * source_length() + y * length;
            for (int64_t k = i; k < some; k += taps(), line += source_length()) {
                float* copy = panel + k * kBlock;
                lines[k] = {outside ? nullptr : whole ? line + start : copy, k};
                if (!outside && !whole) tap(sample, which + k, from, count, copy);
            }
            all &= !outside;
        }
        if (all) return some;
        return std::remove_if(lines, lines + some, [](const Line& l) { return !l.first; }) - lines;
    }
};

// items: N times panels times bands; rows: N; channels: those source_size; inner: outputs. inputs:
// what is source_size, weight [Out, channels kernel]; outputs: sums; scratch: panel and sums.
template <bool Adjoint>
inline void product(const Call& call, int64_t first, int64_t last) {
    View<Adjoint> view{call.geometry, call.steps};
    int64_t size = view.size(), depth = tap_count(call);
    int64_t panels = part_count(size, kPanel), bands = part_count(call.inner, kBand);
    int64_t part = part_of(depth, kDepth);
    float* panel = static_cast<float*>(call.scratch);
    float* sums = panel + kBlock * kDepth;
    Line lines[kDepth];
    for (int64_t item = first; item < last; ++item) {
        int64_t band = item % bands * kBand, n = item / bands / panels;
        int64_t rows = at_most(call.inner - band, int(kBand)), at = item / bands % panels * kPanel;
        const float* sample = call.input[0] + n * call.channels * view.source_length();
        float* out = call.output[0] + (n * call.inner + band) * size;
        int64_t end = at + kPanel < size ? at + kPanel : size;
        for (int64_t from = at, count; from < end; from += count) {
            count = view.block(from, end - from);
            memset(sums, 0, sizeof(float) * rows * kBlock);
            for (int64_t k = 0; k < depth; k += part) {
                int64_t some = depth - k < part ? depth - k : part;
                int64_t seen = view.lines_of(sample, k, some, from, count, panel, lines);
                Matrices<>{call.input[1] + band * depth + k, depth, rows, seen, lines, count,
                           sums, kBlock}.add();
            }
            for (int64_t r = 0; r < rows; ++r)
                memcpy(out + r * size + from, sums + r * kBlock, sizeof(float) * count);
        }
    }
}

// items: pieces of all N times panels, times slices of outputs, times groups of channels. inputs:
// image, gradient of its product; outputs: each piece's gradient of the weight [slice][taps][64];
// scratch: panel of the gradient, transposed.
inline void product_weight_gradient(const Call& call, int64_t first, int64_t last) {
    View<false> view{call.geometry, call.steps};
    const GradientPlan plan(call);
    int64_t size = view.size(), length = view.source_length(), taps = view.taps();
    int64_t panels = part_count(size, kPanel), all = call.rows * panels;
    float* transposed = static_cast<float*>(call.scratch);
    for (int64_t item = first; item < last; ++item) {
        int64_t channel = item % plan.groups * plan.channels, tile = item / plan.groups;
        int64_t piece = tile / plan.slices, slice = tile % plan.slices;
        int64_t channels = smaller(call.channels - channel, plan.channels);
        int outputs = slice_width(call.inner, slice, kSlice);
        float* sums = call.output[0] + (tile * call.channels + channel) * taps * kSlice;
        memset(sums, 0, sizeof(float) * channels * taps * kSlice);
        int64_t end = all * (piece + 1) / plan.pieces;
        for (int64_t at = all * piece / plan.pieces; at < end; ++at) {
            int64_t n = at / panels, from = at % panels * kPanel;
            int64_t count = smaller(size - from, kPanel);
            const float* grad = call.input[1] + (n * call.inner + slice * kSlice) * size + from;
            to_lanes(grad, size, outputs, count, transposed, kSlice);
            const float* image = call.input[0] + (n * call.channels + channel) * length;
            for (int64_t tap = 0; tap < taps; ++tap)
                view.each_run(tap, from, count, [&](int64_t seen, int64_t start, int64_t some) {
                    Matrices<true, Packed<kSlice>>{image + seen, length, channels, some,
                        {transposed + start * kSlice}, outputs, sums + tap * kSlice,
                        taps * kSlice}.add();
                });
        }
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
