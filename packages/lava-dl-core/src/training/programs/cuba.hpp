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
    CubaState<Int> y;
    CubaRule<Int> rule;
    Int spike;

    template <class R>
    LAVA_DL_HD Cuba(const Call& call, const R& rows) : Program<A>(call) {
        y = {this->state(rows, call.state[0]), this->state(rows, call.state[1]), Int{}};
        rule = {this->keep_factor(rows, 0), this->keep_factor(rows, 1), 
                this->a.number(call.settings.reset_level)};
        spike = this->a.number(call.settings.spike_level);
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        Int voltage = cuba_step(y, rule, this->a.integer(in[0]), this->a);
        this->a.guard(y.current);
        this->a.guard(voltage);
        Float real = this->a.real(voltage);
        out[0] = this->spikes(voltage >= spike, real);
        if constexpr (Traces) {
            out[1] = this->a.real(y.current);
            out[2] = real;
        }
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        rows.save(this->call.last[0], this->a.real(y.current));
        rows.save(this->call.last[1], this->a.real(cuba_settled(y, rule)));
    }
};

// grads: spikes, current, voltage; traces: voltage, current; outputs: x.
// With `exact` the gate that resets the voltage has a gradient as well.
template <class Float>
struct CubaBackward {
    static constexpr int grads = 3, traces = 3, outputs = 1, decays = 2;
    static constexpr bool reads(int trace, bool sums) { return trace == 2 || (trace == 1 && sums); }
    Float current_keep, voltage_keep, threshold, current{}, voltage{};
    Surrogate slope;
    bool exact;

    template <class R>
    LAVA_DL_HD CubaBackward(const Call& call, const R& rows)
        : current_keep(keep_of(call, rows, 0)),
          voltage_keep(keep_of(call, rows, 1)),
          threshold(Float{} + float(call.settings.threshold)),
          slope(call),
          exact(call.settings.exact_gradient) {}

    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        Float v = trace[2], above = v - threshold;
        Float kept = v, carried = voltage_keep * voltage;
        Float spike = slope(above) * grad[0];
        if (exact) {
            spike = spike - slope.gate(above) * v * carried;
            auto fired = v >= threshold;
            carried = select(fired, Float{}, carried);
            kept = select(fired, Float{}, v);
        }
        Float state[] = {trace[1], kept};
        sum_decays(state, sum);
        voltage = carried + spike + grad[2];
        current = current_keep * current + voltage + grad[1];
        out[0] = current;
    }
    LAVA_DL_HD void sum_decays(const Float* state, Float* sum) const {
        sum[0] = sum[0] - current * state[0];
        sum[1] = sum[1] - voltage * state[1];
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
