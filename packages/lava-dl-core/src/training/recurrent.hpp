// Neurons whose spikes return to them through a dense weight, stepped inside one kernel.
//
// One item is one sample: all its channels take a step together. Spikes of the step
// before add rows of the transposed weight, in channel order.
#pragma once

#include <new>

#include "loops.hpp"
#include "sparse.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Scratch of one sample: planes [T][padded], then a row of sums for each part of the input.
struct RecurrentScratch {
    int channels;
    int64_t steps, padded, size;
    float *planes, *sums;

    RecurrentScratch(const Call& call)
        : channels(int(call.channels)), steps(call.steps),
          padded((call.channels + kLanes - 1) / kLanes * kLanes),
          size(padded * call.steps),
          planes(static_cast<float*>(call.scratch)),
          sums(planes + kRecurrentPlanes * size) {}
    // Between rows [C][T] and planes, whose lanes past the last channel are zero.
    void read(const float* rows, float* plane) const {
        to_lanes(rows, steps, channels, steps, plane, int(padded));
    }
    void write(const float* plane, float* rows) const {
        to_rows(plane, int(padded), channels, steps, rows, steps);
    }
    float* plane(int which) const { return planes + which * size; }
    float* input(int part) const { return plane(part); }
    float* spikes() const { return plane(kRecurrentParts); }
    float* state(int which) const { return plane(kRecurrentParts + 1 + which); }
    float* sum(int part) const { return sums + part * padded; }
    char* room() const {
        char* end = reinterpret_cast<char*>(sums + kRecurrentParts * padded);
        return end + (64 - reinterpret_cast<uintptr_t>(end) % 64);
    }
};

// Adds values times rows of one part's weight.
inline void feed_back(const Call& call, int part, const float* values, float* sums) {
    const float* weight = call.coefficients + part * call.channels * call.channels;
    for (int64_t j = 0; j < call.channels; ++j)
        if (values[j] != 0.0f)
            add_scaled(sums, weight + j * call.channels, values[j], call.channels);
}

// Where a program saves its states after a step.
struct StepRows {
    int64_t at;
    void save(float* to, float x) const { to[at] = x; }
    template <class Float>
    void save(float* to, Float x) const { x.store(to + at); }
};

// Steps the programs of a sample's blocks side by side; false if one left range.
template <class P, class R, int N>
bool recurrent_sample(const Call& call, const RecurrentScratch& s, int64_t n, P* programs) {
    using Float = typename P::Float;
    int64_t blocks = (call.channels + N - 1) / N;
    Call sample = call;
    sample.rows = (n + 1) * call.channels;
    for (int i = 0; i + 1 < kMaxPlanes; ++i)
        sample.last[i] = call.output[i + 1] ? s.state(i) : nullptr;
    for (int64_t b = 0; b < blocks; ++b)
        new (programs + b) P(sample, R(sample, n * call.channels + b * N));
    for (int64_t t = 0; t < call.steps; ++t) {
        memset(s.sums, 0, sizeof(float) * s.padded * P::inputs);
        for (int i = 0; t > 0 && i < P::inputs; ++i)
            feed_back(call, i, s.spikes() + (t - 1) * s.padded, s.sum(i));
        for (int64_t b = 0; b < blocks; ++b) {
            int64_t at = t * s.padded + b * N;
            Float x[P::inputs], y[P::outputs];
            for (int i = 0; i < P::inputs; ++i)
                x[i] = R::pack(s.input(i) + at) + R::pack(s.sum(i) + b * N);
            programs[b].template step<false>(x, y);
            R::unpack(y[0], s.spikes() + at);
            programs[b].save(StepRows{at});
        }
    }
    bool left = false;
    for (int64_t b = 0; b < blocks; ++b) left |= programs[b].a.left_range();
    return !left;
}

template <template <class> class P, bool PowerOfTwo>
void recurrent_samples(const Call& call, int64_t first, int64_t last) {
    using F = Fast<kLanes, PowerOfTwo>;
    using Float = typename F::Float;
    static_assert(sizeof(P<F>) <= kProgramBytes * kLanes && sizeof(P<Exact>) <= kProgramBytes,
                  "the engine sets this much aside for each channel");
    RecurrentScratch s(call);
    for (int64_t n = first; n < last; ++n) {
        int64_t offset = n * call.channels * call.steps;
        for (int i = 0; i < P<F>::inputs; ++i)
            s.read(call.input[i] + offset, s.input(i));
        bool done = recurrent_sample<P<F>, Rows<Float, kLanes>, kLanes>(
            call, s, n, reinterpret_cast<P<F>*>(s.room()));
        if (!done)
            recurrent_sample<P<Exact>, Rows<float, 1>, 1>(
                call, s, n, reinterpret_cast<P<Exact>*>(s.room()));
        for (int i = 0; i < kMaxPlanes && call.output[i]; ++i)
            s.write(i ? s.state(i - 1) : s.spikes(), call.output[i] + offset);
    }
}

// inputs: as the neuron's; coefficients: transposed weights [part][from][to]; outputs: spikes, then
// the states after each step.
template <template <class> class P>
void recurrent(const Call& call, int64_t first, int64_t last) {
    if (power_of_two(call.settings.scale)) recurrent_samples<P, true>(call, first, last);
    else recurrent_samples<P, false>(call, first, last);
}

// inputs: gradient of the spikes, then the spikes' slope for each part of the input; taps:
// weights [part][to][from]; outputs: gradient of each part. A step passes its gradient on
// through the spikes only, not through the neuron's state.
inline void recurrent_backward(const Call& call, int64_t first, int64_t last) {
    RecurrentScratch s(call);
    using Float = Lanes<float, kLanes>;
    int parts = call.input[2] ? 2 : 1;
    float* grad = s.plane(0);
    for (int64_t n = first; n < last; ++n) {
        int64_t offset = n * call.channels * call.steps;
        for (int i = 0; i <= parts; ++i)
            s.read(call.input[i] + offset, s.plane(i));
        for (int64_t t = call.steps - 1; t >= 0; --t) {
            memset(s.sums, 0, sizeof(float) * s.padded);
            for (int i = 0; t + 1 < call.steps && i < parts; ++i)
                feed_back(call, i, s.plane(1 + i) + (t + 1) * s.padded, s.sums);
            for (int64_t c = 0; c < s.padded; c += kLanes) {
                int64_t at = t * s.padded + c;
                Float g = Float::load(grad + at) + Float::load(s.sums + c);
                for (int i = 0; i < parts; ++i)
                    (Float::load(s.plane(1 + i) + at) * g).store(s.plane(1 + i) + at);
            }
        }
        for (int i = 0; i < parts; ++i)
            s.write(s.plane(1 + i), call.output[i] + offset);
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
