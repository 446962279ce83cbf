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
    using Part = AdaptivePart<A>;
    AdrfState<Int> y;
    AdrfRule<Int> rule;

    template <class R>
    LAVA_DL_HD AdrfProgram(const Call& call, const R& rows) : Program<A>(call) {
        y = {{this->state(rows, call.state[0]), this->state(rows, call.state[1])},
             Part::state(*this, rows, 2)};
        rule = {{this->factor(rows, 0), this->factor(rows, 1)}, Part::rule(*this, rows, 2)};
    }
    LAVA_DL_HD void guard(const AdaptiveState<Int>& now) {
        this->a.guard(y.oscillator.real);
        this->a.guard(y.oscillator.imag);
        Part::guard(*this, now);
    }
    // real, imag, threshold, refractory.
    LAVA_DL_HD void traces(const AdaptiveState<Int>& now, Float* out) const {
        out[0] = this->a.real(y.oscillator.real);
        out[1] = this->a.real(y.oscillator.imag);
        out[2] = this->a.real(now.threshold);
        out[3] = this->a.real(now.refractory);
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        rows.save(this->call.last[0], this->a.real(y.oscillator.real));
        rows.save(this->call.last[1], this->a.real(y.oscillator.imag));
        Part::save(*this, rows, 2, y.adaptive);
    }
};

// inputs: real, imag; outputs: spikes, real, imag, threshold, refractory.
template <class A>
struct Adrf : AdrfProgram<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    using typename Program<A>::Mask;
    static constexpr int inputs = 2, outputs = 5;
    Mask before;

    template <class R>
    LAVA_DL_HD Adrf(const Call& call, const R& rows)
        : AdrfProgram<A>(call, rows), before(rows.state(call.state[1]) < Float{}) {}

    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        auto now = adrf_step(this->y, this->rule, this->a.integer(in[0]),
                             this->a.integer(in[1]), this->a);
        this->guard(now);
        Float trace[4];
        this->traces(now, trace);
        Mask below = trace[1] < Float{};
        out[0] = this->spikes((trace[0] >= trace[2] + trace[3]) & before &
                                  (trace[1] >= Float{}),
                              trace[0]);
        before = below;
        for (int i = 0; Traces && i < 4; ++i) out[1 + i] = trace[i];
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
                                this->a.integer(in[1]));
        this->guard(now);
        Float trace[4];
        this->traces(now, trace);
        out[0] = this->spikes(trace[1] >= trace[2] + trace[3], trace[1]);
        for (int i = 0; Traces && i < 4; ++i) out[1 + i] = trace[i];
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
                                this->a.integer(in[1]));
        this->guard(now);
        Float trace[4];
        this->traces(now, trace);
        for (int i = 0; i < (Traces ? 4 : 1); ++i) out[i] = trace[i];
    }
};

// grads: spikes, real, imag; traces: as the program's outputs; outputs: real, imag input.
template <class Float>
struct AdrfBackward : RotationBackward<Float> {
    static constexpr int grads = 3, traces = 5, outputs = 2, decays = 2;
    static constexpr bool reads(int trace, bool) { return trace > 0; }
    float tau, scale;
    bool graded;

    template <class R>
    LAVA_DL_HD AdrfBackward(const Call& call, const R& rows)
        : RotationBackward<Float>(call, rows),
          tau(float(call.settings.tau)),
          scale(float(call.settings.surrogate_scale)),
          graded(call.settings.graded) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        Float above = trace[1] - (trace[3] + trace[4]);
        auto slope = phase_surrogate(above, trace[2], tau, scale, graded);
        this->sum_decays(trace + 1, sum);
        this->finish(this->real_carried() + (slope.real * grad[0] + grad[1]),
                     this->imag_carried() + (slope.imag * grad[0] + grad[2]), out);
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
struct AdrfExactBackward : AdrfBackward<Float> {
    static constexpr int decays = 4;
    static constexpr bool reads(int, bool) { return true; }
    AdaptiveBackward<Float> levels;

    template <class R>
    LAVA_DL_HD AdrfExactBackward(const Call& call, const R& rows)
        : AdrfBackward<Float>(call, rows), levels(call, rows) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        Float above = trace[1] - (trace[3] + trace[4]), imag = trace[2];
        auto slope = phase_surrogate(above, imag, this->tau, this->scale, this->graded);
        auto gate = phase_surrogate(above, imag, this->tau, this->scale, false);
        auto fired = absolute(trace[0]) > Float{};
        RotationBackward<Float>::sum_decays(trace + 1, sum);
        Float to_fired = levels.carry(trace + 3, fired, sum + 2);
        Float to_above = slope.real * grad[0] + gate.real * to_fired;
        Float to_imag = slope.imag * grad[0] + gate.imag * to_fired;
        levels.below(to_above);
        this->finish(this->real_carried() + (to_above + grad[1]),
                     this->imag_carried() + (to_imag + grad[2]), out);
    }
    LAVA_DL_HD void sum_decays(const Float* state, Float* sum) const {
        RotationBackward<Float>::sum_decays(state, sum);
        levels.sum_decays(state + 2, sum + 2);
    }
};

template <class Float>
struct AdrfIzExactBackward : AdrfIzBackward<Float> {
    static constexpr int decays = 4;
    AdaptiveBackward<Float> levels;

    template <class R>
    LAVA_DL_HD AdrfIzExactBackward(const Call& call, const R& rows)
        : AdrfIzBackward<Float>(call, rows), levels(call, rows) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        RotationBackward<Float>::sum_decays(trace + 1, sum);
        Float to_above = levels.reach(this->slope, trace[2], trace + 3, grad[0], sum + 2);
        this->finish(this->real_carried() + grad[1],
                     this->imag_carried() + (to_above + grad[2]), out);
    }
    LAVA_DL_HD void sum_decays(const Float* state, Float* sum) const {
        RotationBackward<Float>::sum_decays(state, sum);
        levels.sum_decays(state + 2, sum + 2);
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
