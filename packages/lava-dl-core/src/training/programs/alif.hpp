// ALIF over all steps. decays and states: current, voltage, refractory, threshold.
#pragma once

#include "adaptive.hpp"
#include "cuba.hpp"
#include "lava_dl/alif.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// inputs: x; outputs: spikes, current, voltage, threshold, refractory.
template <class A>
struct Alif : Program<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    static constexpr int inputs = 1, outputs = 5;
    AlifState<Int> y;
    AlifRule<Int, typename A::Factor> rule;

    template <class R>
    LAVA_DL_HD Alif(const Call& call, const R& rows) : Program<A>(call) {
        this->read_states(rows, y.current, y.voltage, y.adaptive.refractory, y.adaptive.threshold);
        rule = {this->decay_factor(rows, 0), this->decay_factor(rows, 1),
                this->adaptive_rule(rows, 2)};
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        auto now = alif_step(y, rule, this->a.integer(in[0]), this->a).levels;
        this->guard(y.current, y.voltage, now.threshold, now.refractory);
        out[0] = this->spikes(this->fires(y.voltage, now), y.voltage);
        if constexpr (Traces) {
            out[1] = this->a.real(y.current);
            out[2] = this->a.real(y.voltage);
            out[3] = this->a.real(now.threshold);
            out[4] = this->a.real(now.refractory);
        }
    }
    static constexpr int words = words_of<Int, 4>;
    template <class Visit>
    LAVA_DL_HD void each_state(Visit& visit) {
        visit(y.current);
        visit(y.voltage);
        visit(y.adaptive.refractory);
        visit(y.adaptive.threshold);
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        this->save_states(rows, y.current, y.voltage, y.adaptive.refractory, y.adaptive.threshold);
    }
};

// grads: spikes, current, voltage; traces: as the program's outputs; outputs: x.
template <class Float>
struct AlifBackward : LeakyBackward<Float> {
    static constexpr int traces = 5;
    static constexpr bool reads(int trace, bool sums) { return trace > 1 || (trace == 1 && sums); }
    Surrogate slope;

    template <class R>
    LAVA_DL_HD AlifBackward(const Call& call, const R& rows)
        : LeakyBackward<Float>(call, rows), slope(call) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        this->sum_decays(trace + 1, sum);
        Float above = trace[2] - (trace[3] + trace[4]);
        this->finish(this->carried(), slope(above) * grad[0], grad, out);
    }
};

// The exact one, which spikes have by raising the levels as well.
template <class Float>
struct AlifExactBackward : WithLevels<Float, AlifBackward<Float>> {
    using WithLevels<Float, AlifBackward<Float>>::WithLevels;

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        LeakyBackward<Float>::sum_decays(trace + 1, sum);
        Float to_voltage = this->levels.reach(this->slope, trace[2], trace + 3, grad[0], sum + 2);
        this->finish(this->carried(), to_voltage, grad, out);
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
