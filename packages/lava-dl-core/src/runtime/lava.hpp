// Rows of neurons in lava-nc 0.10's arithmetic.
#pragma once

#include "lava_dl/lava/lif.hpp"
#include "lava_dl/lava/resonator.hpp"
#include "lava_dl/lava/sigma_delta.hpp"
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
    const int32_t* __restrict ki = p.first_keep.data();
    const int32_t* __restrict kv = p.second_keep.data();
    const int32_t* __restrict bias = p.lava_bias.data();
    const int32_t* __restrict a = r.real;
    int32_t* __restrict u = r.state[0];
    int32_t* __restrict v = r.state[1];
    int32_t* __restrict out = r.out;
    const int32_t threshold = int32_t(p.threshold);
    for (int32_t i = 0; i < p.neurons; ++i)
        out[i] = lava_lif_step(u[i], v[i], ki[i], kv[i], bias[i], threshold, a[i]);
}

template <bool Phase>
inline void lava_rf_rows(LavaRows& r) {
    const Layer& p = r.layer;
    const int32_t threshold = int32_t(p.threshold);
    for (int32_t i = 0; i < p.neurons; ++i) {
        int32_t& x = r.state[0][i];
        int32_t& y = r.state[1][i];
        const int32_t s = p.first_keep[i], c = p.second_keep[i];
        r.out[i] = Phase ? lava_rf_step(x, y, s, c, threshold, r.real[i], r.imag[i])
                         : lava_rf_iz_step(x, y, s, c, threshold, r.real[i], r.imag[i]);
    }
}

inline void lava_delta_rows(LavaRows& r) {
    const Layer& p = r.layer;
    for (int32_t i = 0; i < p.neurons; ++i) {
        int32_t y = wrapping_shift(r.real[i], p.shift[0]);
        r.out[i] = lava_delta_step(r.state[0][i], r.state[1][i], p.thresholds[i], y);
    }
}

inline void lava_sigma_delta_rows(LavaRows& r) {
    const Layer& p = r.layer;
    for (int32_t i = 0; i < p.neurons; ++i)
        r.out[i] = lava_sigma_delta_step(r.state[0][i], r.state[1][i], r.state[2][i],
                                         p.thresholds[i], p.lava_bias[i], r.real[i]);
}

inline void lava_sigma_rows(LavaRows& r) {
    for (int32_t i = 0; i < r.layer.neurons; ++i) {
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
