// Rows of neurons in the trainer's arithmetic, over 32-bit states while they are small
// and over 64-bit ones otherwise; both give the same numbers.
#pragma once

#include <cmath>

#include "lava_dl/adaptive_threshold.hpp"
#include "lava_dl/lava/signed_decay.hpp"
#include "lava_dl/leaky_integrator.hpp"
#include "lava_dl/real.hpp"
#include "lava_dl/resonator.hpp"
#include "independent.hpp"
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

// Rows of a layer as plain pointers, which a loop can keep in registers.
template <class Int>
struct Columns {
    const int32_t *first, *second, *threshold_keep, *refractory_keep;
    const float *bias, *factor, *bias_imag, *factor_imag, *real, *imag;
    Int *a, *b, *c, *d;
    float* out;
    Int rest, step;
    Conversion<Int> convert;

    LAVA_DL_HD Int drive(int32_t i) const { return convert.in((real[i] + bias[i]) * factor[i]); }
    LAVA_DL_HD Int drive_imag(int32_t i) const {
        return convert.in((imag[i] + bias_imag[i]) * factor_imag[i]);
    }
    LAVA_DL_HD AdaptiveRule<Int> rule(int32_t i) const {
        return {Int(threshold_keep[i]), Int(refractory_keep[i]), rest, step};
    }
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

    Columns<Int> columns() const {
        const Layer& p = layer;
        return {p.first_keep.data(), p.second_keep.data(), p.threshold_keep.data(),
                p.refractory_keep.data(), p.bias[0].data(), p.factor[0].data(),
                p.bias[1].data(), p.factor[1].data(), real, imag,
                state[0], state[1], state[3], state[2], out,
                Int(p.threshold), Int(p.threshold_step), convert};
    }
};

// What a layer puts out: spikes of 1, spikes that carry the state, or the state itself.
enum class Readout { spike, graded, state };

// A level no state reaches, where a spike doesn't reset.
inline float reset_level(bool resets, float level) { return resets ? level : INFINITY; }

template <Readout Mode, class Int>
LAVA_DL_HD float read_out(bool fired, float payload) {
    if (Mode == Readout::state) return payload;
    return fired ? (Mode == Readout::graded ? payload : 1.0f) : 0.0f;
}

template <bool Norm, Readout Mode, class Int>
void cuba_rows(Rows<Int>& r) {
    const Layer& p = r.layer;
    const Columns<Int> at = r.columns();
    const int32_t n = p.neurons;
    // Float sums round, so that the hundredth is lost from 2^18 on.
    const float level = float(double(p.threshold) + 0.01);
    const float reset = reset_level(p.threshold >= 0 && Mode != Readout::state, level);
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i) {
        Int u = leaky_step(at.a[i], Int(at.first[i]), at.convert.in(at.real[i]));
        float drive = at.convert.out(u);
        if (Norm) drive = (drive + at.bias[i]) * at.factor[i];
        Int v = leaky_step(at.b[i], Int(at.second[i]), at.convert.in(drive));
        float height = float(v);
        at.out[i] = read_out<Mode, Int>(height >= level, at.convert.out(v));
        at.a[i] = u;
        at.b[i] = height >= reset ? Int(0) : v;
    }
}

// Whether a state reaches threshold and refractory state, added as floats.
template <class Int>
LAVA_DL_HD bool above(Int state, const AdaptiveState<Int>& now) {
    return float(state) >= float(now.threshold) + float(now.refractory);
}

template <class Int>
void alif_rows(Rows<Int>& r) {
    const Columns<Int> at = r.columns();
    const int32_t n = r.layer.neurons;
    const bool graded = r.layer.graded;
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i) {
        Int u = leaky_step(at.a[i], Int(at.first[i]), at.drive(i));
        Int v = leaky_step(at.b[i], Int(at.second[i]), at.convert.in(at.convert.out(u)));
        auto rule = at.rule(i);
        auto now = adaptive_decay(AdaptiveState<Int>{at.c[i], at.d[i]}, rule);
        bool fired = above(v, now);
        auto next = adaptive_fire(now, rule, fired);
        float payload = graded ? at.convert.out(v) : 1.0f;
        at.a[i] = u;
        at.b[i] = v;
        at.c[i] = next.threshold;
        at.d[i] = next.refractory;
        at.out[i] = fired ? payload : 0.0f;
    }
}

// The rotation all resonators share.
template <class Int>
LAVA_DL_HD ResonatorState<Int> rotate(const Columns<Int>& at, int32_t i) {
    const Int s = at.first[i], c = at.second[i], x = at.a[i], y = at.b[i];
    return {saturate(signed_decay(x, c) - signed_decay(y, s) + at.drive(i)),
            saturate(signed_decay(x, s) + signed_decay(y, c) + at.drive_imag(i))};
}

// Phase: fires on crossing the positive real axis; else where imag is large.
template <bool Phase, Readout Mode, class Int>
void rf_rows(Rows<Int>& r) {
    const Layer& p = r.layer;
    const Columns<Int> at = r.columns();
    const int32_t n = p.neurons;
    const float level = float(p.threshold);
    const Int rest = Int(p.threshold - 1);
    const float reset =
        reset_level(!Phase && p.threshold >= 0 && Mode != Readout::state, level);
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i) {
        const Int before = at.b[i];
        const auto [x, y] = rotate(at, i);
        float height = float(y);
        bool fired = Phase ? (float(x) >= level) & (before < 0) & (y >= 0) : height >= level;
        Int sent = Phase && Mode != Readout::state ? x : y;
        at.out[i] = read_out<Mode, Int>(fired, at.convert.out(sent));
        at.a[i] = height >= reset ? Int(0) : x;
        at.b[i] = height >= reset ? rest : y;
    }
}

template <bool Phase, class Int>
void adrf_rows(Rows<Int>& r) {
    const Columns<Int> at = r.columns();
    const int32_t n = r.layer.neurons;
    const bool whole = r.layer.voltage, graded = r.layer.graded;
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i) {
        const Int before = at.b[i];
        const auto [x, y] = rotate(at, i);
        auto rule = at.rule(i);
        auto now = adaptive_decay(AdaptiveState<Int>{at.c[i], at.d[i]}, rule);
        bool fired = Phase ? above(x, now) & (before < 0) & (y >= 0) : above(y, now);
        auto next = adaptive_fire(now, rule, fired);
        float payload = graded ? at.convert.out(Phase ? x : y) : 1.0f;
        float spike = fired ? payload : 0.0f;
        at.out[i] = whole ? at.convert.out(y) : spike;
        at.a[i] = x;
        at.b[i] = y;
        at.c[i] = next.threshold;
        at.d[i] = next.refractory;
    }
}

template <Readout Mode, class Int>
void simple_rows(Rows<Int>& r) {
    if (r.layer.kind == Kind::rf) return rf_rows<true, Mode>(r);
    if (r.layer.kind == Kind::rf_iz) return rf_rows<false, Mode>(r);
    return r.layer.has_norm ? cuba_rows<true, Mode>(r) : cuba_rows<false, Mode>(r);
}

template <class Int>
void integer_rows(Rows<Int>& r) {
    switch (r.layer.kind) {
        case Kind::cuba: case Kind::rf: case Kind::rf_iz:
            if (r.layer.voltage) return simple_rows<Readout::state>(r);
            if (r.layer.graded) return simple_rows<Readout::graded>(r);
            return simple_rows<Readout::spike>(r);
        case Kind::alif: return alif_rows(r);
        case Kind::adrf: return adrf_rows<true>(r);
        case Kind::adrf_iz: return adrf_rows<false>(r);
        default: return;
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
