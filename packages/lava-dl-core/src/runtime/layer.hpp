// What a layer is to the kernels: synapses, neurons, delays; and one call on it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lava_dl/neurons.hpp"
#include "synapses.hpp"

namespace lava_dl {

// Rows have one entry per neuron, in the order in which the layer holds its neurons.
struct Layer {
    Kind kind = Kind::none;
    bool lava = false;      // lava-nc's arithmetic, not the trainer's
    bool voltage = false;   // puts out the voltage, or the imaginary state
    bool graded = false;    // spikes carry the state
    bool graded_inputs = true;  // lava: else any message counts as 1
    int32_t inputs = 0, neurons = 0;
    int32_t weight_scale = 64;
    int32_t offset = 0;     // added to every real sum

    // Each plane (real, imaginary) is the sum of its parts, which differ in their delay.
    std::vector<std::vector<Synapses>> forward, back;
    std::vector<int32_t> shift;  // lava: sums of a plane are shifted down by this
    bool wraps24 = false;        // lava: convolutions wrap at 24 bits
    bool wide_sums = false;      // lava: products wrap at 32 bits, their sums don't

    std::vector<int32_t> decay[4];  // in the order of the neuron's declaration
    int64_t threshold = 0, threshold_step = 0;
    int64_t spike_level = 0;        // the first state that spikes
    std::vector<int64_t> thresholds;
    std::vector<uint32_t> send_levels;  // lava: the same, within the magnitudes of changes
    bool cumulative = false, rectified = false;

    // Norm: (x + bias) * factor, for the real and the imaginary plane.
    bool has_norm = false;
    std::vector<float> bias[2], factor[2];
    std::vector<float> own_bias;
    std::vector<int32_t> lava_bias;

    std::vector<int32_t> delay;  // of outputs; of sums in lava's arithmetic
    int32_t reset_interval = 0, reset_offset = 0;

    bool sends_values() const { return kind != Kind::none && !neuron_of(kind).spikes; }
    int32_t states() const;
    int32_t deepest(const std::vector<std::vector<Synapses>>& planes) const;
    int32_t past_inputs() const { return deepest(forward); }
    int32_t past_outputs() const { return back.empty() ? 0 : deepest(back); }
    int32_t past_delayed() const;
};

// What a layer carries from one call to the next, of one sample; any may be null where
// the layer has none. Pasts hold rows, the oldest first.
struct Memory {
    double* states = nullptr;        // states x neurons
    void* inputs = nullptr;          // past_inputs x inputs
    void* outputs = nullptr;         // past_outputs x neurons
    void* delayed = nullptr;         // past_delayed x neurons
};

// One sample: `steps` rows of messages in, rows of messages out. Messages are float in
// the trainer's arithmetic, int32 in lava's.
struct Call {
    const void* input = nullptr;
    void* output = nullptr;
    double* trace = nullptr;   // steps x states x neurons, or null
    int64_t steps = 0, time = 0;
    Memory memory;
};

using Runner = void (*)(const Layer&, const Call&);

// That of an instruction set; of none, the one LAVA_DL_SIMD names or the best.
Runner runner_of(const std::string& simd);

}  // namespace lava_dl
