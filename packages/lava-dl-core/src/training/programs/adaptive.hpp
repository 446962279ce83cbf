// Adaptive thresholds alone, driven by a given membrane.
// decays: refractory, threshold; states: refractory, threshold.
#pragma once

#include "lava_dl/adaptive_threshold.hpp"
#include "program.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// What every program with an adaptive threshold has. The adaptive decays and states
// begin at index `first` of the call's.
template <class A>
struct AdaptivePart {
    using Int = typename A::Int;
    using Float = typename A::Float;

    template <class R>
    LAVA_DL_HD static AdaptiveRule<Int> rule(Program<A>& p, const R& rows, int first) {
        Int rest = p.a.number(p.call.settings.resting_threshold);
        Int step = p.a.number(p.call.settings.threshold_step);
        p.a.guard(rest);
        p.a.guard(step);
        Int refractory_keep = p.keep_factor(rows, first);
        return {p.keep_factor(rows, first + 1), refractory_keep, rest, step};
    }
    template <class R>
    LAVA_DL_HD static AdaptiveState<Int> state(Program<A>& p, const R& rows, int first) {
        Int refractory = p.state(rows, p.call.state[first]);
        return {p.state(rows, p.call.state[first + 1]), refractory};
    }
    LAVA_DL_HD static void guard(Program<A>& p, const AdaptiveState<Int>& now) {
        p.a.guard(now.threshold);
        p.a.guard(now.refractory);
    }
    template <class R>
    LAVA_DL_HD static void save(const Program<A>& p, const R& rows, int first,
                                const AdaptiveState<Int>& state) {
        rows.save(p.call.last[first], p.a.real(state.refractory));
        rows.save(p.call.last[first + 1], p.a.real(state.threshold));
    }
};

// inputs: membrane; outputs: threshold, refractory.
template <class A>
struct AdaptiveThreshold : Program<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    using Part = AdaptivePart<A>;
    static constexpr int inputs = 1, outputs = 2;
    AdaptiveState<Int> y;
    AdaptiveRule<Int> rule;

    template <class R>
    LAVA_DL_HD AdaptiveThreshold(const Call& call, const R& rows) : Program<A>(call) {
        y = Part::state(*this, rows, 0);
        rule = Part::rule(*this, rows, 0);
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        Int membrane = this->a.integer(in[0]);
        this->a.guard(membrane);
        auto now = adaptive_decay(y, rule);
        Part::guard(*this, now);
        out[0] = this->a.real(now.threshold);
        if constexpr (Traces) out[1] = this->a.real(now.refractory);
        y = adaptive_fire(now, rule, membrane >= adaptive_level(now));
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        Part::save(*this, rows, 0, y);
    }
};

// inputs: real, imag; state 2: imag of the step before; outputs: threshold, refractory.
template <class A>
struct AdaptivePhaseThreshold : AdaptiveThreshold<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    using Part = AdaptivePart<A>;
    static constexpr int inputs = 2;
    Int before;

    template <class R>
    LAVA_DL_HD AdaptivePhaseThreshold(const Call& call, const R& rows)
        : AdaptiveThreshold<A>(call, rows), before(this->state(rows, call.state[2])) {}

    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        Int real = this->a.integer(in[0]), imag = this->a.integer(in[1]);
        this->a.guard(real);
        this->a.guard(imag);
        auto now = adaptive_decay(this->y, this->rule);
        Part::guard(*this, now);
        out[0] = this->a.real(now.threshold);
        if constexpr (Traces) out[1] = this->a.real(now.refractory);
        auto fired = phase_crossing(real, imag, before, adaptive_level(now));
        this->y = adaptive_fire(now, this->rule, fired);
        before = imag;
    }
};

// The exact gradient's way back through threshold and refractory level, which a spike
// raises. Their decays are the call's third and fourth.
template <class Float>
struct AdaptiveBackward {
    Float refractory_keep, threshold_keep, growth, rest, refractory{}, threshold{};

    template <class R>
    LAVA_DL_HD AdaptiveBackward(const Call& call, const R& rows)
        : refractory_keep(keep_of(call, rows, 2)),
          threshold_keep(keep_of(call, rows, 3)),
          growth(Float{} + float(double(call.settings.threshold_step) / call.settings.scale)),
          rest(Float{} + float(double(call.settings.resting_threshold) / call.settings.scale)) {}

    // Takes the gradients back over decay and growth of levels {threshold, refractory};
    // returns that of having fired.
    template <class Mask>
    LAVA_DL_HD Float carry(const Float* level, Mask fired, Float* sum) {
        Float twice = level[0] + level[0];
        Float state[] = {level[1] + select(fired, twice, Float{}),
                         level[0] + select(fired, growth, Float{})};
        sum_decays(state, sum);
        refractory = refractory_keep * refractory;
        threshold = threshold_keep * threshold;
        Float to_fired = threshold * growth + refractory * twice;
        threshold = threshold + select(fired, refractory + refractory, Float{});
        return to_fired;
    }
    // Takes in that of the membrane's distance from both levels together.
    LAVA_DL_HD void below(Float to_above) {
        refractory = refractory - to_above;
        threshold = threshold - to_above;
    }
    // Both for a membrane that fires where it reaches them; returns the latter.
    LAVA_DL_HD Float reach(const Surrogate& slope, Float membrane, const Float* level,
                           Float to_spike, Float* sum) {
        Float both = level[0] + level[1], above = membrane - both;
        Float to_fired = carry(level, membrane >= both, sum);
        Float to_above = slope(above) * to_spike + slope.gate(above) * to_fired;
        below(to_above);
        return to_above;
    }
    // states: refractory, threshold.
    LAVA_DL_HD void sum_decays(const Float* state, Float* sum) const {
        sum[0] = sum[0] - refractory * state[0];
        sum[1] = sum[1] - threshold * (state[1] - rest);
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
