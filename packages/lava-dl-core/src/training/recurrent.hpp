// Neurons whose spikes return to them through a dense weight, stepped inside one kernel, and
// their gradients through time.
//
// A group of samples takes a step together: in a plane, the channels of its samples lie beside
// each other, each sample's padded to whole vectors. What a sample gets has the same bits in
// any group, so that threads may share samples as they like.
#pragma once

#include <new>

#include "feedback.hpp"
#include "loops.hpp"
#include "returning.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Samples [first, first + count), their planes of up to kTile steps, and their programs.
struct Group {
    const Call& call;
    int64_t first;
    RecurrentSize size;
    float *inputs, *returned, *sums, *weights, *traces;
    int32_t* places;
    char* room;  // for a program of each block
    Returning returning;
    float unit = 0.0f;  // of whole weights, or 0

    Group(const Call& c, int64_t from, int64_t to, int parts)
        : call(c), first(from), size(c, to - from, parts, kLanes), returning(c, size) {
        inputs = static_cast<float*>(c.scratch);
        returned = inputs + size.inputs();
        sums = returned + size.returned();
        weights = sums + size.sums();
        places = reinterpret_cast<int32_t*>(weights + size.weights());
        float* delays = weights + size.weights() + size.places();
        returning.place(delays);
        room = reinterpret_cast<char*>(delays + size.delays());
        room += -reinterpret_cast<uintptr_t>(room) & 63;
        traces = reinterpret_cast<float*>(room + size.programs());
    }
    // A step's row of a plane: of a part of the input, of what returns (one step more), of sums.
    float* input(int part, int64_t k) const { return inputs + (part * kTile + k) * size.lanes; }
    float* fed(int part, int64_t k) const {
        return returned + (part * (kTile + 1) + k) * size.lanes;
    }
    float* sum(int part) const { return sums + part * size.lanes; }
    float* trace(int64_t t, int which, int count) const {
        return traces + (t * count + which) * size.lanes;
    }

    // A tile of an array [N, C, T] as rows of a plane, and back; fetches the tile that is next,
    // `ahead` steps from it.
    void read(const float* from, int64_t start, int count, float* plane, int ahead) const {
        for (int64_t n = 0; n < size.count; ++n) {
            const float* rows = sample(from, n) + start;
            to_lanes(rows, call.steps, int(call.channels), count, plane + n * size.padded,
                     int(size.lanes));
            fetch(rows + ahead, false);
        }
    }
    void write(const float* plane, int64_t start, int count, float* to, int ahead) const {
        for (int64_t n = 0; to && n < size.count; ++n) {
            float* rows = const_cast<float*>(sample(to, n)) + start;
            to_rows(plane + n * size.padded, int(size.lanes), int(call.channels), count, rows,
                    call.steps);
            fetch(rows + ahead, true);
        }
    }
    // Spikes of a tile, as late as the latency says, and their gradient.
    void write_spikes(int64_t start, int count) const {
        const Span span = span_of(call, 0, start, count);
        if (span.count) write(fed(0, 1), span.start, span.count, call.output[0], kTile);
    }
    void read_gradient(const float* from, int64_t start, int count) const {
        const Span span = span_of(call, 0, start, count);
        memset(input(0, span.count), 0, sizeof(float) * (count - span.count) * size.lanes);
        if (span.count) read(from, span.start, span.count, input(0, 0), -kTile);
    }
    void clear_first() const {
        const int64_t empty = smaller(call.settings.latency, call.steps);
        for (int64_t row = first * size.channels; row < (first + size.count) * size.channels; ++row)
            memset(call.output[0] + row * call.steps, 0, sizeof(float) * empty);
    }
    // The same of an array [N, T, C], of a part's inputs.
    void read_steps(const float* from, int64_t start, int count, int part) const {
        each_sample_step(start, count, [&](int64_t at, int k, int64_t lane) {
            float* to = input(part, k) + lane;
            memcpy(to, from + at, sizeof(float) * size.channels);
            memset(to + size.channels, 0, sizeof(float) * (size.padded - size.channels));
        });
    }
    void write_steps(const float* plane, int64_t start, int count, float* to) const {
        if (!to) return;
        each_sample_step(start, count, [&](int64_t at, int k, int64_t lane) {
            memcpy(to + at, plane + k * size.lanes + lane, sizeof(float) * size.channels);
        });
    }
    // A tile of a part's inputs, of either order.
    void read_inputs(int64_t start, int count, int part) const {
        if (call.settings.by_steps) read_steps(call.input[part], start, count, part);
        else read(call.input[part], start, count, input(part, 0), kTile);
    }
    // Calls body(block, rows, lane) for blocks of N channels of a sample each.
    template <class R, int N, class Body>
    void each_block_of_rows(Body body) const {
        Call one = call;
        for (int64_t n = 0, b = 0; n < size.count; ++n) {
            one.rows = (first + n + 1) * call.channels;
            for (int64_t c = 0; c < call.channels; c += N, ++b)
                body(b, R(one, (first + n) * call.channels + c), n * size.padded + c);
        }
    }
    // The same without the rows.
    template <int N, class Body>
    void each_lane(Body body) const {
        for (int64_t n = 0, b = 0; n < size.count; ++n)
            for (int64_t c = 0; c < call.channels; c += N, ++b) body(b, n * size.padded + c);
    }
    // Adds what returns of values of a step to the sums of so many parts, of them or of one.
    void add_forward(const float* values, int parts) const {
        Feedback<kForwardLanes, false> feedback{values, weights, size, places};
        if (unit) feedback.add_whole(parts, unit, sums);
        else feedback.add(parts, sums);
    }
    template <bool Fused>
    void add_backward(const float* values, int part) const {
        const float* weight = weights + size.slice(part, 0, kBackwardLanes);
        Feedback<kBackwardLanes, Fused>{values, weight, size, places}.add(1, sums);
    }
    // Makes an object of each block in the room; they need no destruction.
    template <class T, class R, int N>
    T* make() const {
        static_assert(sizeof(T) <= size_t(kProgramBytes) * N, "RecurrentSize reserves less");
        T* all = reinterpret_cast<T*>(room);
        each_block_of_rows<R, N>([&](int64_t b, const R& rows, int64_t) {
            new (all + b) T(call, rows);
        });
        return all;
    }

  private:
    // Calls body(where in [N, T, C], k, lane) for steps start + k of all samples.
    template <class Body>
    void each_sample_step(int64_t start, int count, Body body) const {
        for (int64_t n = 0; n < size.count; ++n)
            for (int k = 0; k < count; ++k)
                body(((first + n) * call.steps + start + k) * size.channels, k, n * size.padded);
    }
    void fetch(const float* rows, bool to_write) const {
        for (int64_t c = 0; c < call.channels; ++c) prefetch(rows + c * call.steps, to_write);
    }
    const float* sample(const float* array, int64_t n) const {
        return array + (first + n) * call.channels * call.steps;
    }
};

template <class Body>
void each_tile(int64_t steps, Body body) {
    for (int64_t start = 0; start < steps; start += kTile)
        body(start, at_most(steps - start, kTile));
}

// Whether one of the programs left range.
template <class R, int N, class P>
bool any_left_range(const Group& g, const P* programs) {
    bool left = false;
    g.each_lane<N>([&](int64_t b, int64_t) { left |= programs[b].a.left_range(); });
    return left;
}

// Adds to the inputs of step k what returns, of the step before or of earlier ones, and takes
// the step.
template <class P, class R, int N>
void recurrent_step(const Group& g, P* programs, int k) {
    using Float = typename P::Float;
    memset(g.sums, 0, sizeof(float) * g.size.sums());
    g.add_forward(g.returning.pass(g.fed(0, k)), P::inputs);
    g.each_lane<N>([&](int64_t b, int64_t at) {
        Float x[P::inputs], y[P::outputs];
        for (int i = 0; i < P::inputs; ++i) {
            x[i] = R::pack(g.input(i, k) + at) + R::pack(g.sum(i) + at);
            R::unpack(x[i], g.input(i, k) + at);
        }
        programs[b].template step<false>(x, y);
        R::unpack(y[0], g.fed(0, k + 1) + at);
    });
}

// All steps of a group; false, with outputs to be overwritten, if a program left range.
template <class P, class R, int N>
bool recurrent_steps(const Group& g) {
    const Call& call = g.call;
    P* programs = g.make<P, R, N>();
    memset(g.fed(0, 0), 0, sizeof(float) * (kTile + 1) * g.size.lanes);
    g.returning.start();
    g.clear_first();
    each_tile(call.steps, [&](int64_t start, int count) {
        for (int i = 0; i < P::inputs; ++i) g.read_inputs(start, count, i);
        for (int k = 0; k < count; ++k) recurrent_step<P, R, N>(g, programs, k);
        g.write_spikes(start, count);
        for (int i = 0; i < P::inputs; ++i)
            g.write_steps(g.input(i, 0), start, count, call.output[1 + i]);
        memcpy(g.fed(0, 0), g.fed(0, count), sizeof(float) * g.size.lanes);
    });
    if (any_left_range<R, N>(g, programs)) return false;
    g.each_block_of_rows<R, N>(
        [&](int64_t b, const R& rows, int64_t) { programs[b].save(rows); });
    return true;
}

template <template <class> class P, bool PowerOfTwo>
void recurrent_group(Group& g) {
    using F = Fast<kLanes, PowerOfTwo>;
    for (int i = 0; i < P<F>::inputs; ++i) forward_slices(g.call, i, g.size, g.weights);
    if (!g.call.settings.graded && g.call.steps >= kTile) g.unit = make_whole(g.weights, g.size);
    if (!recurrent_steps<P<F>, Rows<typename F::Float, kLanes>, kLanes>(g))
        recurrent_steps<P<Exact>, Rows<float, 1>, 1>(g);
}

// inputs: as the neuron's, or [N, T, C] `by_steps`; coefficients: weights [part][to][from];
// outputs: spikes, as late as the latency says, then of each part the sum of its input and what
// returned, [N, T, C], where asked for; last: states after the last step.
template <template <class> class P>
void recurrent(const Call& call, int64_t first, int64_t last) {
    Group g(call, first, last, P<Exact>::inputs);
    if (power_of_two(call.settings.scale)) recurrent_group<P, true>(g);
    else recurrent_group<P, false>(g);
}

// --- gradients ---

// Records the traces that the backward reads, from the sums that the forward gave.
template <class P, class B, bool Sums, class R, int N>
bool record_group(const Group& g) {
    using Float = typename P::Float;
    constexpr int recorded = recorded_traces<B, Sums>();
    P* programs = g.make<P, R, N>();
    each_tile(g.call.steps, [&](int64_t start, int count) {
        for (int i = 0; i < P::inputs; ++i) g.read_steps(g.call.input[i], start, count, i);
        g.each_lane<N>([&](int64_t b, int64_t at) {
            for (int k = 0; k < count; ++k) {
                Float x[P::inputs], y[P::outputs];
                for (int i = 0; i < P::inputs; ++i) x[i] = R::pack(g.input(i, k) + at);
                programs[b].template step<true>(x, y);
                for (int i = 0, which = 0; i < P::outputs; ++i)
                    if (B::reads(i, Sums))
                        R::unpack(y[i], g.trace(start + k, which++, recorded) + at);
            }
        });
    });
    return !any_left_range<R, N>(g, programs);
}

// Sums of a tile for the decays' gradients, and those of all tiles.
template <class B, class Float>
struct DecaySums {
    Float tile[B::decays];
    RowSums<Float, B::decays, kLanes> total;

    void end_tile() {
        total.template add<Rows<Float, kLanes>>(tile);
        for (Float& each : tile) each = Float{};
    }
};
struct Nothing {};

// A block's way back; where gradients go by the spikes alone, each step begins anew.
template <class B, class Float, bool Sums, bool Stepwise>
struct BackwardBlock {
    B program;
    std::conditional_t<Stepwise, B, Nothing> fresh;
    std::conditional_t<Sums, DecaySums<B, Float>, Nothing> sums{};

    template <class R>
    BackwardBlock(const Call& call, const R& rows) : program(call, rows), fresh(begin()) {
        if constexpr (!Stepwise) take_carried(program, call, rows);
    }

    void step(const Float* grad, const Float* trace, Float* y) {
        if constexpr (Stepwise) program = fresh;
        if constexpr (Sums) return program.step(grad, trace, y, sums.tile);
        Float unused[B::decays] = {};
        program.step(grad, trace, y, unused);
    }

  private:
    auto begin() const {
        if constexpr (Stepwise) return program;
        else return Nothing{};
    }
};

template <class B, bool Sums, bool Stepwise>
using Backward = BackwardBlock<B, Lanes<float, kLanes>, Sums, Stepwise>;

// Takes step t back; row k of what returns holds the gradients of the inputs, k + 1 those of
// the step after.
template <class B, bool Sums, bool Stepwise>
void backward_step(const Group& g, Backward<B, Sums, Stepwise>* blocks, int64_t t, int k) {
    using R = Rows<Lanes<float, kLanes>, kLanes>;
    using Float = Lanes<float, kLanes>;
    constexpr int recorded = recorded_traces<B, Sums>();
    memset(g.sums, 0, sizeof(float) * g.size.lanes);
    for (int i = 0; i < B::outputs; ++i)
        g.add_backward<!Stepwise>(g.fed(i, k + 1), i);
    const float* returned = g.returning.pass(g.sums);
    g.each_lane<kLanes>([&](int64_t b, int64_t at) {
        Float grad[B::grads], trace[B::traces] = {}, y[B::outputs];
        grad[0] = R::pack(g.input(0, k) + at) + R::pack(returned + at);
        for (int i = 1; i < B::grads; ++i) grad[i] = Float(-0.0f);
        for (int i = 0, which = 0; i < B::traces; ++i)
            if (B::reads(i, Sums)) trace[i] = R::pack(g.trace(t, which++, recorded) + at);
        blocks[b].step(grad, trace, y);
        for (int i = 0; i < B::outputs; ++i) R::unpack(y[i], g.fed(i, k) + at);
    });
}

template <class B, bool Sums, bool Stepwise>
void backward_group(const Group& g) {
    using Float = Lanes<float, kLanes>;
    using R = Rows<Float, kLanes>;
    using Block = Backward<B, Sums, Stepwise>;
    const Call& call = g.call;
    Block* blocks = g.make<Block, R, kLanes>();
    memset(g.returned, 0, sizeof(float) * g.size.returned());
    g.returning.start();
    for (int64_t start = (call.steps - 1) / kTile * kTile; start >= 0; start -= kTile) {
        int count = tile_count(call, start);
        g.read_gradient(call.input[B::outputs], start, count);
        for (int k = count - 1; k >= 0; --k)
            backward_step<B, Sums, Stepwise>(g, blocks, start + k, k);
        for (int i = 0; i < B::outputs; ++i) {
            g.write_steps(g.fed(i, 0), start, count, call.output[i]);
            memcpy(g.fed(i, kTile), g.fed(i, 0), sizeof(float) * g.size.lanes);
        }
        for (int64_t b = 0; b < g.size.blocks(kLanes); ++b)
            if constexpr (Sums) blocks[b].sums.end_tile();
    }
    if constexpr (!Stepwise)
        g.each_block_of_rows<R, kLanes>([&](int64_t b, const R& rows, int64_t) {
            give_carried(blocks[b].program, call, rows);
        });
    if constexpr (Sums)
        g.each_block_of_rows<R, kLanes>([&](int64_t b, const R& rows, int64_t) {
            auto& [tile, total] = blocks[b].sums;
            if (!call.earlier[0]) sum_starts(blocks[b].program, call, rows, tile);
            total.template add<R>(tile);
            total.save(call, rows);
        });
}

template <template <class> class P, class B, bool PowerOfTwo, bool Sums>
void recurrent_gradients(const Group& g) {
    using F = Fast<kLanes, PowerOfTwo>;
    for (int i = 0; i < B::outputs; ++i) backward_slices(g.call, i, g.size, g.weights);
    if (!record_group<P<F>, B, Sums, Rows<typename F::Float, kLanes>, kLanes>(g))
        record_group<P<Exact>, B, Sums, Rows<float, 1>, 1>(g);
    if (g.call.settings.stepwise) backward_group<B, false, true>(g);
    else backward_group<B, Sums, false>(g);
}

// inputs: the sums [N, T, C] that the forward gave, one for each part, then the gradient of the
// spikes; coefficients: weights [part][to][from]; outputs: gradient [N, T, C] of each part.
template <template <class> class P, class B>
void recurrent_backward(const Call& call, int64_t first, int64_t last) {
    Group g(call, first, last, B::outputs);
    bool simple = power_of_two(call.settings.scale);
    bool sums = wants_sums(call) && !call.settings.stepwise;
    if (simple && sums) recurrent_gradients<P, B, true, true>(g);
    else if (simple) recurrent_gradients<P, B, true, false>(g);
    else if (sums) recurrent_gradients<P, B, false, true>(g);
    else recurrent_gradients<P, B, false, false>(g);
}

// With a program E of its own for the exact gradient.
template <template <class> class P, template <class> class B, template <class> class E>
void either_recurrent_backward(const Call& call, int64_t first, int64_t last) {
    using Float = Lanes<float, kLanes>;
    bool exact = call.settings.exact_gradient && !call.settings.stepwise;
    if (exact) recurrent_backward<P, E<Float>>(call, first, last);
    else recurrent_backward<P, B<Float>>(call, first, last);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
