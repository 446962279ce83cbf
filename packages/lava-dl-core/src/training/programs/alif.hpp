// ALIF over all steps. decays and states: current, voltage, refractory, threshold.
#pragma once

#include "adaptive.hpp"
#include "lava_dl/alif.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// inputs: x; outputs: spikes, current, voltage, threshold, refractory.
template <class A>
struct Alif : Program<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    using Part = AdaptivePart<A>;
    static constexpr int inputs = 1, outputs = 5;
    AlifState<Int> y;
    AlifRule<Int> rule;

    template <class R>
    LAVA_DL_HD Alif(const Call& call, const R& rows) : Program<A>(call) {
        y = {this->state(rows, call.state[0]), this->state(rows, call.state[1]),
             Part::state(*this, rows, 2)};
        rule = {this->keep_factor(rows, 0), this->keep_factor(rows, 1), Part::rule(*this, rows, 2)};
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        auto now = alif_step(y, rule, this->a.integer(in[0]), this->a);
        this->a.guard(y.current);
        this->a.guard(y.voltage);
        Part::guard(*this, now);
        Float voltage = this->a.real(y.voltage), threshold = this->a.real(now.threshold),
              refractory = this->a.real(now.refractory);
        out[0] = this->spikes(voltage >= threshold + refractory, voltage);
        if constexpr (Traces) {
            out[1] = this->a.real(y.current);
            out[2] = voltage;
            out[3] = threshold;
            out[4] = refractory;
        }
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        rows.save(this->call.last[0], this->a.real(y.current));
        rows.save(this->call.last[1], this->a.real(y.voltage));
        Part::save(*this, rows, 2, y.adaptive);
    }
};

// grads: spikes, current, voltage; traces: as the program's outputs; outputs: x.
template <class Float>
struct AlifBackward {
    static constexpr int grads = 3, traces = 5, outputs = 1, decays = 2;
    static constexpr bool reads(int trace, bool sums) { return trace > 1 || (trace == 1 && sums); }
    Float current_keep, voltage_keep, current{}, voltage{};
    Surrogate slope;

    template <class R>
    LAVA_DL_HD AlifBackward(const Call& call, const R& rows)
        : current_keep(keep_of(call, rows, 0)),
          voltage_keep(keep_of(call, rows, 1)),
          slope(call) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        sum_decays(trace + 1, sum);
        finish(slope(trace[2] - (trace[3] + trace[4])) * grad[0], grad, out);
    }
    LAVA_DL_HD void finish(Float to_above, const Float* grad, Float* out) {
        voltage = voltage_keep * voltage + to_above + grad[2];
        current = current_keep * current + voltage + grad[1];
        out[0] = current;
    }
    LAVA_DL_HD void sum_decays(const Float* state, Float* sum) const {
        sum[0] = sum[0] - current * state[0];
        sum[1] = sum[1] - voltage * state[1];
    }
};

// The exact one, which spikes have by raising the levels as well.
template <class Float>
struct AlifExactBackward : AlifBackward<Float> {
    static constexpr int decays = 4;
    AdaptiveBackward<Float> levels;

    template <class R>
    LAVA_DL_HD AlifExactBackward(const Call& call, const R& rows)
        : AlifBackward<Float>(call, rows), levels(call, rows) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        AlifBackward<Float>::sum_decays(trace + 1, sum);
        this->finish(levels.reach(this->slope, trace[2], trace + 3, grad[0], sum + 2), grad, out);
    }
    LAVA_DL_HD void sum_decays(const Float* state, Float* sum) const {
        AlifBackward<Float>::sum_decays(state, sum);
        levels.sum_decays(state + 2, sum + 2);
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
