// Adaptive thresholds alone, driven by a given membrane.
// decays: refractory, threshold; states: refractory, threshold.
#pragma once

#include "lava_dl/adaptive_threshold.hpp"
#include "program.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// inputs: membrane; outputs: threshold, refractory.
template <class A>
struct AdaptiveThreshold : Program<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    static constexpr int inputs = 1, outputs = 2;
    AdaptiveState<Int> y;
    AdaptiveRule<Int, typename A::Factor> rule;

    template <class R>
    LAVA_DL_HD AdaptiveThreshold(const Call& call, const R& rows) : Program<A>(call) {
        this->read_states(rows, y.refractory, y.threshold);
        rule = this->adaptive_rule(rows, 0);
    }
    template <bool Traces, class Fires>
    LAVA_DL_HD void advance(Float* out, Fires fires) {
        auto now = adaptive_step(y, rule, fires).levels;
        this->guard(now.threshold, now.refractory);
        out[0] = this->a.real(now.threshold);
        if constexpr (Traces) out[1] = this->a.real(now.refractory);
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        Int membrane = this->a.integer(in[0]);
        this->guard(membrane);
        advance<Traces>(out, [&](const AdaptiveState<Int>& levels) {
            return membrane >= adaptive_level(levels);
        });
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        this->save_states(rows, y.refractory, y.threshold);
    }
};

// inputs: real, imag; state 2: imag of the step before; outputs: threshold, refractory.
template <class A>
struct AdaptivePhaseThreshold : AdaptiveThreshold<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    static constexpr int inputs = 2;
    Int before;

    template <class R>
    LAVA_DL_HD AdaptivePhaseThreshold(const Call& call, const R& rows)
        : AdaptiveThreshold<A>(call, rows), before(this->state(rows, call.state[2])) {}

    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        Int real = this->a.integer(in[0]), imag = this->a.integer(in[1]);
        this->guard(real, imag);
        this->template advance<Traces>(out, [&](const AdaptiveState<Int>& levels) {
            return phase_crossing(real >= adaptive_level(levels), imag, before);
        });
        before = imag;
    }
};

// The exact gradient's way back through threshold and refractory level, which a spike
// raises. Their decays are the call's third and fourth.
template <class Float>
struct AdaptiveBackward {
    Float refractory_factor, threshold_factor, growth, rest, refractory{}, threshold{};

    template <class R>
    LAVA_DL_HD AdaptiveBackward(const Call& call, const R& rows)
        : refractory_factor(gradient_factor(call, rows, 2)),
          threshold_factor(gradient_factor(call, rows, 3)),
          growth(Float{} + float(double(call.settings.threshold_step) / call.settings.scale)),
          rest(Float{} + float(double(call.settings.resting_threshold) / call.settings.scale)) {}

    // Takes the gradients back over decay and growth of levels {threshold, refractory};
    // returns the gradient of the gate that lets a spike raise them.
    template <class Mask>
    LAVA_DL_HD Float carry(const Float* level, Mask fired, Float* sum) {
        Float twice = level[0] + level[0];
        Float state[] = {level[1] + select(fired, twice, Float{}),
                         level[0] + select(fired, growth, Float{})};
        sum_decays(state, sum);
        refractory = refractory_factor * refractory;
        threshold = threshold_factor * threshold;
        Float to_fired = threshold * growth + refractory * twice;
        threshold = threshold + select(fired, refractory + refractory, Float{});
        return to_fired;
    }
    // A gradient of the membrane's distance from the levels' sum belongs to both, negated.
    LAVA_DL_HD void lower(Float to_above) {
        refractory = refractory - to_above;
        threshold = threshold - to_above;
    }
    // The same for a membrane that fires where it reaches the levels; returns the gradient of
    // its distance from them.
    LAVA_DL_HD Float reach(const Surrogate& slope, Float membrane, const Float* level,
                           Float to_spike, Float* sum) {
        Float both = level[0] + level[1], above = membrane - both;
        Float to_fired = carry(level, membrane >= both, sum);
        Float to_above = slope(above) * to_spike + slope.gate(above) * to_fired;
        lower(to_above);
        return to_above;
    }
    // states: refractory, threshold.
    LAVA_DL_HD void sum_decays(const Float* state, Float* sum) const {
        sum[0] = sum[0] - refractory * state[0];
        sum[1] = sum[1] - threshold * (state[1] - rest);
    }
};

// A backward pass B with the gradient of levels that spikes raise, after its own decays' two.
template <class Float, class B>
struct WithLevels : B {
    static constexpr bool only_exact = true;
    static constexpr int decays = 4;
    AdaptiveBackward<Float> levels;

    template <class R>
    LAVA_DL_HD WithLevels(const Call& call, const R& rows) : B(call, rows), levels(call, rows) {}

    template <class Visit>
    LAVA_DL_HD void each_carried(Visit visit) {
        B::each_carried(visit);
        visit(levels.refractory);
        visit(levels.threshold);
    }
    LAVA_DL_HD void sum_decays(const Float* state, Float* sum) const {
        B::sum_decays(state, sum);
        levels.sum_decays(state + 2, sum + 2);
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
