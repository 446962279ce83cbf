// Resonator over all steps. decays: sin, cos; states: real, imag.
#pragma once

#include "lava_dl/rf.hpp"
#include "program.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <class A>
struct ResonatorProgram : Program<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    ResonatorState<Int> y;
    ResonatorRule<Int, typename A::Factor> rule;

    template <class R>
    LAVA_DL_HD ResonatorProgram(const Call& call, const R& rows) : Program<A>(call) {
        this->read_states(rows, y.real, y.imag);
        rule = {this->factor(rows, 0), this->factor(rows, 1)};
    }
    static constexpr int words = words_of<Int, 2>;
    template <class Visit>
    LAVA_DL_HD void each_state(Visit& visit) {
        visit(y.real);
        visit(y.imag);
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        this->save_states(rows, y.real, y.imag);
    }
};

// inputs: real, imag; outputs: real, imag (before reset).
template <class A>
struct Resonator : ResonatorProgram<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    static constexpr int inputs = 2, outputs = 2;
    Int level, rest;
    bool resets;

    template <class R>
    LAVA_DL_HD Resonator(const Call& call, const R& rows) : ResonatorProgram<A>(call, rows) {
        level = this->a.number(call.settings.reset_level);
        rest = this->a.number(call.settings.reset_imag);
        resets = call.settings.reset_level < kNever;
        this->guard(rest);
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        Int real = this->a.integer(in[0]), imag = this->a.integer(in[1]);
        ResonatorState<Int> now;
        if (resets) {
            now = rf_iz_step(this->y, this->rule, level, rest, real, imag, this->a);
        } else {
            now = this->y = resonator_step(this->y, this->rule, real, imag);
        }
        this->guard(now.real, now.imag);
        out[0] = this->a.real(now.real);
        if constexpr (Traces) out[1] = this->a.real(now.imag);
    }
};

// RF. inputs: real, imag; outputs: spikes, real, imag.
template <class A>
struct Rf : ResonatorProgram<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    static constexpr int inputs = 2, outputs = 3;
    Int level, before;

    template <class R>
    LAVA_DL_HD Rf(const Call& call, const R& rows) : ResonatorProgram<A>(call, rows) {
        level = this->a.number(call.settings.spike_level);
        before = this->sign(rows.state(call.state[1]));
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        auto fired = rf_step(this->y, before, this->rule, level, this->a.integer(in[0]),
                             this->a.integer(in[1]));
        this->guard(this->y.real, this->y.imag);
        out[0] = this->spikes(fired, this->y.real);
        if constexpr (Traces) {
            out[1] = this->a.real(this->y.real);
            out[2] = this->a.real(this->y.imag);
        }
    }
    template <class Visit>
    LAVA_DL_HD void each_state(Visit& visit) {
        ResonatorProgram<A>::each_state(visit);
        before = this->y.imag;
    }
};

// RF-IZ. inputs and outputs as RF (before reset).
template <class A>
struct RfIz : ResonatorProgram<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    static constexpr int inputs = 2, outputs = 3;
    Int level, rest, spike;

    template <class R>
    LAVA_DL_HD RfIz(const Call& call, const R& rows) : ResonatorProgram<A>(call, rows) {
        level = this->a.number(call.settings.reset_level);
        rest = this->a.number(call.settings.reset_imag);
        spike = this->a.number(call.settings.spike_level);
        this->guard(rest);
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        auto now = rf_iz_step(this->y, this->rule, level, rest, this->a.integer(in[0]),
                              this->a.integer(in[1]), this->a);
        this->guard(now.real, now.imag);
        out[0] = this->spikes(now.imag >= spike, now.imag);
        if constexpr (Traces) {
            out[1] = this->a.real(now.real);
            out[2] = this->a.real(now.imag);
        }
    }
};

// The transposed rotation all resonators share on the way back.
template <class Float>
struct RotationBackward {
    Float sine, cosine, real{}, imag{};

    template <class R>
    LAVA_DL_HD RotationBackward(const Call& call, const R& rows)
        : sine(rows.parameter(call, 0) / float(kDecayOne)),
          cosine(rows.parameter(call, 1) / float(kDecayOne)) {}

    template <class Visit>
    LAVA_DL_HD void each_carried(Visit visit) {
        visit(real);
        visit(imag);
    }
    LAVA_DL_HD Float real_carried() const { return cosine * real + sine * imag; }
    LAVA_DL_HD Float imag_carried() const { return cosine * imag - sine * real; }

    LAVA_DL_HD void sum_decays(const Float* state, Float* sum) const {
        sum[0] = sum[0] + (imag * state[0] - real * state[1]);
        sum[1] = sum[1] + (real * state[0] + imag * state[1]);
    }
    LAVA_DL_HD void finish(Float to_real, Float to_imag, Float* out) {
        out[0] = real = to_real;
        out[1] = imag = to_imag;
    }
};

// grads: real, imag; traces: real, imag; outputs: real input, imag input.
template <class Float>
struct ResonatorBackward : RotationBackward<Float> {
    static constexpr int grads = 2, traces = 2, outputs = 2, decays = 2;
    static constexpr bool reads(int, bool sums) { return sums; }
    using RotationBackward<Float>::RotationBackward;

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        this->sum_decays(trace, sum);
        this->finish(this->real_carried() + grad[0], this->imag_carried() + grad[1], out);
    }
};

// grads: spikes, real, imag; traces: spikes, real, imag.
template <class Float>
struct RfBackward : RotationBackward<Float> {
    static constexpr int grads = 3, traces = 3, outputs = 2, decays = 2;
    static constexpr bool reads(int trace, bool) { return trace > 0; }
    float threshold;
    PhaseSurrogate slope;

    template <class R>
    LAVA_DL_HD RfBackward(const Call& call, const R& rows)
        : RotationBackward<Float>(call, rows),
          threshold(float(call.settings.threshold)),
          slope(call) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        auto of_spike = slope(trace[1] - threshold, trace[2]);
        this->sum_decays(trace + 1, sum);
        this->finish(this->real_carried() + (of_spike.real * grad[0] + grad[1]),
                     this->imag_carried() + (of_spike.imag * grad[0] + grad[2]), out);
    }
};

// As RfBackward; with `exact` the reset to (0, rest) has a gradient as well.
template <class Float>
struct RfIzBackward : RotationBackward<Float> {
    static constexpr int grads = 3, traces = 3, outputs = 2, decays = 2;
    static constexpr bool reads(int trace, bool) { return trace > 0; }
    float threshold, rest;
    Surrogate slope;
    bool exact, true_decays;

    template <class R>
    LAVA_DL_HD RfIzBackward(const Call& call, const R& rows)
        : RotationBackward<Float>(call, rows),
          threshold(float(call.settings.threshold)),
          rest(float(double(call.settings.reset_imag) / call.settings.scale)),
          slope(call),
          exact(call.settings.exact_gradient),
          true_decays(exact || call.settings.true_decays) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        Float state[] = {trace[1], trace[2]}, above = trace[2] - threshold;
        Float to_real = this->real_carried(), to_imag = this->imag_carried();
        Float spike = slope(above) * grad[0];
        auto fired = trace[2] >= Float{} + threshold;
        if (exact) {
            Float change = to_imag * (Float{} + rest - trace[2]) - to_real * trace[1];
            spike = spike + slope.gate(above) * change;
            to_real = select(fired, Float{}, to_real);
            to_imag = select(fired, Float{}, to_imag);
        }
        if (true_decays) {
            state[0] = select(fired, Float{}, trace[1]);
            state[1] = select(fired, Float{} + rest, trace[2]);
        }
        this->sum_decays(state, sum);
        this->finish(to_real + grad[1], to_imag + (spike + grad[2]), out);
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
