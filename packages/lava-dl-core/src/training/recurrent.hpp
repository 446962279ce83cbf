// Neurons whose spikes return to them through a dense weight, stepped inside one kernel.
//
// One item is one sample: all its channels take a step together. Spikes of the step
// before add rows of the transposed weight, in channel order.
#pragma once

#include <new>

#include "drive.hpp"
#include "sparse.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Copies between [C][T] and [T][C], the latter padded to whole vectors by its last channel
// (the lanes past it then compute and save what that channel does).
inline void turn_in(const float* from, float* to, int64_t channels, int64_t padded,
                    int64_t steps) {
    for (int64_t t = 0; t < steps; ++t)
        for (int64_t c = 0; c < padded; ++c)
            to[t * padded + c] = from[(c < channels ? c : channels - 1) * steps + t];
}
inline void turn_out(const float* from, float* to, int64_t channels, int64_t padded,
                     int64_t steps) {
    for (int64_t c = 0; to && c < channels; ++c)
        for (int64_t t = 0; t < steps; ++t) to[c * steps + t] = from[t * padded + c];
}

// Scratch of one sample: planes [T][padded], then one row of sums.
struct RecurrentScratch {
    int64_t padded;
    float *input, *planes, *sums;

    RecurrentScratch(const Call& call)
        : padded((call.channels + kLanes - 1) / kLanes * kLanes),
          input(static_cast<float*>(call.scratch)),
          planes(input + padded * call.steps),
          sums(planes + 5 * padded * call.steps) {}
    float* plane(const Call& call, int which) const {
        return planes + which * padded * call.steps;
    }
};

// sums = sum over channels that spiked of spike * weight row
inline void feed_back(const Call& call, const float* spikes, float* sums, int64_t padded) {
    for (int64_t j = 0; j < call.channels; ++j)
        if (spikes[j] != 0.0f)
            add_scaled(sums, call.taps + j * call.channels, spikes[j], call.channels);
    for (int64_t c = call.channels; c < padded; ++c) sums[c] = sums[call.channels - 1];
}

// Steps the programs of a sample's blocks side by side; false if one left range.
template <class P, class R, int N>
bool recurrent_sample(const Call& call, const RecurrentScratch& s, int64_t n, P* programs) {
    using Float = typename P::Float;
    int64_t blocks = (call.channels + N - 1) / N;
    Call sample = call;
    sample.rows = (n + 1) * call.channels;
    for (int64_t b = 0; b < blocks; ++b)
        new (programs + b) P(sample, R(sample, n * call.channels + b * N));
    for (int64_t t = 0; t < call.steps; ++t) {
        memset(s.sums, 0, sizeof(float) * s.padded);
        if (t > 0) feed_back(call, s.plane(call, 0) + (t - 1) * s.padded, s.sums, s.padded);
        for (int64_t b = 0; b < blocks; ++b) {
            int64_t at = t * s.padded + b * N;
            Float x[1] = {R::pack(s.input + at) + R::pack(s.sums + b * N)}, y[P::outputs];
            programs[b].template step<true>(x, y);
            for (int i = 0; i < P::outputs; ++i) R::unpack(y[i], s.plane(call, i) + at);
        }
    }
    bool left = false;
    for (int64_t b = 0; b < blocks; ++b) left |= programs[b].a.left_range();
    if (left) return false;
    for (int64_t b = 0; b < blocks; ++b)
        programs[b].save(R(sample, n * call.channels + b * N));
    return true;
}

template <template <class> class P, bool PowerOfTwo>
void recurrent_samples(const Call& call, int64_t first, int64_t last) {
    using F = Fast<kLanes, PowerOfTwo>;
    using Float = typename F::Float;
    static_assert(sizeof(P<F>) <= kProgramBytes * kLanes && sizeof(P<Exact>) <= kProgramBytes,
                  "the engine sets this much aside for each channel");
    RecurrentScratch s(call);
    char* room = reinterpret_cast<char*>(s.sums + s.padded);
    room += 64 - reinterpret_cast<uintptr_t>(room) % 64;
    for (int64_t n = first; n < last; ++n) {
        int64_t offset = n * call.channels * call.steps;
        turn_in(call.input[0] + offset, s.input, call.channels, s.padded, call.steps);
        bool done = recurrent_sample<P<F>, Rows<Float, kLanes>, kLanes>(
            call, s, n, reinterpret_cast<P<F>*>(room));
        if (!done)
            recurrent_sample<P<Exact>, Rows<float, 1>, 1>(call, s, n,
                                                          reinterpret_cast<P<Exact>*>(room));
        for (int i = 0; i < P<F>::outputs; ++i)
            if (call.output[i])
                turn_out(s.plane(call, i), call.output[i] + offset, call.channels, s.padded,
                         call.steps);
    }
}

// inputs: z; taps: transposed weight [from][to]; outputs and states as the neuron's.
template <template <class> class P>
void recurrent(const Call& call, int64_t first, int64_t last) {
    if (power_of_two(call.number[kScale])) recurrent_samples<P, true>(call, first, last);
    else recurrent_samples<P, false>(call, first, last);
}

// inputs: gradient of the spikes, voltage minus the level it was compared with;
// taps: weight [to][from]; outputs: gradient of z. A step passes its gradient on through
// the spikes only, not through the neuron's state.
inline void recurrent_backward(const Call& call, int64_t first, int64_t last) {
    RecurrentScratch s(call);
    Surrogate slope(call);
    using Float = Lanes<float, kLanes>;
    float *above = s.plane(call, 0), *out = s.plane(call, 1);
    for (int64_t n = first; n < last; ++n) {
        int64_t offset = n * call.channels * call.steps;
        turn_in(call.input[0] + offset, s.input, call.channels, s.padded, call.steps);
        turn_in(call.input[1] + offset, above, call.channels, s.padded, call.steps);
        for (int64_t t = call.steps - 1; t >= 0; --t) {
            memset(s.sums, 0, sizeof(float) * s.padded);
            if (t + 1 < call.steps) feed_back(call, out + (t + 1) * s.padded, s.sums, s.padded);
            for (int64_t c = 0; c < s.padded; c += kLanes) {
                int64_t at = t * s.padded + c;
                Float g = Float::load(s.input + at) + Float::load(s.sums + c);
                (slope(Float::load(above + at)) * g).store(out + at);
            }
        }
        turn_out(out, call.output[0] + offset, call.channels, s.padded, call.steps);
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
