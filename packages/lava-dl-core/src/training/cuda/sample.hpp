// A block's sample of a recurrent layer: its neurons, which its threads share, and the values
// that return to them. Arrays are [N, T, C], so that those of a step stand side by side.
#pragma once

#include <utility>

#include "grid.hpp"
#include "program.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Past the last neuron a thread repeats it, and writes nothing.
struct SampleRow {
    int64_t row;
    int channel;
    bool repeated;

    __device__ float state(const float* from) const { return from ? from[row] : 0.0f; }
    __device__ void save(float* to, float x) const {
        if (to && !repeated) to[row] = x;
    }
    __device__ float parameter(const Call& call, int which) const {
        return call.parameter[which][channel * call.parameter_stride[which]];
    }
};

// Neuron k of a thread, and where its value of a step stands.
struct Sample {
    int channels;
    int64_t steps, first;

    __device__ explicit Sample(const Call& call)
        : channels(int(call.channels)), steps(call.steps), first(blockIdx.x) {}

    __device__ SampleRow row(int k) const {
        int channel = int(k * blockDim.x + threadIdx.x);
        bool repeated = channel >= channels;
        channel = repeated ? channels - 1 : channel;
        return {first * channels + channel, channel, repeated};
    }
    __device__ int64_t at(const SampleRow& row, int64_t t) const {
        return (first * steps + t) * channels + row.channel;
    }
    __device__ float load(const float* from, const SampleRow& row, int64_t t) const {
        return t >= 0 && t < steps ? from[at(row, t)] : 0.0f;
    }
    // What a neuron sends itself comes later than at the next step by so many steps.
    __device__ int64_t delay(const Call& call, const SampleRow& row) const {
        return call.returning_delays ? int64_t(call.returning_delays[row.channel]) : 0;
    }
};

// A program for each neuron of a thread: in registers if there is one.
template <class P, int Count>
struct Programs {
    P each[Count];

    __device__ Programs(const Call& call, const Sample& sample)
        : Programs(call, sample, std::make_integer_sequence<int, Count>()) {}

  private:
    template <int... K>
    __device__ Programs(const Call& call, const Sample& sample, std::integer_sequence<int, K...>)
        : each{P(call, sample.row(K))...} {}
};

// Shared memory whose size a launch chooses.
#ifndef LAVA_DL_ROOM
#define LAVA_DL_ROOM(name) extern __shared__ float name[]
#endif

// Weights [part][row][column] whose first rows, of all parts, stand in shared memory.
struct Weights {
    const float *all, *room;
    int channels, held;

    __device__ explicit Weights(const Call& call)
        : all(call.coefficients), channels(int(call.channels)), held(call.held_rows) {
        LAVA_DL_ROOM(shared);
        for (int i = threadIdx.x; i < held * channels; i += kAtOnce * blockDim.x)
            hold(shared + i, all + i, held * channels - i);
        room = shared;
        __syncthreads();
    }
    __device__ const float* row(int which) const {
        return (which < held ? room : all) + int64_t(which) * channels;
    }

  private:
    static constexpr int kAtOnce = 16;  // on their way together

    __device__ static void hold(float* to, const float* from, int left) {
        float loaded[kAtOnce];
#pragma unroll
        for (int i = 0, at = 0; i < kAtOnce; ++i, at += int(blockDim.x))
            loaded[i] = at < left ? from[at] : 0.0f;
#pragma unroll
        for (int i = 0, at = 0; i < kAtOnce; ++i, at += int(blockDim.x))
            if (at < left) to[at] = loaded[i];
    }
};

template <bool Fused>
__device__ float accumulate(float value, float weight, float sum) {
    return Fused ? fmaf(value, weight, sum) : value * weight + sum;
}

// Adds values times weights to a sum, in this order as on the CPU; all loads are issued before
// the first is waited for. Past `count` there are none where there may be fewer than `AtOnce`.
template <bool Fused, int AtOnce, bool Fewer, class Weight>
__device__ float add_products(const float* value, Weight weight, int count, float sum) {
    float loaded[AtOnce];
#pragma unroll
    for (int i = 0; i < AtOnce; ++i) loaded[i] = !Fewer || i < count ? weight(i) : 0.0f;
#pragma unroll
    for (int i = 0; i < AtOnce; ++i)
        if (!Fewer || i < count) sum = accumulate<Fused>(value[i], loaded[i], sum);
    return sum;
}

// The spikes of a step in shared memory, in the order of their neurons.
struct SpikeList {
    alignas(16) float value[kMostSampleNeurons];
    alignas(16) int place[kMostSampleNeurons];
    int counts[kMostSampleNeurons / kWarp];  // of every 32 neurons

    // Lists what each thread sends; returns how many spikes there are.
    template <int Count>
    __device__ int gather(const Sample& sample, const float* sent) {
        unsigned mine[Count];
        const int lane = threadIdx.x % kWarp, warps = blockDim.x / kWarp;
#pragma unroll 1
        for (int k = 0; k < Count; ++k) {
            mine[k] = __ballot_sync(0xffffffffu, sent[k] != 0.0f);
            if (lane == 0) counts[k * warps + threadIdx.x / kWarp] = __popc(mine[k]);
        }
        __syncthreads();
        int total = 0, before[Count];
        for (int k = 0, chunk = 0; k < Count; ++k)
            for (int warp = 0; warp < warps; ++warp, ++chunk) {
                if (warp == int(threadIdx.x) / kWarp) before[k] = total;
                total += counts[chunk];
            }
#pragma unroll 1
        for (int k = 0; k < Count; ++k) {
            if (sent[k] == 0.0f) continue;
            int to = before[k] + __popc(mine[k] & ((1u << lane) - 1));
            value[to] = sent[k];
            place[to] = sample.row(k).channel;
        }
        __syncthreads();
        return total;
    }
    // What the spikes listed return to a part of a neuron's input by weights [part][from][to].
    __device__ float returned(const Weights& weights, int part, int channel, int count) const {
        constexpr int kAtOnce = 8;
        float sum = 0.0f;
        for (int first = 0; first < count; first += kAtOnce) {
            auto of = [&](int i) {
                return weights.row(part * weights.channels + place[first + i])[channel];
            };
            const int left = count - first;
            sum = left >= kAtOnce
                ? add_products<false, kAtOnce, false>(value + first, of, left, sum)
                : add_products<false, kAtOnce, true>(value + first, of, left, sum);
        }
        return sum;
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
