// Rows of neurons in lava-nc 0.10's arithmetic.
#pragma once

#include "lava_dl/lava/lif.hpp"
#include "lava_dl/lava/resonator.hpp"
#include "lava_dl/lava/sigma_delta.hpp"
#include "independent.hpp"
#include "layer.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

struct LavaRows {
    const Layer& layer;
    int32_t* state[3];
    const int32_t* real;
    const int32_t* imag;
    int32_t* out;
};

inline void lif_rows(LavaRows& r) {
    const Layer& p = r.layer;
    const int32_t *current_decay = p.decay[0].data(), *voltage_decay = p.decay[1].data();
    const int32_t *bias = p.lava_bias.data(), *input = r.real;
    int32_t *u = r.state[0], *v = r.state[1], *out = r.out;
    const int32_t threshold = int32_t(p.threshold), n = p.neurons;
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i)
        out[i] = lava_lif_step(u[i], v[i], kDecayOne - current_decay[i],
                               kDecayOne - voltage_decay[i], bias[i], threshold, input[i]);
}

template <bool Phase>
inline void lava_rf_rows(LavaRows& r) {
    const Layer& p = r.layer;
    const int32_t *s = p.decay[0].data(), *c = p.decay[1].data();
    const int32_t *re = r.real, *im = r.imag;
    int32_t *x = r.state[0], *y = r.state[1], *out = r.out;
    const int32_t threshold = int32_t(p.threshold), n = p.neurons;
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i)
        out[i] = Phase ? lava_rf_step(x[i], y[i], s[i], c[i], threshold, re[i], im[i])
                       : lava_rf_iz_step(x[i], y[i], s[i], c[i], threshold, re[i], im[i]);
}

inline void lava_delta_rows(LavaRows& r) {
    const uint32_t* threshold = r.layer.send_levels.data();
    const int32_t* input = r.real;
    int32_t *act = r.state[0], *residue = r.state[1], *out = r.out;
    const int32_t n = r.layer.neurons, up = r.layer.shift[0];
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i)
        out[i] = lava_delta_step(act[i], residue[i], threshold[i], wrapping_shift(input[i], up));
}

inline void lava_sigma_delta_rows(LavaRows& r) {
    const uint32_t* threshold = r.layer.send_levels.data();
    const int32_t *bias = r.layer.lava_bias.data(), *input = r.real;
    int32_t *sigma = r.state[0], *act = r.state[1], *residue = r.state[2], *out = r.out;
    const int32_t n = r.layer.neurons;
    LAVA_DL_INDEPENDENT
    for (int32_t i = 0; i < n; ++i)
        out[i] = lava_sigma_delta_step(sigma[i], act[i], residue[i], threshold[i], bias[i],
                                       input[i]);
}

inline void lava_sigma_rows(LavaRows& r) {
    const int32_t n = r.layer.neurons;
    for (int32_t i = 0; i < n; ++i) {
        r.state[0][i] = wrapping_add(r.state[0][i], r.real[i]);
        r.out[i] = r.state[0][i];
    }
}

inline void lava_rows(LavaRows& r) {
    switch (r.layer.kind) {
        case Kind::cuba: return lif_rows(r);
        case Kind::rf: return lava_rf_rows<true>(r);
        case Kind::rf_iz: return lava_rf_rows<false>(r);
        case Kind::delta: return lava_delta_rows(r);
        case Kind::sigma_delta: return lava_sigma_delta_rows(r);
        case Kind::sigma: return lava_sigma_rows(r);
        default: return;
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
