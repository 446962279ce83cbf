// Recurrent neurons over all steps in one launch, forwards and back: a block a sample.
#pragma once

#include "sample.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// False, with outputs to be overwritten, if a neuron left the range of its arithmetic.
template <class P, int Count>
__device__ bool recurrent_steps(const Call& call, const Weights& weights, SpikeList& spikes) {
    Sample sample(call);
    Programs<P, Count> programs(call, sample);
    float next[Count][P::inputs];  // arrives while the step before is taken
    for (int k = 0; k < Count; ++k)
        for (int i = 0; i < P::inputs; ++i)
            next[k][i] = sample.load(call.input[i], sample.row(k), 0);
    int count = 0;
    for (int64_t t = 0; t < sample.steps; ++t) {
        float sent[Count];
#pragma unroll 1
        for (int k = 0; k < Count; ++k) {
            SampleRow row = sample.row(k);
            float x[P::inputs], y[P::outputs];
            for (int i = 0; i < P::inputs; ++i) {
                x[i] = next[k][i];
                next[k][i] = sample.load(call.input[i], row, t + 1);
            }
            for (int i = 0; i < P::inputs; ++i)
                x[i] = x[i] + spikes.returned(weights, i, row.channel, count);
            programs.each[k].template step<true>(x, y);
            for (int i = 0; i < P::outputs; ++i)
                if (call.output[i] && !row.repeated) call.output[i][sample.at(row, t)] = y[i];
            if (int64_t late = sample.delay(call, row))
                y[0] = sample.load(call.output[0], row, t - late);
            sent[k] = row.repeated ? 0.0f : y[0];
        }
        count = spikes.gather<Count>(sample, sent);
    }
    bool left = false;
    for (int k = 0; k < Count; ++k) left |= programs.each[k].a.left_range();
    if (__syncthreads_or(left)) return false;
    for (int k = 0; k < Count; ++k) programs.each[k].save(sample.row(k));
    return true;
}

template <template <class> class P, int Count>
__device__ void recurrent_neurons(const Call& call, SpikeList& spikes) {
    Weights weights(call);
    bool done = power_of_two(call.settings.scale) &&
                recurrent_steps<P<Narrow>, Count>(call, weights, spikes);
    if (!done) recurrent_steps<P<Exact>, Count>(call, weights, spikes);
}

// inputs: as the neuron's; coefficients: weights [part][from][to]; outputs: the program's, of
// which those after the spikes are the traces that the backward pass reads.
template <template <class> class P>
__device__ void recurrent(const Call& call) {
    __shared__ SpikeList spikes;
    if (call.channels <= kSampleThreads) recurrent_neurons<P, 1>(call, spikes);
    else recurrent_neurons<P, kSampleNeurons>(call, spikes);
}

// --- gradients ---

// Gradients of a step's inputs in shared memory, and of those of the step after.
template <int Parts>
struct ReturnedGradients {
    alignas(16) float value[2][Parts][kMostSampleNeurons];

    // What those of the step after add to a neuron's spike, by weights [part][to][from].
    template <bool Fused>
    __device__ float returned(const Weights& weights, int channel, int64_t t) const {
        float sum = 0.0f;
        for (int part = 0; part < Parts; ++part) {
            const float* from = value[(t + 1) & 1][part];
            const int all = weights.channels, first = part * all;
            int held = weights.held - first;
            held = (held < 0 ? 0 : held < all ? held : all) / kAtOnce * kAtOnce;
            const int64_t offset = int64_t(first) * all + channel;
            sum = add_rows<Fused>(from, weights.room + offset, all, held, sum);
            sum = add_rows<Fused>(from + held, weights.all + offset + int64_t(held) * all, all,
                                  all - held, sum);
        }
        return sum;
    }

  private:
    static constexpr int kAtOnce = 16;  // weights on their way together

    // Adds so many values times a column's weights, `pitch` from row to row.
    template <bool Fused>
    __device__ static float add_rows(const float* from, const float* weight, int64_t pitch,
                                     int left, float sum) {
        auto of = [&](int i) { return weight[i * pitch]; };
#pragma unroll 1
        for (; left >= kAtOnce; left -= kAtOnce, from += kAtOnce, weight += kAtOnce * pitch)
            sum = add_products<Fused, kAtOnce, false>(from, of, left, sum);
        return left ? add_products<Fused, kAtOnce, true>(from, of, left, sum) : sum;
    }
};

// Where `later` holds the spikes of the last step, on which what it carries depends.
constexpr int kLastSpikes = kMaxPlanes - 1;

// What a step back reads: its traces and the gradient of its spike. The spikes come as the
// step after has them; of the last step nothing depends on its own unless later ones exist.
template <class B>
__device__ void load_step(const Call& call, const Sample& sample, const SampleRow& row, int64_t t,
                          float* trace, float& grad) {
    for (int i = 0; i < B::traces; ++i) trace[i] = sample.load(call.input[i], row, i ? t : t + 1);
    if (t + 1 == sample.steps) trace[0] = row.state(call.later[kLastSpikes]);
    grad = sample.load(call.input[B::traces], row, t);
}

// The sums of decays' gradients: tiles in float, all of them in double, as on the CPU.
template <class B>
struct RowSums {
    float tile[B::decays] = {};
    double total[B::decays] = {};

    __device__ void end_tile() {
        for (int i = 0; i < B::decays; ++i) total[i] += tile[i], tile[i] = 0.0f;
    }
    __device__ void save(const Call& call, const SampleRow& row) const {
        for (int i = 0; i < B::decays; ++i)
            if (call.row_gradient[i] && !row.repeated) call.row_gradient[i][row.row] = total[i];
    }
};

// Leaves a sum of the step after in a plane, and takes the one that belongs to this step's spike.
__device__ inline float delayed_sum(float* plane, const Sample& sample, const SampleRow& row,
                                    int64_t t, float sum, int64_t late) {
    if (t + 1 < sample.steps && !row.repeated) plane[sample.at(row, t + 1)] = sum;
    return late ? sample.load(plane, row, t + 1 + late) : sum;
}

template <class B, int Count>
__device__ void recurrent_walk(const Call& call, ReturnedGradients<B::outputs>& gradients) {
    Sample sample(call);
    Weights weights(call);
    Programs<B, Count> back(call, sample);
    RowSums<B> sums[Count];
    float next[Count][B::traces], next_grad[Count];  // arrive during the step after
    for (int k = 0; k < Count; ++k)
        load_step<B>(call, sample, sample.row(k), sample.steps - 1, next[k], next_grad[k]);
    const bool stepwise = call.settings.stepwise;
    for (int k = 0; k < Count; ++k) take_carried(back.each[k], call, sample.row(k));
    for (int64_t t = sample.steps - 1; t >= 0; --t) {
#pragma unroll 1
        for (int k = 0; k < Count; ++k) {
            SampleRow row = sample.row(k);
            float grad[B::grads], trace[B::traces], y[B::outputs], returned = 0.0f;
            for (int i = 0; i < B::traces; ++i) trace[i] = next[k][i];
            for (int i = 0; i < B::grads; ++i) grad[i] = -0.0f;
            grad[0] = next_grad[k];
            load_step<B>(call, sample, row, t - 1, next[k], next_grad[k]);
            if (t + 1 < sample.steps)
                returned = stepwise
                    ? gradients.template returned<false>(weights, row.channel, t)
                    : gradients.template returned<true>(weights, row.channel, t);
            if (call.returning_delays)
                returned = delayed_sum(call.output[B::outputs], sample, row, t, returned,
                                       sample.delay(call, row));
            grad[0] = grad[0] + returned;
            if (stepwise) back.each[k] = B(call, row);
            back.each[k].step(grad, trace, y, sums[k].tile);
            if (t % kTile == 0) sums[k].end_tile();
            for (int i = 0; i < B::outputs; ++i) {
                if (row.repeated) continue;
                gradients.value[t & 1][i][row.channel] = y[i];
                call.output[i][sample.at(row, t)] = y[i];
            }
        }
        __syncthreads();
    }
    for (int k = 0; k < Count; ++k) {
        give_carried(back.each[k], call, sample.row(k));
        if (!call.earlier[0]) sum_starts(back.each[k], call, sample.row(k), sums[k].tile);
        sums[k].end_tile();
        sums[k].save(call, sample.row(k));
    }
}

template <class B>
__device__ void recurrent_gradients(const Call& call, ReturnedGradients<B::outputs>& gradients) {
    if (call.channels <= kSampleThreads) recurrent_walk<B, 1>(call, gradients);
    else recurrent_walk<B, kSampleNeurons>(call, gradients);
}

// inputs: the spikes of the step before, the traces that the forward pass gave, the gradient of
// the spikes; coefficients: weights [part][to][from]; outputs: gradient of each part, and room
// for a plane where what returns is delayed.
template <class B, class E>
__device__ void recurrent_backward(const Call& call) {
    __shared__ ReturnedGradients<B::outputs> gradients;
    if constexpr (!std::is_same_v<B, E>)
        if (call.settings.exact_gradient && !call.settings.stepwise)
            return recurrent_gradients<E>(call, gradients);
    recurrent_gradients<B>(call, gradients);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
