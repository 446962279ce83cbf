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

// Where a block of lanes stands: its number, sample and first channel, and its lane in a plane.
struct Place {
    int64_t block, n, c, lane;
};

// Values of steps of some samples.
struct Steps {
    float* first;
    int64_t sample, step;  // distances

    float* at(const Place& place, int64_t k) const {
        return first + place.n * sample + k * step + place.c;
    }
};

// Samples [first, first + count), their planes of up to kPlane steps, and their programs.
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
    // A step's row of a plane: of a part of the input, of spikes (one step more); of a part's
    // gradients that return, and of sums.
    float* input(int part, int64_t k) const { return inputs + (part * kPlane + k) * size.lanes; }
    float* fed(int64_t k) const { return returned + k * size.lanes; }
    float* back(int part) const { return returned + part * size.lanes; }
    float* sum(int part) const { return sums + part * size.lanes; }
    float* trace(int64_t t, int which, int count) const {
        return traces + (t * count + which) * size.lanes;
    }

    // Steps of an array [N, C, T] as rows of a plane, and back.
    void read(const float* from, int64_t start, int count, float* plane) const {
        for (int64_t n = 0; n < size.count; ++n) {
            const float* rows = sample(from, n) + start;
            to_lanes(rows, call.steps, int(call.channels), count, plane + n * size.padded,
                     int(size.lanes));
        }
    }
    void write(const float* plane, int64_t start, int count, float* to) const {
        for (int64_t n = 0; to && n < size.count; ++n) {
            float* rows = const_cast<float*>(sample(to, n)) + start;
            to_rows(plane + n * size.padded, int(size.lanes), int(call.channels), count, rows,
                    call.steps);
        }
    }
    // Spikes of a plane, as late as the latency says, and their gradient.
    void write_spikes(int64_t start, int count) const {
        const Span span = span_of(call, 0, start, count);
        if (span.count) write(fed(1), span.start, span.count, call.output[0]);
    }
    void read_gradient(const float* from, int64_t start, int count) const {
        const Span span = span_of(call, 0, start, count);
        memset(input(0, span.count), 0, sizeof(float) * (count - span.count) * size.lanes);
        if (span.count) read(from, span.start, span.count, input(0, 0));
    }
    void clear_first() const {
        const int64_t empty = smaller(call.settings.latency, call.steps);
        for (int64_t row = first * size.channels; row < (first + size.count) * size.channels; ++row)
            memset(call.output[0] + row * call.steps, 0, sizeof(float) * empty);
    }
    // Steps of an array [N, T, C] from one on.
    Steps steps_of(const float* array, int64_t start) const {
        const int64_t distance = call.steps * size.channels;
        return {const_cast<float*>(array) + first * distance + start * size.channels, distance,
                size.channels};
    }
    // A part's inputs of a plane, of either order.
    Steps read_inputs(int64_t start, int count, int part) const {
        if (call.settings.by_steps) return steps_of(call.input[part], start);
        read(call.input[part], start, count, input(part, 0));
        return {input(part, 0), size.padded, size.lanes};
    }
    // Lanes of a step and place, zeros past the last channel.
    template <class R, int N>
    auto load(const Steps& from, const Place& place, int64_t k) const {
        const float* values = from.at(place, k);
        const int64_t held = size.channels - place.c;
        if (held >= N) return R::pack(values);
        float few[N] = {};
        memcpy(few, values, sizeof(float) * held);
        return R::pack(few);
    }
    template <class R, int N, class Float>
    void store(Float x, const Steps& to, const Place& place, int64_t k) const {
        const int64_t held = size.channels - place.c;
        if (held >= N) return R::unpack(x, to.at(place, k));
        float few[N];
        R::unpack(x, few);
        memcpy(to.at(place, k), few, sizeof(float) * held);
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
    // Calls body(place) for the same blocks.
    template <int N, class Body>
    void each_place(Body body) const {
        for (int64_t n = 0, b = 0; n < size.count; ++n)
            for (int64_t c = 0; c < call.channels; c += N, ++b)
                body(Place{b, n, c, n * size.padded + c});
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
    const float* sample(const float* array, int64_t n) const {
        return array + (first + n) * call.channels * call.steps;
    }
};

template <class Body>
void each_plane(int64_t steps, Body body) {
    for (int64_t start = 0; start < steps; start += kPlane)
        body(start, at_most(steps - start, int(kPlane)));
}

// Whether one of the programs left range.
template <class R, int N, class P>
bool any_left_range(const Group& g, const P* programs) {
    bool left = false;
    g.each_place<N>([&](const Place& at) { left |= programs[at.block].a.left_range(); });
    return left;
}

// Adds to the inputs of a plane's step k what returns, of the step before or of earlier ones,
// and takes the step; keeps the sums where they are asked for.
template <class P, class R, int N>
void recurrent_step(const Group& g, P* programs, const Steps* inputs, const Steps* kept, int k) {
    using Float = typename P::Float;
    memset(g.sums, 0, sizeof(float) * g.size.sums());
    g.add_forward(g.returning.pass(g.fed(k)), P::inputs);
    g.each_place<N>([&](const Place& at) {
        Float x[P::inputs], y[P::outputs];
        for (int i = 0; i < P::inputs; ++i) {
            x[i] = g.load<R, N>(inputs[i], at, k) + R::pack(g.sum(i) + at.lane);
            prefetch(inputs[i].at(at, k + 1), false);
            if (!kept[i].first) continue;
            g.store<R, N>(x[i], kept[i], at, k);
            prefetch(kept[i].at(at, k + 1), true);
        }
        programs[at.block].template step<false>(x, y);
        R::unpack(y[0], g.fed(k + 1) + at.lane);
    });
}

// All steps of a group; false, with outputs to be overwritten, if a program left range.
template <class P, class R, int N>
bool recurrent_steps(const Group& g) {
    const Call& call = g.call;
    P* programs = g.make<P, R, N>();
    memset(g.fed(0), 0, sizeof(float) * g.size.lanes);
    g.returning.start();
    g.clear_first();
    each_plane(call.steps, [&](int64_t start, int count) {
        Steps inputs[P::inputs], kept[P::inputs] = {};
        for (int i = 0; i < P::inputs; ++i) {
            inputs[i] = g.read_inputs(start, count, i);
            if (call.output[1 + i]) kept[i] = g.steps_of(call.output[1 + i], start);
        }
        for (int k = 0; k < count; ++k) recurrent_step<P, R, N>(g, programs, inputs, kept, k);
        g.write_spikes(start, count);
        memcpy(g.fed(0), g.fed(count), sizeof(float) * g.size.lanes);
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
    each_plane(g.call.steps, [&](int64_t start, int count) {
        Steps sums[P::inputs];
        for (int i = 0; i < P::inputs; ++i) sums[i] = g.steps_of(g.call.input[i], start);
        for (int k = 0; k < count; ++k)
            g.each_place<N>([&](const Place& at) {
                Float x[P::inputs], y[P::outputs];
                for (int i = 0; i < P::inputs; ++i) {
                    x[i] = g.load<R, N>(sums[i], at, k);
                    prefetch(sums[i].at(at, k + 1), false);
                }
                programs[at.block].template step<true>(x, y);
                for (int i = 0, which = 0; i < P::outputs; ++i)
                    if (B::reads(i, Sums))
                        R::unpack(y[i], g.trace(start + k, which++, recorded) + at.lane);
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

// Takes step t back; what returns are the gradients of the inputs of the step after, and then
// those of this one.
template <class B, bool Sums, bool Stepwise>
void backward_step(const Group& g, Backward<B, Sums, Stepwise>* blocks, int64_t t, int k) {
    using R = Rows<Lanes<float, kLanes>, kLanes>;
    using Float = Lanes<float, kLanes>;
    constexpr int recorded = recorded_traces<B, Sums>();
    memset(g.sums, 0, sizeof(float) * g.size.lanes);
    for (int i = 0; i < B::outputs; ++i)
        g.add_backward<!Stepwise>(g.back(i), i);
    const float* returned = g.returning.pass(g.sums);
    g.each_place<kLanes>([&](const Place& at) {
        Float grad[B::grads], trace[B::traces] = {}, y[B::outputs];
        grad[0] = R::pack(g.input(0, k) + at.lane) + R::pack(returned + at.lane);
        for (int i = 1; i < B::grads; ++i) grad[i] = Float(-0.0f);
        for (int i = 0, which = 0; i < B::traces; ++i)
            if (B::reads(i, Sums)) {
                const float* from = g.trace(t, which++, recorded) + at.lane;
                trace[i] = R::pack(from);
                prefetch(from - recorded * g.size.lanes, false);
            }
        blocks[at.block].step(grad, trace, y);
        for (int i = 0; i < B::outputs; ++i) {
            R::unpack(y[i], g.back(i) + at.lane);
            const Steps to = g.steps_of(g.call.output[i], t);
            g.store<R, kLanes>(y[i], to, at, 0);
            prefetch(to.at(at, -1), true);
        }
    });
}

template <class B, bool Sums, bool Stepwise>
void backward_group(const Group& g) {
    using Float = Lanes<float, kLanes>;
    using R = Rows<Float, kLanes>;
    using Block = Backward<B, Sums, Stepwise>;
    const Call& call = g.call;
    Block* blocks = g.make<Block, R, kLanes>();
    memset(g.returned, 0, sizeof(float) * B::outputs * g.size.lanes);
    g.returning.start();
    for (int64_t start = (call.steps - 1) / kPlane * kPlane; start >= 0; start -= kPlane) {
        const int count = at_most(call.steps - start, int(kPlane));
        g.read_gradient(call.input[B::outputs], start, count);
        for (int k = count - 1; k >= 0; --k) {
            backward_step<B, Sums, Stepwise>(g, blocks, start + k, k);
            if constexpr (Sums)
                for (int64_t b = 0; k % kTile == 0 && b < g.size.blocks(kLanes); ++b)
                    blocks[b].sums.end_tile();
        }
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
