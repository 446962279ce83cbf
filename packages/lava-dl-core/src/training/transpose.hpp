// Transposes in registers, between vectors of steps and vectors of rows.
#pragma once

#include <utility>

#include "lanes.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

#if LAVA_DL_VECTORS

// How elements of two vectors, a's 0 to N - 1 and b's from N on, make a new one. The first
// two work within quads, four elements that never leave their 128 bits; `Quads` takes
// every other quad.
template <int High>
struct Singles {
    static constexpr int at(int i, int n) {
        return i / 4 * 4 + High * 2 + i % 4 / 2 + i % 2 * n;
    }
};
template <int High>
struct Pairs {
    static constexpr int at(int i, int n) {
        return i / 4 * 4 + High * 2 + i % 2 + i % 4 / 2 * n;
    }
};
template <int High>
struct Quads {
    static constexpr int at(int i, int) { return i / 4 * 8 + High * 4 + i % 4; }
};

template <class Pattern, int N, int... I>
LAVA_DL_HD Lanes<float, N> picked(const Lanes<float, N>& a, const Lanes<float, N>& b,
                                  std::integer_sequence<int, I...>) {
    return Lanes<float, N>(__builtin_shufflevector(a.v, b.v, Pattern::at(I, N)...));
}
template <class Pattern, int N>
LAVA_DL_HD Lanes<float, N> pick(const Lanes<float, N>& a, const Lanes<float, N>& b) {
    return picked<Pattern>(a, b, std::make_integer_sequence<int, N>{});
}

// Transposes the 4 x 4 elements that each quad of four vectors holds.
template <int N>
LAVA_DL_HD void transpose_quads(Lanes<float, N>* x) {
    auto a = pick<Singles<0>>(x[0], x[1]), b = pick<Singles<1>>(x[0], x[1]);
    auto c = pick<Singles<0>>(x[2], x[3]), d = pick<Singles<1>>(x[2], x[3]);
    x[0] = pick<Pairs<0>>(a, c);
    x[1] = pick<Pairs<1>>(a, c);
    x[2] = pick<Pairs<0>>(b, d);
    x[3] = pick<Pairs<1>>(b, d);
}

// N x N transpose: quads, then where the quads stand.
template <int N>
LAVA_DL_HD void transpose(Lanes<float, N>* x) {
    for (int i = 0; i < N; i += 4) transpose_quads(x + i);
    for (int width = 4; width < N; width *= 2) {
        Lanes<float, N> y[N];
        for (int i = 0; i < N; i += 8)
            for (int k = 0; k < 4; ++k) {
                y[i / 2 + k] = pick<Quads<0>>(x[i + k], x[i + 4 + k]);
                y[(i + N) / 2 + k] = pick<Quads<1>>(x[i + k], x[i + 4 + k]);
            }
        for (int i = 0; i < N; ++i) x[i] = y[i];
    }
}

// One quad from each of N / 4 places, `pitch` apart.
template <int N>
LAVA_DL_HD Lanes<float, N> load_quads(const float* from, int64_t pitch) {
    using V = typename Lanes<float, N>::V;
#if defined(__AVX2__)
    __m128 first = _mm_loadu_ps(from), second = _mm_loadu_ps(from + pitch);
    if constexpr (N == 8) return V(_mm256_set_m128(second, first));
#endif
#if defined(__AVX512F__)
    if constexpr (N == 16) {
        __m512 y = _mm512_castps256_ps512(_mm256_set_m128(second, first));
        y = _mm512_insertf32x4(y, _mm_loadu_ps(from + 2 * pitch), 2);
        return V(_mm512_insertf32x4(y, _mm_loadu_ps(from + 3 * pitch), 3));
    }
#endif
    if constexpr (N == 4) return Lanes<float, N>::load(from);
}

// x[k] gets step k of N rows, for four steps. Loading quads saves half of the shuffles.
template <int N>
LAVA_DL_HD void load_four(const float* from, int64_t pitch, Lanes<float, N>* x) {
    for (int i = 0; i < 4; ++i) x[i] = load_quads<N>(from + i * pitch, 4 * pitch);
    transpose_quads(x);
}
template <int N>
LAVA_DL_HD void store_four(float* to, int64_t pitch, Lanes<float, N>* x) {
    transpose_quads(x);
    for (int i = 0; i < 4; ++i) {
        float quads[N];
        x[i].store(quads);
        for (int g = 0; g < N; g += 4) memcpy(to + (i + g) * pitch, quads + g, 16);
    }
}

#else
template <int N>
inline void transpose(Lanes<float, N>* x) {
    for (int i = 0; i < N; ++i)
        for (int j = 0; j < i; ++j) {
            float kept = x[i].v[j];
            x[i].v[j] = x[j].v[i];
            x[j].v[i] = kept;
        }
}
template <int N>
inline void load_four(const float* from, int64_t pitch, Lanes<float, N>* x) {
    for (int k = 0; k < 4; ++k)
        for (int i = 0; i < N; ++i) x[k].v[i] = from[i * pitch + k];
}
template <int N>
inline void store_four(float* to, int64_t pitch, Lanes<float, N>* x) {
    for (int k = 0; k < 4; ++k)
        for (int i = 0; i < N; ++i) to[i * pitch + k] = x[k].v[i];
}
#endif

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
