// What the programs share: conversions of states and decays, surrogate settings.
//
// A forward program has a constructor (call, rows), step<Traces>(in, out) and save(rows);
// each_state(visit) visits what it carries from step to step, `words` of 32 bits, so that it
// can be put aside between two steps.
// A backward one walks time in reverse with step(grad, trace, out, sum); `reads` says which
// traces it needs, and they are those alone that get recorded. What the decays of the step
// after multiplied goes to sum_decays(state, sum). each_carried(visit) visits what it carries
// from step to step, in the order of the states that it belongs to.
#pragma once

#include <type_traits>

#include "arithmetic.hpp"
#include "call.hpp"
#include "lava_dl/adaptive_threshold.hpp"
#include "lava_dl/surrogate.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// 1 - decay / 4096 as the gradient uses it, fractions included.
template <class R>
LAVA_DL_HD auto gradient_factor(const Call& call, const R& rows, int which) {
    auto decay = rows.parameter(call, which);
    return decltype(decay){} + 1.0f - decay / float(kDecayOne);
}

// 32-bit words of so many states.
template <class State, int Count = 1>
constexpr int words_of = Count * int(sizeof(State) / sizeof(int32_t));

template <class A>
struct Program {
    using Int = typename A::Int;
    using Factor = typename A::Factor;
    using Float = typename A::Float;
    using Mask = typename A::Mask;
    static constexpr bool whole_states = true;  // integers in units of 1 / scale
    const Call& call;
    A a;

    LAVA_DL_HD explicit Program(const Call& c) : call(c), a{Scale{float(c.settings.scale)}} {}

    template <class R>
    LAVA_DL_HD Int state(const R& rows, const float* from) {
        Int y = a.integer(rows.state(from));
        a.guard(y);
        return y;
    }
    template <class R>
    LAVA_DL_HD Int whole_factor(const R& rows, int which) {
        Int whole = to_int(rows.parameter(call, which));
        a.require_factor(whole);
        return whole;
    }
    template <class R>
    LAVA_DL_HD Factor factor(const R& rows, int which) {
        return a.factor(whole_factor(rows, which));
    }
    // 4096 - decay, the decay's fraction dropped first.
    template <class R>
    LAVA_DL_HD Factor decay_factor(const R& rows, int which) {
        return a.factor(Int{} + kDecayOne - whole_factor(rows, which));
    }
    // The rule of threshold and refractory state, whose decays are the call's last two.
    template <class R>
    LAVA_DL_HD AdaptiveRule<Int, Factor> adaptive_rule(const R& rows, int first) {
        Int rest = a.number(call.settings.resting_threshold);
        Int step = a.number(call.settings.threshold_step);
        guard(rest, step);
        Factor refractory_factor = decay_factor(rows, first);
        return {decay_factor(rows, first + 1), refractory_factor, rest, step};
    }

    // States in the order of the call's.
    template <class R, class... Ints>
    LAVA_DL_HD void read_states(const R& rows, Ints&... y) {
        int i = 0;
        ((y = state(rows, call.state[i++])), ...);
    }
    template <class R, class... Ints>
    LAVA_DL_HD void save_states(const R& rows, const Ints&... y) const {
        int i = 0;
        (rows.save(call.last[i++], a.real(y)), ...);
    }
    template <class... Ints>
    LAVA_DL_HD void guard(const Ints&... y) {
        (a.guard(y), ...);
    }

    // -1 where a number is negative, which its integer need not be.
    LAVA_DL_HD Int sign(Float x) const { return select(x < Float{}, Int{} - 1, Int{}); }

    // Spikes as numbers: 1, or the state that fired where graded.
    LAVA_DL_HD Float spikes(Mask fired, Int state) const {
        Float sent = call.settings.graded ? a.real(state) : Float{} + 1.0f;
        return select(fired, sent, Float{});
    }
    // Whether a state reaches the levels of a step as float32 shows them.
    LAVA_DL_HD Mask fires(Int state, const AdaptiveState<Int>& levels) const {
        if constexpr (A::power_of_two) return state >= adaptive_level(levels);
        else return a.real(state) >= a.real(levels.threshold) + a.real(levels.refractory);
    }
};

LAVA_DL_HD SurrogateShape surrogate_shape(const Call& call) {
    return SurrogateShape(float(call.settings.tau), Shape(call.settings.surrogate_shape));
}

// The surrogate derivatives of a complex neuron's spike.
struct PhaseSurrogate {
    SurrogateShape shape;
    float scale;
    bool graded;

    LAVA_DL_HD explicit PhaseSurrogate(const Call& call)
        : shape(surrogate_shape(call)), scale(float(call.settings.surrogate_scale)),
          graded(call.settings.graded) {}

    template <class Float>
    LAVA_DL_HD PhaseGradient<Float> operator()(Float above, Float imag) const {
        return phase_surrogate(above, imag, shape, scale, graded);
    }
    template <class Float>
    LAVA_DL_HD PhaseGradient<Float> gate(Float above, Float imag) const {
        return phase_surrogate(above, imag, shape, scale, false);
    }
};

// The surrogate derivative of a real neuron's spike with the call's settings.
struct Surrogate {
    SurrogateShape shape;
    float rate, gate_rate;
    bool graded;

    LAVA_DL_HD explicit Surrogate(const Call& call) : shape(surrogate_shape(call)) {
        float scale = float(call.settings.surrogate_scale);
        graded = call.settings.graded;
        gate_rate = scale / 2.0f / shape.tau;
        rate = graded ? scale : gate_rate;
    }
    template <class Float>
    LAVA_DL_HD Float operator()(Float above) const {
        return surrogate(above, shape, rate, graded);
    }
    // That of a gate, which is 0 or 1 also where spikes are graded.
    template <class Float>
    LAVA_DL_HD Float gate(Float above) const {
        return surrogate(above, shape, gate_rate, false);
    }
};

// Begins where the backward pass of later steps ended, and ends where that of earlier ones begins.
template <class B, class R>
LAVA_DL_HD void take_carried(B& program, const Call& call, const R& rows) {
    int i = 0;
    program.each_carried([&](auto& x) { x = rows.state(call.later[i++]); });
}
template <class B, class R>
LAVA_DL_HD void give_carried(B& program, const Call& call, const R& rows) {
    int i = 0;
    program.each_carried([&](auto& x) { rows.save(call.earlier[i++], x); });
}

// Whether a backward program is there for the exact gradient alone.
template <class B, class = void>
constexpr bool always_exact = false;
template <class B>
constexpr bool always_exact<B, std::void_t<decltype(B::only_exact)>> = B::only_exact;

template <class B, class = void>
constexpr bool sums_decays = false;
template <class B>
constexpr bool sums_decays<B, std::void_t<decltype(&B::sum_decays)>> = true;

// What the first step's decays multiplied, the given states: part of their true gradient.
template <class Float, class B, class R>
LAVA_DL_HD void sum_starts(const B& program, const Call& call, const R& rows, Float* sum) {
    if constexpr (sums_decays<B>) {
        if (!call.settings.exact_gradient && !call.settings.true_decays) return;
        Float state[B::decays];
        for (int i = 0; i < B::decays; ++i) state[i] = rows.state(call.state[i]);
        program.sum_decays(state, sum);
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
