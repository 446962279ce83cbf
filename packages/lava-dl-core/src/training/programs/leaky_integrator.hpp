// Leaky integrator over all steps.
#pragma once

#include "lava_dl/leaky_integrator.hpp"
#include "program.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// inputs: x; outputs: y before its reset.
template <class A>
struct LeakyIntegrator : Program<A> {
    using typename Program<A>::Int;
    using typename Program<A>::Float;
    static constexpr int inputs = 1, outputs = 1;
    Int y, level;
    typename A::Factor decay_factor;

    template <class R>
    LAVA_DL_HD LeakyIntegrator(const Call& call, const R& rows) : Program<A>(call) {
        this->read_states(rows, y);
        decay_factor = Program<A>::decay_factor(rows, 0);
        level = this->a.number(call.settings.reset_level);
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        Int now = leaky_step(y, decay_factor, this->a.integer(in[0]));
        this->guard(now);
        out[0] = this->a.real(now);
        y = reset_to_zero(now, level);
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        this->save_states(rows, y);
    }
};

// inputs: grad of y, and y where the decay wants its gradient; outputs: grad of x.
template <class Float>
struct LeakyIntegratorBackward {
    static constexpr int grads = 1, traces = 1, outputs = 1, decays = 1;
    static constexpr bool reads(int, bool sums) { return sums; }
    Float factor, g{};

    template <class R>
    LAVA_DL_HD LeakyIntegratorBackward(const Call& call, const R& rows)
        : factor(gradient_factor(call, rows, 0)) {}

    template <class Visit>
    LAVA_DL_HD void each_carried(Visit visit) {
        visit(g);
    }
    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        sum[0] = sum[0] - g * trace[0];
        g = factor * g + grad[0];
        out[0] = g;
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
