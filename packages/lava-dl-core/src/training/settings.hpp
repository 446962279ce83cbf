// Scalars of a call by name, each with its default and meaning; kernels read those they need.
#pragma once

#include <cstdint>

#include "lava_dl/fixed_point.hpp"
#include "lava_dl/neurons.hpp"

namespace lava_dl {

#define LAVA_DL_SETTINGS(FIELD)                                                                 \
    FIELD(double, scale, 1, "integers in a unit of a state; Delta sends multiples of 1 / scale") \
    FIELD(double, threshold, 0, "smallest state that spikes, in real units")                    \
    FIELD(double, tau, 1, "width of the surrogate derivative")                                  \
    FIELD(double, surrogate_scale, 1, "height of the surrogate derivative")                     \
    FIELD(int64_t, surrogate_shape, 0, "which of LAVA_DL_SURROGATES, from 0")                   \
    FIELD(double, sampling_time, 1, "unit of a delay; factor of a filter's sums")               \
    FIELD(bool, graded, false, "spikes carry the state that made them")                         \
    FIELD(bool, exact_gradient, false, "what spikes do to the neuron has a gradient as well")   \
    FIELD(bool, cumulative, false, "Delta compares the sum of changes, not each of them")       \
    FIELD(bool, rectified, false, "the activation is ReLU, else the identity")                  \
    FIELD(bool, correlates, false, "a filter looks ahead instead of back")                      \
    FIELD(bool, stepwise, false, "recurrent gradients go back in time by spikes alone")         \
    FIELD(bool, by_steps, false, "a recurrent neuron's inputs are [N, T, C]")                   \
    FIELD(bool, true_decays, false, "decays' gradients count the states after a reset")         \
    FIELD(int64_t, latency, 0, "steps by which spikes come late")                               \
    FIELD(int64_t, reset_level, kNever, "a state that reaches it is reset")                     \
    FIELD(int64_t, reset_imag, 0, "the imaginary part after a reset")                           \
    FIELD(int64_t, spike_level, kNever, "a state that reaches it spikes")                       \
    FIELD(int64_t, resting_threshold, 0, "an adaptive threshold without spikes")                \
    FIELD(int64_t, threshold_step, 0, "by how much a spike raises an adaptive threshold")

struct Settings {
#define LAVA_DL_FIELD(type, name, value, meaning) type name = value;
    LAVA_DL_SETTINGS(LAVA_DL_FIELD)
#undef LAVA_DL_FIELD
};

// Calls visit(name, member, meaning) for each of them.
template <class Visit>
void each_setting(Visit visit) {
#define LAVA_DL_FIELD(type, name, value, meaning) visit(#name, &Settings::name, meaning);
    LAVA_DL_SETTINGS(LAVA_DL_FIELD)
#undef LAVA_DL_FIELD
}

// A whole number of a state's units, cut toward zero; NaN is 0.
inline int64_t whole_level(double level) {
    const double limit = double(kStateLimit);
    return level == level ? int64_t(level > limit ? limit : level < -limit ? -limit : level) : 0;
}

// The levels that follow from a threshold and its step in real units, at the scale that is set.
// A threshold of 0 resets complex neurons only, a negative one none.
inline void set_levels(Settings& s, const Neuron& neuron, double threshold, double step) {
    const double level = threshold * s.scale;
    const bool resets = level > 0 || (level == 0 && neuron.is_complex());
    s.reset_level = resets ? integer_level(float(level)) : kNever;
    s.reset_imag = whole_level(float(level - 1));
    s.spike_level = spike_level(float(threshold), float(s.scale));
    s.resting_threshold = whole_level(level);
    s.threshold_step = whole_level(step * s.scale);
}

}  // namespace lava_dl
