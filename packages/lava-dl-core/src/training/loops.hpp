// Drives a program over a range of rows: fast block by block, exact where one leaves range.
#pragma once

#include "program.hpp"
#include "rows.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

inline int tile_count(const Call& call, int64_t start) {
    int64_t left = call.steps - start;
    return left < kTile ? int(left) : kTile;
}

// Where a tile's steps lie in a plane; the first plane, of spikes, comes late.
struct Span {
    int64_t start;
    int count;
};
inline Span span_of(const Call& call, int plane, int64_t start, int count) {
    if (plane == 0) start += call.settings.latency;
    int64_t room = call.steps - start;
    return {start, room < 0 ? 0 : room < count ? int(room) : count};
}

// A tile of values, [step][row].
template <class Float>
struct alignas(64) Tile {
    float value[kTile * sizeof(Float) / sizeof(float)];

    float* step(int64_t k) { return value + k * (sizeof(Float) / sizeof(float)); }
};

// Calls body(j, values of step start + j) for four steps of arrays, which stay in registers: so
// the steps before need not end before these are loaded.
template <int Count, bool Reverse, class Float, class R, class Body>
LAVA_DL_HD void four_steps(const float* const* arrays, const R& rows, const int64_t* start,
                           Body body) {
    Float four[Count][4];
    LAVA_DL_UNROLL
    for (int i = 0; i < Count; ++i) rows.load_four_steps(arrays[i], start[i], four[i]);
    LAVA_DL_UNROLL
    for (int j = 0; j < 4; ++j) {
        const int at = Reverse ? 3 - j : j;
        Float x[Count];
        for (int i = 0; i < Count; ++i) x[i] = four[i][at];
        body(at, x);
    }
}

// Calls body(k, inputs of step start + k) for a tile's steps.
template <class P, class R, class Body>
LAVA_DL_HD void each_step(const Call& call, const R& rows, int64_t start, int count, Body body) {
    using Float = typename P::Float;
    int64_t k = 0;
    for (; rows.by_fours() && k + 4 <= count; k += 4) {
        int64_t at[P::inputs];
        for (int64_t& each : at) each = start + k;
        four_steps<P::inputs, false, Float>(call.input, rows, at, [&](int j, const Float* x)
                                            LAVA_DL_INLINE { body(k + j, x); });
    }
    if (k == count) return;
    Tile<Float> in[P::inputs];
    for (int i = 0; i < P::inputs; ++i)
        rows.load(call.input[i], start + k, int(count - k), in[i].value);
    for (int64_t j = 0; k < count; ++k, ++j) {
        Float x[P::inputs];
        for (int i = 0; i < P::inputs; ++i) x[i] = R::pack(in[i].step(j));
        body(k, x);
    }
}

// One block from first to last step; false, with outputs to be overwritten, if it left range.
template <class P, class R, bool Traces>
LAVA_DL_APART bool forward_block(const Call& call, const R& rows) {
    using Float = typename P::Float;
    constexpr int wanted = Traces ? P::outputs : 1;
    P program(call, rows);
    rows.clear(call.output[0], call.settings.latency);
    for (int64_t start = 0; start < call.steps; start += kTile) {
        int count = tile_count(call, start);
        Tile<Float> out[wanted];
        each_step<P>(call, rows, start, count, [&](int64_t k, const Float* x) LAVA_DL_INLINE {
            Float y[P::outputs];
            program.template step<Traces>(x, y);
            for (int i = 0; i < wanted; ++i) R::unpack(y[i], out[i].step(k));
        });
        for (int i = 0; i < wanted; ++i) {
            Span span = span_of(call, i, start, count);
            rows.store(call.output[i], span.start, span.count, out[i].value);
        }
    }
    if (program.a.left_range()) return false;
    program.save(rows);
    return true;
}

// How many traces a backward program reads, with or without the decays' gradients.
template <class B, bool Sums>
constexpr int recorded_traces() {
    int count = 0;
    for (int i = 0; i < B::traces; ++i) count += B::reads(i, Sums);
    return count;
}

// Steps a program to fill scratch with the traces its backward reads, [step][plane]. The
// output after the backward's own gets the spikes where wanted, in lanes.
template <class P, class B, bool Sums, class R>
LAVA_DL_APART bool record_block(const Call& call, const R& rows, typename P::Float* scratch) {
    using Float = typename P::Float;
    P program(call, rows);
    float* spikes = call.output[B::outputs];
    for (int64_t start = 0; start < call.steps; start += kTile) {
        int count = tile_count(call, start);
        each_step<P>(call, rows, start, count, [&](int64_t k, const Float* x) LAVA_DL_INLINE {
            Float y[P::outputs];
            program.template step<true>(x, y);
            Float* to = scratch + (start + k) * recorded_traces<B, Sums>();
            for (int i = 0; i < P::outputs; ++i)
                if (B::reads(i, Sums)) *to++ = y[i];
            if (spikes) rows.store_lanes(spikes, start + k, y[0]);
        });
    }
    return !program.a.left_range();
}

// Tile sums in float, rows in double: one grouping whatever the instruction set.
template <class Float, int Count, int N>
struct RowSums {
    double total[Count][N] = {};

    template <class R>
    void add(const Float* sum) {
        for (int d = 0; d < Count; ++d) {
            float values[N];
            R::unpack(sum[d], values);
            for (int i = 0; i < N; ++i) total[d][i] += values[i];
        }
    }
    template <class R>
    void save(const Call& call, const R& rows) const {
        for (int d = 0; d < Count; ++d)
            for (int i = 0; i < rows.held() && call.row_gradient[d]; ++i)
                call.row_gradient[d][rows.place(i)] = total[d][i];
    }
};

// Ungraded spikes of an exponential surrogate, whose gradient alone is given and leaves out the
// reset.
inline bool usual_gradient(const Call& call, int first_grad) {
    bool more = false;
    for (int i = first_grad + 1; i < kMaxPlanes; ++i) more |= call.input[i] != nullptr;
    return !more && !call.settings.graded && !call.settings.exact_gradient &&
           Shape(call.settings.surrogate_shape) == Shape::exponential;
}

// Calls body(k, gradients of step start + k) for a tile's steps, the last one first; those of
// spikes are late as they are, and zero beyond the end.
template <int Count, class R, class Body>
LAVA_DL_HD void each_step_back(const Call& call, const R& rows, const float* const* grads,
                               int64_t start, int count, Body body) {
    using Float = typename R::Vectors;
    Span spans[Count];
    bool whole = rows.by_fours() && count % 4 == 0;
    for (int i = 0; i < Count; ++i) {
        spans[i] = span_of(call, i, start, count);
        whole &= spans[i].count == count;
    }
    if (whole) {
        for (int64_t k = count - 4; k >= 0; k -= 4) {
            int64_t at[Count];
            for (int i = 0; i < Count; ++i) at[i] = spans[i].start + k;
            four_steps<Count, true, Float>(grads, rows, at, [&](int j, const Float* g)
                                           LAVA_DL_INLINE { body(k + j, g); });
        }
        return;
    }
    Tile<Float> grad[Count];
    for (int i = 0; i < Count; ++i) {
        rows.load(grads[i], spans[i].start, spans[i].count, grad[i].value);
        if (spans[i].count < count)
            memset(grad[i].step(spans[i].count), 0, sizeof(Float) * (count - spans[i].count));
    }
    for (int64_t k = count - 1; k >= 0; --k) {
        Float g[Count];
        for (int i = 0; i < Count; ++i) g[i] = R::pack(grad[i].step(k));
        body(k, g);
    }
}

// Reverse time over recorded traces. Gradients come after the program's inputs. What the
// usual case fixes when compiling need not be asked in every step.
template <class B, bool Sums, bool Usual, class R, class Float, int N>
void backward_steps(Call call, const R& rows, int first_grad, const Float* scratch) {
    if constexpr (Usual) {
        call.settings.graded = call.settings.exact_gradient = false;
        call.settings.surrogate_shape = int64_t(Shape::exponential);
    }
    constexpr int given = Usual ? 1 : B::grads;
    B program(call, rows);
    take_carried(program, call, rows);
    RowSums<Float, B::decays, N> sums;
    for (int64_t start = (call.steps - 1) / kTile * kTile; start >= 0; start -= kTile) {
        int count = tile_count(call, start);
        Tile<Float> out[B::outputs];
        Float sum[B::decays] = {};
        const auto step = [&](int64_t k, const Float* first_grads) LAVA_DL_INLINE {
            Float g[B::grads], y[B::outputs], trace[B::traces] = {};
            // Adding -0 changes nothing, so compilers leave it out.
            for (int i = 0; i < B::grads; ++i) g[i] = i < given ? first_grads[i] : Float(-0.0f);
            const Float* from = scratch + (start + k) * recorded_traces<B, Sums>();
            for (int i = 0; i < B::traces; ++i)
                if (B::reads(i, Sums)) trace[i] = *from++;
            program.step(g, trace, y, sum);
            for (int i = 0; i < B::outputs; ++i) R::unpack(y[i], out[i].step(k));
        };
        each_step_back<given>(call, rows, call.input + first_grad, start, count, step);
        if (Sums) sums.template add<R>(sum);
        for (int i = 0; i < B::outputs; ++i) rows.store(call.output[i], start, count, out[i].value);
    }
    give_carried(program, call, rows);
    if (!Sums) return;
    if constexpr (!Usual) {
        Float sum[B::decays] = {};
        if (!call.earlier[0]) sum_starts(program, call, rows, sum);  // else those steps count them
        sums.template add<R>(sum);
    }
    sums.save(call, rows);
}

template <class B, bool Sums, class R, class Float, int N>
void backward_block(const Call& call, const R& rows, int first_grad, const Float* scratch) {
    if constexpr (!always_exact<B>)
        if (usual_gradient(call, first_grad))
            return backward_steps<B, Sums, true, R, Float, N>(call, rows, first_grad, scratch);
    backward_steps<B, Sums, false, R, Float, N>(call, rows, first_grad, scratch);
}

// Copies saved planes to scratch for linear programs, which need no recomputation.
template <class Float, class R>
void copy_block(const Call& call, const R& rows, int first, int planes, Float* scratch) {
    for (int64_t start = 0; start < call.steps; start += kTile)
        for (int i = 0; i < planes; ++i) {
            int count = tile_count(call, start);
            Tile<Float> x;
            rows.load(call.input[first + i], start, count, x.value);
            for (int k = 0; k < count; ++k) scratch[(start + k) * planes + i] = R::pack(x.step(k));
        }
}

// The arithmetic in which a block steps a program.
template <template <class> class P, bool PowerOfTwo>
using Blocks = std::conditional_t<PowerOfTwo && P<Exact>::whole_states, Cut<kRows>,
                                  Fast<kRows, PowerOfTwo>>;

// Runs a block as its arithmetic rounds. Compilers don't know of the mode, so the block is a
// function of its own, out of which they move nothing.
template <class A, class Block, class... Args>
bool rounded(Block block, const Args&... args) {
    [[maybe_unused]] typename A::Rounding mode;
    return block(args...);
}

// What few rows take is compiled once, for all outputs and sums: those not wanted are null.
using ExactRows = Rows<float, 1>;

template <template <class> class P>
void forward_exact(const Call& call, int64_t first) {
    for (int64_t r = first; r < first + kRows && r < call.rows; ++r)
        forward_block<P<Exact>, ExactRows, true>(call, ExactRows(call, r));
}

template <template <class> class P, bool PowerOfTwo, bool Traces>
void forward_rows(const Call& call, int64_t first, int64_t last) {
    using F = Blocks<P, PowerOfTwo>;
    using FastRows = Rows<typename F::Float, kRows>;
    for (int64_t r = first; r < last; r += kRows)
        if (!rounded<F>(forward_block<P<F>, FastRows, Traces>, call, FastRows(call, r)))
            forward_exact<P>(call, r);
}

template <template <class> class P>
void forward(const Call& call, int64_t first, int64_t last) {
    bool traces = false;
    for (int i = 1; i < kMaxPlanes; ++i) traces |= call.output[i] != nullptr;
    bool simple = power_of_two(call.settings.scale);
    if (simple && traces) forward_rows<P, true, true>(call, first, last);
    else if (simple) forward_rows<P, true, false>(call, first, last);
    else forward_rows<P, false, true>(call, first, last);
}

inline bool wants_sums(const Call& call) {
    bool wanted = false;
    for (const double* row : call.row_gradient) wanted |= row != nullptr;
    return wanted;
}

template <template <class> class P, template <class> class B>
void backward_exact(const Call& call, int64_t first) {
    float* scratch = static_cast<float*>(call.scratch);
    for (int64_t r = first; r < first + kRows && r < call.rows; ++r) {
        ExactRows row(call, r);
        record_block<P<Exact>, B<float>, true>(call, row, scratch);
        backward_steps<B<float>, true, false, ExactRows, float, 1>(call, row, P<Exact>::inputs,
                                                                   scratch);
    }
}

template <template <class> class P, template <class> class B, bool PowerOfTwo, bool Sums>
void backward_rows(const Call& call, int64_t first, int64_t last) {
    using F = Blocks<P, PowerOfTwo>;
    using Float = typename F::Float;
    using FastRows = Rows<Float, kRows>;
    Float* scratch = static_cast<Float*>(call.scratch);
    for (int64_t r = first; r < last; r += kRows) {
        FastRows rows(call, r);
        if (rounded<F>(record_block<P<F>, B<Float>, Sums, FastRows>, call, rows, scratch))
            backward_block<B<Float>, Sums, FastRows, Float, kRows>(call, rows, P<F>::inputs,
                                                                   scratch);
        else backward_exact<P, B>(call, r);
    }
}

template <template <class> class P, template <class> class B>
void backward(const Call& call, int64_t first, int64_t last) {
    bool simple = power_of_two(call.settings.scale), sums = wants_sums(call);
    if (simple && !sums) backward_rows<P, B, true, false>(call, first, last);
    else if (simple) backward_rows<P, B, true, true>(call, first, last);
    else backward_rows<P, B, false, true>(call, first, last);
}

// The backward with a program E of its own for the exact gradient.
template <template <class> class P, template <class> class B, template <class> class E>
void either_backward(const Call& call, int64_t first, int64_t last) {
    if (call.settings.exact_gradient) backward<P, E>(call, first, last);
    else backward<P, B>(call, first, last);
}

// Backward of a program that is linear in time: its traces are the saved outputs.
template <template <class> class B, bool Sums>
void linear_backward_rows(const Call& call, int64_t first, int64_t last) {
    using Float = Lanes<float, kRows>;
    using R = Rows<Float, kRows>;
    for (int64_t r = first; r < last; r += kRows) {
        R rows(call, r);
        Float* scratch = static_cast<Float*>(call.scratch);
        if (Sums) copy_block(call, rows, B<Float>::grads, B<Float>::traces, scratch);
        backward_block<B<Float>, Sums, R, Float, kRows>(call, rows, 0, scratch);
    }
}

template <template <class> class B>
void linear_backward(const Call& call, int64_t first, int64_t last) {
    if (wants_sums(call)) linear_backward_rows<B, true>(call, first, last);
    else linear_backward_rows<B, false>(call, first, last);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
