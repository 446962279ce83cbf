// Sigma, Delta and both around an activation, in float32; sums of Sigma in double.
#pragma once

#include "lava_dl/sigma_delta.hpp"
#include "program.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// inputs: x; outputs: sum; state 0: the sum before, added in float32 as upstream does.
template <class A>
struct Sigma : Program<A> {
    using typename Program<A>::Float;
    static constexpr int inputs = 1, outputs = 1;
    static constexpr bool whole_states = false;
    Float before, now;
    typename A::Double sum{};

    template <class R>
    LAVA_DL_HD Sigma(const Call& call, const R& rows)
        : Program<A>(call), before(rows.state(call.state[0])), now(before) {}

    LAVA_DL_HD Float add(Float x) {
        sum = sigma_step(sum, x);
        return now = narrow(sum) + before;
    }
    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        out[0] = add(in[0]);
    }
    static constexpr int words = words_of<typename A::Double>;
    template <class Visit>
    LAVA_DL_HD void each_state(Visit& visit) {
        visit(sum);
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        rows.save(this->call.last[0], now);
    }
};

// decay 0: the threshold of each channel; states: before, residual, error.
// inputs: x; outputs: what is sent, the change it was made from.
template <class A>
struct Delta : Program<A> {
    using typename Program<A>::Float;
    static constexpr int inputs = 1, outputs = 2;
    static constexpr bool whole_states = false;
    DeltaState<Float> y;
    Float threshold, unit;
    bool cumulative;

    template <class R>
    LAVA_DL_HD Delta(const Call& call, const R& rows, int first = 0)
        : Program<A>(call),
          y{rows.state(call.state[first]), rows.state(call.state[first + 1]),
            rows.state(call.state[first + 2])},
          threshold(rows.parameter(call, 0)),
          unit(Float{} + float(1.0 / call.settings.scale)),
          cumulative(call.settings.cumulative) {}

    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        Float change;
        // Each call knows its rule when compiled; a choice between members would go by memory.
        Float sent = cumulative ? delta_step(y, in[0], threshold, true, true, change)
                                : delta_step(y, in[0], threshold, false, false, change);
        // A unit that is a power of two divides exactly as its inverse multiplies.
        if constexpr (A::power_of_two) out[0] = round_down(sent * this->a.scale.scale) * unit;
        else out[0] = delta_round(sent, unit);
        if constexpr (Traces) out[1] = change;
    }
    static constexpr int words = words_of<Float, 3>;
    template <class Visit>
    LAVA_DL_HD void each_state(Visit& visit) {
        visit(y.before);
        visit(y.residual);
        visit(y.error);
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows, int first = 0) const {
        rows.save(this->call.last[first], y.before);
        rows.save(this->call.last[first + 1], y.residual);
        rows.save(this->call.last[first + 2], y.error);
    }
};

// decays: threshold, bias of each channel; states: sum, then Delta's.
// inputs: x; outputs: what is sent, the change, the activation's input.
template <class A>
struct SigmaDelta : Program<A> {
    using typename Program<A>::Float;
    static constexpr int inputs = 1, outputs = 3;
    static constexpr bool whole_states = false;
    Sigma<A> sigma;
    Delta<A> delta;
    Float bias;
    bool rectified;

    template <class R>
    LAVA_DL_HD SigmaDelta(const Call& call, const R& rows)
        : Program<A>(call),
          sigma(call, rows),
          delta(call, rows, 1),
          bias(rows.parameter(call, 1)),
          rectified(call.settings.rectified) {}

    template <bool Traces>
    LAVA_DL_HD void step(const Float* in, Float* out) {
        Float x = sigma.add(in[0]) + bias;
        Float active = rectified ? rectify(x) : x;
        delta.template step<Traces>(&active, out);
        if constexpr (Traces) out[2] = x;
    }
    static constexpr int words = Sigma<A>::words + Delta<A>::words;
    template <class Visit>
    LAVA_DL_HD void each_state(Visit& visit) {
        sigma.each_state(visit);
        delta.each_state(visit);
    }
    template <class R>
    LAVA_DL_HD void save(const R& rows) const {
        sigma.save(rows);
        delta.save(rows, 1);
    }
};

// grads: sum; outputs: x.
template <class Float>
struct SigmaBackward {
    static constexpr int grads = 1, traces = 1, outputs = 1, decays = 1;
    static constexpr bool reads(int, bool) { return false; }
    Float sum{};

    template <class R>
    LAVA_DL_HD SigmaBackward(const Call&, const R&) {}

    template <class Visit>
    LAVA_DL_HD void each_carried(Visit visit) {
        visit(sum);
    }
    LAVA_DL_HD void step(const Float* grad, const Float*, Float* out, Float*) {
        out[0] = sum = sum + grad[0];
    }
};

// The difference of gradients, and the threshold's own gradient in sum 0.
template <class Float>
struct DeltaBackward {
    static constexpr int grads = 1, traces = 2, outputs = 1, decays = 1;
    static constexpr bool reads(int trace, bool sums) { return trace == 1 && sums; }
    Float threshold, after{};
    SurrogateShape shape;
    float scale;

    template <class R>
    LAVA_DL_HD DeltaBackward(const Call& call, const R& rows)
        : threshold(rows.parameter(call, 0)),
          shape(surrogate_shape(call)),
          scale(float(call.settings.surrogate_scale)) {}

    template <class Visit>
    LAVA_DL_HD void each_carried(Visit visit) {
        visit(after);
    }
    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        Float change = trace[1], above = absolute(change) - threshold;
        Float weight = shape(above) * scale / threshold;
        Float each = select(above > Float{}, change * weight, sign_of(change));
        sum[0] = sum[0] - each * grad[0];
        out[0] = grad[0] - after;
        after = grad[0];
    }
};

// sum 1 is the bias's gradient.
template <class Float>
struct SigmaDeltaBackward {
    static constexpr int grads = 1, traces = 3, outputs = 1, decays = 2;
    static constexpr bool reads(int trace, bool sums) { return trace == 2 || (trace == 1 && sums); }
    DeltaBackward<Float> delta;
    Float total{};
    bool rectified;

    template <class R>
    LAVA_DL_HD SigmaDeltaBackward(const Call& call, const R& rows)
        : delta(call, rows), rectified(call.settings.rectified) {}

    template <class Visit>
    LAVA_DL_HD void each_carried(Visit visit) {
        visit(total);
        delta.each_carried(visit);
    }
    LAVA_DL_HD void step(const Float* grad, const Float* trace, Float* out, Float* sum) {
        Float g;
        delta.step(grad, trace, &g, sum);
        if (rectified) g = select(trace[2] > Float{}, g, Float{});
        sum[1] = sum[1] + g;
        out[0] = total = total + g;
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
