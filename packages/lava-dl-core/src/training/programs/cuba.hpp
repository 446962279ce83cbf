// CUBA over all steps. decays: current, voltage; states: current, voltage.
#pragma once

#include "lava_dl/cuba.hpp"
#include "program.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// inputs: x; outputs: spikes, current, voltage (before reset).
template <class A>
struct Cuba : Program<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    static constexpr int inputs = 1, outputs = 3;
    CubaState<Int> y{};
    CubaRule<Int, typename A::Factor> rule;
    Int spike;

    template <class R>
    LAVA_DL_HD Cuba(const Call& call, const R& rows) : Program<A>(call) {
        this->read_states(rows, y.current, y.voltage);
        rule = {this->decay_factor(rows, 0), this->decay_factor(rows, 1),
                this->a.number(call.settings.reset_level)};
        spike = this->a.number(call.settings.spike_level);
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        Int voltage = cuba_step(y, rule, this->a.integer(in[0]), this->a);
        this->guard(y.current, voltage);
        out[0] = this->spikes(voltage >= spike, voltage);
        if constexpr (Traces) {
            out[1] = this->a.real(y.current);
            out[2] = this->a.real(voltage);
        }
    }
    static constexpr int words = words_of<Int, 2>;
    template <class Visit>
    LAVA_DL_HD void each_state(Visit& visit) {
        y = {y.current, cuba_settled(y, rule)};
        visit(y.current);
        visit(y.voltage);
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        this->save_states(rows, y.current, cuba_settled(y, rule));
    }
};

// The way back through leaky voltage and current.
template <class Float>
struct LeakyBackward {
    static constexpr int grads = 3, outputs = 1, decays = 2;
    Float current_factor, voltage_factor, current{}, voltage{};

    template <class R>
    LAVA_DL_HD LeakyBackward(const Call& call, const R& rows)
        : current_factor(gradient_factor(call, rows, 0)),
          voltage_factor(gradient_factor(call, rows, 1)) {}

    template <class Visit>
    LAVA_DL_HD void each_carried(Visit visit) {
        visit(current);
        visit(voltage);
    }
    LAVA_DL_HD Float carried() const { return voltage_factor * voltage; }
    LAVA_DL_HD void finish(Float to_decayed, Float to_spike, const Float* grad, Float* out) {
        voltage = to_decayed + to_spike + grad[2];
        current = current_factor * current + voltage + grad[1];
        out[0] = current;
    }
    LAVA_DL_HD void sum_decays(const Float* state, Float* sum) const {
        sum[0] = sum[0] - current * state[0];
        sum[1] = sum[1] - voltage * state[1];
    }
};

// grads: spikes, current, voltage; traces: as the program's outputs; outputs: x.
// With `exact` the gate that resets the voltage has a gradient as well.
template <class Float>
struct CubaBackward : LeakyBackward<Float> {
    static constexpr int traces = 3;
    static constexpr bool reads(int trace, bool sums) { return trace == 2 || (trace == 1 && sums); }
    Float threshold;
    Surrogate slope;
    bool exact, true_decays;

    template <class R>
    LAVA_DL_HD CubaBackward(const Call& call, const R& rows)
        : LeakyBackward<Float>(call, rows),
          threshold(Float{} + float(call.settings.threshold)),
          slope(call),
          exact(call.settings.exact_gradient),
          true_decays(exact || call.settings.true_decays) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        Float v = trace[2], above = v - threshold;
        Float after_reset = v, to_decayed = this->carried();
        Float to_spike = slope(above) * grad[0];
        if (exact) {
            to_spike = to_spike - slope.gate(above) * v * to_decayed;
            to_decayed = select(v >= threshold, Float{}, to_decayed);
        }
        if (true_decays) after_reset = select(v >= threshold, Float{}, v);
        Float state[] = {trace[1], after_reset};
        this->sum_decays(state, sum);
        this->finish(to_decayed, to_spike, grad, out);
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
