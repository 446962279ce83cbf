// Every neuron once: what its kernels take and give, in order, by the names that the format,
// the runtime and Python use as well. Dispatch tables are checked against it when compiled.
#pragma once

namespace lava_dl {

struct Term {
    const char* name;
    const char* meaning;
};

// Up to eight terms in the order in which kernels take them.
struct Terms {
    Term term[8];

    constexpr int count() const {
        int n = 0;
        while (n < 8 && term[n].name) ++n;
        return n;
    }
};

constexpr Terms operator+(const Terms& a, const Terms& b) {
    Terms all = a;
    for (int i = 0; i < b.count(); ++i) all.term[a.count() + i] = b.term[i];
    return all;
}

enum class Kind { cuba, alif, rf, rf_iz, adrf, adrf_iz, sigma, delta, sigma_delta, none };

struct Neuron {
    Kind kind;
    const char* name;     // of its kernels
    const char* meaning;
    Terms inputs;         // synaptic sums
    Terms outputs;        // spikes, or what is sent, then what a forward pass traces
    Terms states;         // carried from step to step
    Terms lava_states;    // those of Lava's process; none where there is no process
    Terms parameters;     // one value, or one for each channel
    Terms levels;         // integers that states are compared with; names of settings
    bool spikes;          // else it sends graded messages, in float32

    constexpr bool is_complex() const { return inputs.count() == 2; }
};

constexpr Terms kInput = {{{"x", "sum of the synapses"}}};
constexpr Terms kComplexInput = {{{"real", "sum of the synapses of the real part"},
                                  {"imag", "sum of the synapses of the imaginary part"}}};
constexpr Terms kSpikes = {{{"spikes", "1, or the state that made it where graded"}}};
constexpr Terms kSent = {{{"y", "the change that is sent"}}};

constexpr Terms kLeakyStates = {{{"current", "leaky sum of the input"},
                                 {"voltage", "leaky sum of the current"}}};
constexpr Terms kOscillator = {{{"real", "real part of the oscillator"},
                                {"imag", "imaginary part of the oscillator"}}};
constexpr Terms kAdaptive = {{{"refractory", "refractory state, raised by a spike"},
                              {"threshold", "threshold, raised by a spike"}}};
constexpr Terms kAdaptiveOutputs = {{kAdaptive.term[1], kAdaptive.term[0]}};
constexpr Terms kSum = {{{"sigma", "running sum of the input"}}};
constexpr Terms kEncoder = {{{"last", "input of the step before"},
                             {"residue", "change that was not sent yet"},
                             {"error", "sum of the changes since the last message"}}};

constexpr Terms kLeakyDecays = {{{"current_decay", "decay of the current times 4096"},
                                 {"voltage_decay", "decay of the voltage times 4096"}}};
constexpr Terms kRotation = {{{"sin_decay", "decay times the sine of the rotation, times 4096"},
                              {"cos_decay", "decay times the cosine of the rotation, times 4096"}}};
constexpr Terms kAdaptiveDecays = {
    {{"refractory_decay", "decay of the refractory state times 4096"},
     {"threshold_decay", "decay of the threshold to its rest times 4096"}}};
constexpr Terms kSendThreshold = {{{"threshold", "smallest change that is sent"}}};
constexpr Terms kBias = {{{"bias", "added to the sum before the activation"}}};

constexpr Terms kResetLevel = {{{"reset_level", "a state that reaches it is reset"}}};
constexpr Terms kResetImag = {{{"reset_imag", "the imaginary part after a reset"}}};
constexpr Terms kSpikeLevel = {{{"spike_level", "a state that reaches it spikes"}}};
constexpr Terms kAdaptiveLevels = {
    {{"resting_threshold", "the threshold without spikes"},
     {"threshold_step", "by how much a spike raises the threshold"}}};

constexpr Neuron kNeurons[] = {
    {Kind::cuba, "cuba", "leaky current into leaky voltage, which resets to 0", kInput,
     kSpikes + kLeakyStates, kLeakyStates,
     {{{"u", "current"}, {"v", "voltage"}}}, kLeakyDecays, kResetLevel + kSpikeLevel, true},
    {Kind::alif, "alif", "leaky current and voltage under an adaptive threshold", kInput,
     kSpikes + kLeakyStates + kAdaptiveOutputs, kLeakyStates + kAdaptive, {},
     kLeakyDecays + kAdaptiveDecays, kAdaptiveLevels, true},
    {Kind::rf, "rf", "oscillator that spikes where it crosses the positive real axis",
     kComplexInput, kSpikes + kOscillator, kOscillator, kOscillator, kRotation, kSpikeLevel, true},
    {Kind::rf_iz, "rf_iz", "oscillator that spikes and resets where imag is large",
     kComplexInput, kSpikes + kOscillator, kOscillator, kOscillator, kRotation,
     kResetLevel + kResetImag + kSpikeLevel, true},
    {Kind::adrf, "adrf", "rf under an adaptive threshold", kComplexInput,
     kSpikes + kOscillator + kAdaptiveOutputs, kOscillator + kAdaptive, {},
     kRotation + kAdaptiveDecays, kAdaptiveLevels, true},
    {Kind::adrf_iz, "adrf_iz", "oscillator whose imag spikes at an adaptive threshold, no reset",
     kComplexInput, kSpikes + kOscillator + kAdaptiveOutputs, kOscillator + kAdaptive, {},
     kRotation + kAdaptiveDecays, kAdaptiveLevels, true},
    {Kind::sigma, "sigma", "running sum", kInput, kSum, kSum, kSum, {}, {}, false},
    {Kind::delta, "delta", "sends changes that reach a threshold", kInput,
     kSent + Terms{{{"change", "the change before it was compared"}}}, kEncoder,
     {{{"act", "input of the step before"}, {"residue", "change that was not sent yet"}}},
     kSendThreshold, {}, false},
    {Kind::sigma_delta, "sigma_delta", "running sum, activation, changes", kInput,
     kSent + Terms{{{"change", "the change before it was compared"},
                    {"activation_input", "the sum with its bias"}}},
     kSum + kEncoder,
     {{{"sigma", "running sum"}, {"act", "activation of the step before"},
       {"residue", "change that was not sent yet"}}},
     kSendThreshold + kBias, {}, false},
};
constexpr int kNeuronCount = sizeof kNeurons / sizeof kNeurons[0];

constexpr const Neuron& neuron_of(Kind kind) { return kNeurons[int(kind)]; }

}  // namespace lava_dl
