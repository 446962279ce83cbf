// Adaptive resonators over all steps.
// decays and states: sin / real, cos / imag, refractory, threshold.
#pragma once

#include "adaptive.hpp"
#include "lava_dl/adrf.hpp"
#include "resonator.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

template <class A>
struct AdrfProgram : Program<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    AdrfState<Int> y;
    AdrfRule<Int, typename A::Factor> rule;

    template <class R>
    LAVA_DL_HD AdrfProgram(const Call& call, const R& rows) : Program<A>(call) {
        this->read_states(rows, y.oscillator.real, y.oscillator.imag, y.adaptive.refractory,
                          y.adaptive.threshold);
        rule = {{this->factor(rows, 0), this->factor(rows, 1)}, this->adaptive_rule(rows, 2)};
    }
    LAVA_DL_HD void guard_levels(const AdaptiveState<Int>& now) {
        this->guard(y.oscillator.real, y.oscillator.imag, now.threshold, now.refractory);
    }
    // The first ones of real, imag, threshold, refractory.
    template <int Count>
    LAVA_DL_HD void traces(const AdaptiveState<Int>& now, Float* out) const {
        const Int all[] = {y.oscillator.real, y.oscillator.imag, now.threshold, now.refractory};
        for (int i = 0; i < Count; ++i) out[i] = this->a.real(all[i]);
    }
    static constexpr int words = words_of<Int, 4>;
    template <class Visit>
    LAVA_DL_HD void each_state(Visit& visit) {
        visit(y.oscillator.real);
        visit(y.oscillator.imag);
        visit(y.adaptive.refractory);
        visit(y.adaptive.threshold);
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        this->save_states(rows, y.oscillator.real, y.oscillator.imag, y.adaptive.refractory,
                          y.adaptive.threshold);
    }
};

// inputs: real, imag; outputs: spikes, real, imag, threshold, refractory.
template <class A>
struct Adrf : AdrfProgram<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    static constexpr int inputs = 2, outputs = 5;
    Int before;

    template <class R>
    LAVA_DL_HD Adrf(const Call& call, const R& rows)
        : AdrfProgram<A>(call, rows), before(this->sign(rows.state(call.state[1]))) {}

    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        auto now = adrf_step(this->y, this->rule, this->a.integer(in[0]), this->a.integer(in[1]),
                             this->a).levels;
        auto [real, imag] = this->y.oscillator;
        this->guard_levels(now);
        out[0] = this->spikes(phase_crossing(this->fires(real, now), imag, before), real);
        before = imag;
        this->template traces<Traces ? 4 : 0>(now, out + 1);
    }
    template <class Visit>
    LAVA_DL_HD void each_state(Visit& visit) {
        AdrfProgram<A>::each_state(visit);
        before = this->y.oscillator.imag;
    }
};

template <class A>
struct AdrfIz : AdrfProgram<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    static constexpr int inputs = 2, outputs = 5;
    using AdrfProgram<A>::AdrfProgram;

    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        auto now = adrf_iz_step(this->y, this->rule, this->a.integer(in[0]),
                                this->a.integer(in[1]), this->a).levels;
        this->guard_levels(now);
        out[0] = this->spikes(this->fires(this->y.oscillator.imag, now), this->y.oscillator.imag);
        this->template traces<Traces ? 4 : 0>(now, out + 1);
    }
};

// The dynamics without the spikes. outputs: real, imag, threshold, refractory.
template <class A>
struct AdaptiveResonator : AdrfProgram<A> {
    using typename Program<A>::Float;
    static constexpr int inputs = 2, outputs = 4;
    using AdrfProgram<A>::AdrfProgram;

    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        auto now = adrf_iz_step(this->y, this->rule, this->a.integer(in[0]),
                                this->a.integer(in[1]), this->a).levels;
        this->guard_levels(now);
        this->template traces<Traces ? 4 : 1>(now, out);
    }
};

// grads: spikes, real, imag; traces: as the program's outputs; outputs: real, imag input.
template <class Float>
struct AdrfBackward : RotationBackward<Float> {
    static constexpr int grads = 3, traces = 5, outputs = 2, decays = 2;
    static constexpr bool reads(int trace, bool) { return trace > 0; }
    PhaseSurrogate slope;

    template <class R>
    LAVA_DL_HD AdrfBackward(const Call& call, const R& rows)
        : RotationBackward<Float>(call, rows), slope(call) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        Float above = trace[1] - (trace[3] + trace[4]);
        auto of_spike = slope(above, trace[2]);
        this->sum_decays(trace + 1, sum);
        this->finish(this->real_carried() + (of_spike.real * grad[0] + grad[1]),
                     this->imag_carried() + (of_spike.imag * grad[0] + grad[2]), out);
    }
};

template <class Float>
struct AdrfIzBackward : RotationBackward<Float> {
    static constexpr int grads = 3, traces = 5, outputs = 2, decays = 2;
    static constexpr bool reads(int trace, bool sums) { return trace > 1 || (trace == 1 && sums); }
    Surrogate slope;

    template <class R>
    LAVA_DL_HD AdrfIzBackward(const Call& call, const R& rows)
        : RotationBackward<Float>(call, rows), slope(call) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        Float spike = slope(trace[2] - (trace[3] + trace[4])) * grad[0];
        this->sum_decays(trace + 1, sum);
        this->finish(this->real_carried() + grad[1],
                     this->imag_carried() + (spike + grad[2]), out);
    }
};

// The exact ones, which spikes have by raising the levels as well.
template <class Float>
struct AdrfExactBackward : WithLevels<Float, AdrfBackward<Float>> {
    using WithLevels<Float, AdrfBackward<Float>>::WithLevels;
    static constexpr bool reads(int, bool) { return true; }

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        Float above = trace[1] - (trace[3] + trace[4]), imag = trace[2];
        auto of_spike = this->slope(above, imag), of_gate = this->slope.gate(above, imag);
        auto fired = absolute(trace[0]) > Float{};
        RotationBackward<Float>::sum_decays(trace + 1, sum);
        Float to_fired = this->levels.carry(trace + 3, fired, sum + 2);
        Float to_above = of_spike.real * grad[0] + of_gate.real * to_fired;
        Float to_imag = of_spike.imag * grad[0] + of_gate.imag * to_fired;
        this->levels.lower(to_above);
        this->finish(this->real_carried() + (to_above + grad[1]),
                     this->imag_carried() + (to_imag + grad[2]), out);
    }
};

template <class Float>
struct AdrfIzExactBackward : WithLevels<Float, AdrfIzBackward<Float>> {
    using WithLevels<Float, AdrfIzBackward<Float>>::WithLevels;

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        RotationBackward<Float>::sum_decays(trace + 1, sum);
        Float to_above = this->levels.reach(this->slope, trace[2], trace + 3, grad[0], sum + 2);
        this->finish(this->real_carried() + grad[1],
                     this->imag_carried() + (to_above + grad[2]), out);
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
