// Rows of neurons in the trainer's arithmetic, over 32-bit states while they are small
// and over 64-bit ones otherwise; both give the same numbers.
#pragma once

#include <cmath>

#include "lava_dl/adaptive_threshold.hpp"
#include "lava_dl/lava/signed_decay.hpp"
#include "lava_dl/leaky_integrator.hpp"
#include "lava_dl/real.hpp"
#include "lava_dl/sigma_delta.hpp"
#include "layer.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// How a float enters a state and leaves it. The narrow one is for scales that are powers
// of two, so that multiplying by the inverse is exact, and for states below 2^30.
template <class Int>
struct Conversion;

template <>
struct Conversion<int64_t> {
    Scale scale;
    explicit Conversion(int32_t units) : scale{float(units)} {}
    int64_t in(float x) const { return scale.integer(x); }
    float out(int64_t y) const { return scale.real(y); }
};

template <>
struct Conversion<int32_t> {
    float scale, inverse;
    explicit Conversion(int32_t units) : scale(float(units)), inverse(1.0f / float(units)) {}
    LAVA_DL_HD int32_t in(float x) const { return int32_t(x * scale); }
    LAVA_DL_HD float out(int32_t y) const { return float(y) * inverse; }
};

// The state of a layer's neurons while a call lasts: up to four rows of integers.
template <class Int>
struct Rows {
    const Layer& layer;
    Conversion<Int> convert;
    Int* state[4];
    const float* real;  // synaptic sums of this step
    const float* imag;
    float* out;

    template <bool Imag>
    LAVA_DL_HD float norm(float x, int32_t i) const {
        return (x + layer.bias[Imag][i]) * layer.factor[Imag][i];
    }
};

template <bool Norm, class Int>
void cuba_rows(Rows<Int>& r) {
    const Layer& p = r.layer;
    const Conversion<Int> convert = r.convert;
    const int32_t* __restrict ki = p.first_keep.data();
    const int32_t* __restrict kv = p.second_keep.data();
    const float* __restrict bias = p.bias[0].data();
    const float* __restrict factor = p.factor[0].data();
    const float* __restrict z = r.real;
    Int* __restrict current = r.state[0];
    Int* __restrict voltage = r.state[1];
    float* __restrict out = r.out;
    // Float sums round, so that the hundredth is lost from 2^18 on.
    const float level = float(double(p.threshold) + 0.01);
    const bool resets = p.threshold >= 0 && !p.voltage, graded = p.graded, whole = p.voltage;
    for (int32_t i = 0; i < p.neurons; ++i) {
        Int u = leaky_step(current[i], Int(ki[i]), convert.in(z[i]));
        float drive = convert.out(u);
        if (Norm) drive = (drive + bias[i]) * factor[i];
        Int v = leaky_step(voltage[i], Int(kv[i]), convert.in(drive));
        bool fired = float(v) >= level;
        float payload = graded | whole ? convert.out(v) : 1.0f;
        out[i] = fired | whole ? payload : 0.0f;
        current[i] = u;
        voltage[i] = fired & resets ? Int(0) : v;
    }
}

template <class Int>
AdaptiveRule<Int> adaptive_rule(const Layer& p, int32_t i) {
    return {Int(p.threshold_keep[i]), Int(p.refractory_keep[i]), Int(p.threshold),
            Int(p.threshold_step)};
}

// Whether a state reaches threshold and refractory state, added as floats.
template <class Int>
LAVA_DL_HD bool above(Int state, const AdaptiveState<Int>& now) {
    return float(state) >= float(now.threshold) + float(now.refractory);
}

template <class Int>
void alif_rows(Rows<Int>& r) {
    const Layer& p = r.layer;
    for (int32_t i = 0; i < p.neurons; ++i) {
        Int u = leaky_step(r.state[0][i], Int(p.first_keep[i]),
                           r.convert.in(r.template norm<false>(r.real[i], i)));
        Int v = leaky_step(r.state[1][i], Int(p.second_keep[i]), r.convert.in(r.convert.out(u)));
        auto rule = adaptive_rule<Int>(p, i);
        auto now = adaptive_decay(AdaptiveState<Int>{r.state[2][i], r.state[3][i]}, rule);
        bool fired = above(v, now);
        auto next = adaptive_fire(now, rule, fired);
        r.state[0][i] = u;
        r.state[1][i] = v;
        r.state[2][i] = next.threshold;
        r.state[3][i] = next.refractory;
        float payload = p.graded ? r.convert.out(v) : 1.0f;
        r.out[i] = fired ? payload : 0.0f;
    }
}

// The rotation all resonators share.
template <class Int>
LAVA_DL_HD void rotate(Rows<Int>& r, int32_t i, Int& x, Int& y) {
    const Layer& p = r.layer;
    const Int s = p.first_keep[i], c = p.second_keep[i];
    const Int before_x = r.state[0][i], before_y = r.state[1][i];
    x = saturate(signed_decay(before_x, c) - signed_decay(before_y, s) +
                 r.convert.in(r.template norm<false>(r.real[i], i)));
    y = saturate(signed_decay(before_x, s) + signed_decay(before_y, c) +
                 r.convert.in(r.template norm<true>(r.imag[i], i)));
}

// Phase: fires on crossing the positive real axis; else where imag is large.
template <bool Phase, class Int>
void rf_rows(Rows<Int>& r) {
    const Layer& p = r.layer;
    const float level = float(p.threshold);
    const Int rest = Int(p.threshold - 1);
    const bool resets = !Phase && p.threshold >= 0 && !p.voltage;
    for (int32_t i = 0; i < p.neurons; ++i) {
        Int x, y, before = r.state[1][i];
        rotate(r, i, x, y);
        bool fired = Phase ? (float(x) >= level) & (before < 0) & (y >= 0) : float(y) >= level;
        float payload = r.convert.out(Phase ? x : y);
        r.out[i] = p.voltage ? r.convert.out(y) : fired ? (p.graded ? payload : 1.0f) : 0.0f;
        bool clear = fired & resets;
        r.state[0][i] = clear ? Int(0) : x;
        r.state[1][i] = clear ? rest : y;
    }
}

template <bool Phase, class Int>
void adrf_rows(Rows<Int>& r) {
    const Layer& p = r.layer;
    for (int32_t i = 0; i < p.neurons; ++i) {
        Int x, y, before = r.state[1][i];
        rotate(r, i, x, y);
        auto rule = adaptive_rule<Int>(p, i);
        auto now = adaptive_decay(AdaptiveState<Int>{r.state[2][i], r.state[3][i]}, rule);
        bool fired = Phase ? above(x, now) & (before < 0) & (y >= 0) : above(y, now);
        auto next = adaptive_fire(now, rule, fired);
        float payload = r.convert.out(Phase ? x : y);
        r.out[i] = p.voltage ? r.convert.out(y) : fired ? (p.graded ? payload : 1.0f) : 0.0f;
        r.state[0][i] = x;
        r.state[1][i] = y;
        r.state[2][i] = next.threshold;
        r.state[3][i] = next.refractory;
    }
}

template <class Int>
void integer_rows(Rows<Int>& r) {
    switch (r.layer.kind) {
        case Kind::cuba: return r.layer.has_norm ? cuba_rows<true>(r) : cuba_rows<false>(r);
        case Kind::alif: return alif_rows(r);
        case Kind::rf: return rf_rows<true>(r);
        case Kind::rf_iz: return rf_rows<false>(r);
        case Kind::adrf: return adrf_rows<true>(r);
        case Kind::adrf_iz: return adrf_rows<false>(r);
        default: return;
    }
}

// Sigma-delta kinds keep floats: sums in 64 bits, the encoder in 32.
inline void delta_row(const Layer& p, const float* x, double* last, double* residue,
                      double* error, float* out) {
    const double scale = 64.0 * p.weight_scale;
    for (int32_t i = 0; i < p.neurons; ++i) {
        DeltaState<float> state{float(last[i]), float(residue[i]), float(error[i])};
        double least = std::max(double(p.thresholds[i]) / p.weight_scale, 1.0 / scale);
        float change = (x[i] - state.before) + state.residual;
        float total = state.error + change;
        float sent = std::fabs(double(p.cumulative ? total : change)) >= least ? change : 0.0f;
        last[i] = x[i];
        residue[i] = change - sent;
        error[i] = sent != 0.0f ? 0.0f : total;
        out[i] = float(std::floor(double(sent) * scale) / scale);
    }
}

inline void sigma_row(const Layer& p, const float* z, double* sum, float* out) {
    for (int32_t i = 0; i < p.neurons; ++i) {
        sum[i] = sigma_step(sum[i], z[i]);
        out[i] = float(sum[i]);
    }
}

// The norm, the neuron's own bias, the activation.
inline void activate_row(const Layer& p, float* drive) {
    for (int32_t i = 0; i < p.neurons; ++i) {
        float x = (drive[i] + p.bias[0][i]) * p.factor[0][i] + p.own_bias[i];
        drive[i] = p.rectify && !(x > 0.0f) ? 0.0f : x;
    }
}

inline void real_rows(const Layer& p, const float* z, double* states, float* scratch, float* out) {
    const int64_t n = p.neurons;
    if (p.kind == Kind::sigma) return sigma_row(p, z, states, out);
    if (p.kind == Kind::delta)
        return delta_row(p, z, states, states + n, states + 2 * n, out);
    sigma_row(p, z, states, scratch);
    activate_row(p, scratch);
    delta_row(p, scratch, states + n, states + 2 * n, states + 3 * n, out);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
