// Rows of neurons in the trainer's arithmetic, over 32-bit states while they are small
// and over 64-bit ones otherwise; both give the same numbers.
#pragma once

#include "lava_dl/adrf.hpp"
#include "lava_dl/alif.hpp"
#include "lava_dl/cuba.hpp"
#include "lava_dl/real.hpp"
#include "lava_dl/rf.hpp"
#include "independent.hpp"
#include "layer.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// How a float enters a state and leaves it. The narrow one is for scales that are powers
// of two, so that multiplying by the inverse is exact, and for states below 2^30.
template <class Int>
struct Conversion;

template <>
struct Conversion<int64_t> {
    Scale scale;
    explicit Conversion(int32_t units) : scale{float(units)} {}
    LAVA_DL_HD int64_t in(float x) const { return scale.integer(x); }
    LAVA_DL_HD float out(int64_t y) const { return scale.real(y); }
};

template <>
struct Conversion<int32_t> {
    float scale, inverse;
    explicit Conversion(int32_t units) : scale(float(units)), inverse(1.0f / float(units)) {}
    LAVA_DL_HD int32_t in(float x) const { return int32_t(x * scale); }
    LAVA_DL_HD float out(int32_t y) const { return float(y) * inverse; }
};

// The units the steps run in: messages are floats, and so is what spike conditions compare.
template <class Int>
struct Units : Conversion<Int> {
    using Conversion<Int>::Conversion;
    LAVA_DL_HD Int passed_on(Int current) const { return this->in(this->out(current)); }
    LAVA_DL_HD Int compared(Int y) const { return y; }
    LAVA_DL_HD Int rounded(Int y) const { return y; }
    LAVA_DL_HD bool reaches(Int y, Int threshold, Int refractory) const {
        return float(y) >= float(threshold) + float(refractory);
    }
};

// The same with a norm between current and voltage.
template <class Int>
struct NormedUnits : Units<Int> {
    float bias, factor;
    LAVA_DL_HD NormedUnits(const Units<Int>& units, float b, float f)
        : Units<Int>(units), bias(b), factor(f) {}
    LAVA_DL_HD Int passed_on(Int current) const {
        return this->in((this->out(current) + bias) * factor);
    }
};

// What a layer puts out: spikes of 1, spikes that carry the state, or the state itself.
enum class Readout { spike, graded, state };

// The rows of a layer as plain pointers, which a loop can keep in registers: parameters and
// states in the order of the neuron's declaration, and the synaptic sums of this step.
template <class Int>
struct Rows {
    const int32_t* decay[4];
    const float *bias, *factor, *bias_imag, *factor_imag, *real, *imag;
    Int* state[4];
    float* out;
    Int rest, step;
    Units<Int> units;

    Rows(const Layer& p, const Units<Int>& u, Int* states, const float* re, const float* im,
         float* to)
        : bias(p.bias[0].data()), factor(p.factor[0].data()), bias_imag(p.bias[1].data()),
          factor_imag(p.factor[1].data()), real(re), imag(im), out(to), rest(Int(p.threshold)),
          step(Int(p.threshold_step)), units(u) {
        for (int k = 0; k < 4; ++k) {
            decay[k] = p.decay[k].data();
            state[k] = states + k * int64_t(p.neurons);
        }
    }
    LAVA_DL_HD Int input(int32_t i) const { return units.in((real[i] + bias[i]) * factor[i]); }
    LAVA_DL_HD Int imag_input(int32_t i) const {
        return units.in((imag[i] + bias_imag[i]) * factor_imag[i]);
    }
    LAVA_DL_HD Int decay_factor(int k, int32_t i) const { return Int(kDecayOne - decay[k][i]); }
    LAVA_DL_HD ResonatorRule<Int> rotation(int32_t i) const {
        return {Int(decay[0][i]), Int(decay[1][i])};
    }
    LAVA_DL_HD AdaptiveRule<Int> adaptive_rule(int32_t i) const {
        return {decay_factor(3, i), decay_factor(2, i), rest, step};
    }
    LAVA_DL_HD AdaptiveState<Int> adaptive(int32_t i) const { return {state[3][i], state[2][i]}; }
    LAVA_DL_HD void save(int32_t i, Int first, Int second) const {
        state[0][i] = first;
        state[1][i] = second;
    }
    LAVA_DL_HD void save(int32_t i, const AdaptiveState<Int>& levels) const {
        state[2][i] = levels.refractory;
        state[3][i] = levels.threshold;
    }
    template <Readout Mode>
    LAVA_DL_HD void send(int32_t i, bool fired, Int spiking, Int shown) const {
        const float payload = Mode == Readout::spike ? 1.0f : units.out(spiking);
        out[i] = Mode == Readout::state ? units.out(shown) : fired ? payload : 0.0f;
    }
};

// A level in the type of the states; those no narrow state reaches stay beyond all of them.
template <class Int>
LAVA_DL_HD Int level_as(int64_t level) {
    constexpr int64_t most = sizeof(Int) == 4 ? INT32_MAX : INT64_MAX;
    return Int(level < most ? level : most);
}

template <class Int>
LAVA_DL_HD Int reset_level(const Layer& p, Readout mode) {
    const bool resets = p.threshold >= 0 && mode != Readout::state;
    return level_as<Int>(resets ? p.spike_level : kNever);
}

template <bool Norm, Readout Mode, class Int>
void cuba_rows(const Layer& p, const Rows<Int>& at) {
    const Int spike = level_as<Int>(p.spike_level), reset = reset_level<Int>(p, Mode);
    const int32_t n = p.neurons;
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i) {
        const CubaRule<Int> rule{at.decay_factor(0, i), at.decay_factor(1, i), reset};
        CubaState<Int> state{at.state[0][i], at.state[1][i]};
        const Int input = at.units.in(at.real[i]);
        Int voltage;
        if constexpr (Norm)
            voltage = cuba_step(state, rule, input,
                                NormedUnits<Int>(at.units, at.bias[i], at.factor[i]));
        else voltage = cuba_step(state, rule, input, at.units);
        at.template send<Mode>(i, voltage >= spike, voltage, voltage);
        at.save(i, state.current, cuba_settled(state, rule));
    }
}

template <Readout Mode, class Int>
void alif_rows(const Layer& p, const Rows<Int>& at) {
    const int32_t n = p.neurons;
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i) {
        const AlifRule<Int> rule{at.decay_factor(0, i), at.decay_factor(1, i), at.adaptive_rule(i)};
        AlifState<Int> state{at.state[0][i], at.state[1][i], at.adaptive(i)};
        const bool fired = alif_step(state, rule, at.input(i), at.units).fired;
        at.template send<Mode>(i, fired, state.voltage, state.voltage);
        at.save(i, state.current, state.voltage);
        at.save(i, state.adaptive);
    }
}

// Phase: fires on crossing the positive real axis; else where imag is large.
template <bool Phase, Readout Mode, class Int>
void rf_rows(const Layer& p, const Rows<Int>& at) {
    const Int spike = level_as<Int>(p.spike_level), reset = reset_level<Int>(p, Mode);
    const Int rest = Int(p.threshold - 1);
    const int32_t n = p.neurons;
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i) {
        ResonatorState<Int> state{at.state[0][i], at.state[1][i]}, now;
        bool fired;
        if constexpr (Phase) {
            Int before = state.imag;
            fired = rf_step(state, before, at.rotation(i), spike, at.input(i), at.imag_input(i));
            now = state;
        } else {
            now = rf_iz_step(state, at.rotation(i), reset, rest, at.input(i), at.imag_input(i),
                             at.units);
            fired = now.imag >= spike;
        }
        at.template send<Mode>(i, fired, Phase ? now.real : now.imag, now.imag);
        at.save(i, state.real, state.imag);
    }
}

template <bool Phase, Readout Mode, class Int>
void adrf_rows(const Layer& p, const Rows<Int>& at) {
    const int32_t n = p.neurons;
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i) {
        const AdrfRule<Int> rule{at.rotation(i), at.adaptive_rule(i)};
        AdrfState<Int> state{{at.state[0][i], at.state[1][i]}, at.adaptive(i)};
        bool fired;
        if constexpr (Phase)
            fired = adrf_step(state, rule, at.input(i), at.imag_input(i), at.units).fired;
        else fired = adrf_iz_step(state, rule, at.input(i), at.imag_input(i), at.units).fired;
        const auto& now = state.oscillator;
        at.template send<Mode>(i, fired, Phase ? now.real : now.imag, now.imag);
        at.save(i, now.real, now.imag);
        at.save(i, state.adaptive);
    }
}

template <Readout Mode, class Int>
void rows_of_kind(const Layer& p, const Rows<Int>& rows) {
    switch (p.kind) {
        case Kind::cuba:
            return p.has_norm ? cuba_rows<true, Mode>(p, rows) : cuba_rows<false, Mode>(p, rows);
        case Kind::alif: return alif_rows<Mode>(p, rows);
        case Kind::rf: return rf_rows<true, Mode>(p, rows);
        case Kind::rf_iz: return rf_rows<false, Mode>(p, rows);
        case Kind::adrf: return adrf_rows<true, Mode>(p, rows);
        case Kind::adrf_iz: return adrf_rows<false, Mode>(p, rows);
        default: return;
    }
}

template <class Int>
void integer_rows(const Layer& p, const Rows<Int>& rows) {
    // ALIF has no block that reads its voltage out.
    if (p.voltage && p.kind != Kind::alif) return rows_of_kind<Readout::state>(p, rows);
    if (p.graded) return rows_of_kind<Readout::graded>(p, rows);
    return rows_of_kind<Readout::spike>(p, rows);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
