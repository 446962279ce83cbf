// Transposes in registers, between vectors of steps and vectors of rows.
#pragma once

#include <utility>

#include "lane_functions.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Arrays of vectors stay in registers where loops over them are unrolled. Checked code would
// compile for minutes so.
#if defined(LAVA_DL_SANITIZED)
#define LAVA_DL_UNROLL
#elif defined(__clang__)
#define LAVA_DL_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define LAVA_DL_UNROLL _Pragma("GCC unroll 16")
#else
#define LAVA_DL_UNROLL
#endif

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
#if defined(__clang__)
    return Lanes<float, N>(__builtin_shufflevector(a.v, b.v, Pattern::at(I, N)...));
#else
    constexpr typename Lanes<int32_t, N>::V lanes = {Pattern::at(I, N)...};
    return Lanes<float, N>(__builtin_shuffle(a.v, b.v, lanes));  // known to GCC before 12, too
#endif
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
    LAVA_DL_UNROLL
    for (int i = 0; i < N; i += 4) transpose_quads(x + i);
    LAVA_DL_UNROLL
    for (int width = 4; width < N; width *= 2) {
        Lanes<float, N> y[N];
        LAVA_DL_UNROLL
        for (int i = 0; i < N; i += 8)
            LAVA_DL_UNROLL
            for (int k = 0; k < 4; ++k) {
                y[i / 2 + k] = pick<Quads<0>>(x[i + k], x[i + 4 + k]);
                y[(i + N) / 2 + k] = pick<Quads<1>>(x[i + k], x[i + 4 + k]);
            }
        LAVA_DL_UNROLL
        for (int i = 0; i < N; ++i) x[i] = y[i];
    }
}

// One quad from each of N / 4 rows, every fourth of those that row(i) points to.
template <int N, class Row>
LAVA_DL_HD Lanes<float, N> load_quads(Row row) {
    using V [[maybe_unused]] = typename Lanes<float, N>::V;
#if defined(__AVX2__)
    if constexpr (N >= 8) {
        __m256 two = _mm256_set_m128(_mm_loadu_ps(row(4)), _mm_loadu_ps(row(0)));
        if constexpr (N == 8) return V(two);
#if defined(__AVX512F__)
        __m512 y = _mm512_insertf32x4(_mm512_castps256_ps512(two), _mm_loadu_ps(row(8)), 2);
        if constexpr (N == 16) return V(_mm512_insertf32x4(y, _mm_loadu_ps(row(12)), 3));
#endif
    }
#endif
    if constexpr (N == 4) return Lanes<float, N>::load(row(0));
}

// x[k] gets step k of N rows, for four steps. Loading quads saves half of the shuffles.
template <int N>
LAVA_DL_HD void load_four(const float* from, int64_t pitch, Lanes<float, N>* x) {
    LAVA_DL_UNROLL
    for (int i = 0; i < 4; ++i)
        x[i] = load_quads<N>([&](int more) { return from + (i + more) * pitch; });
    transpose_quads(x);
}
template <int N>
LAVA_DL_HD void store_four(float* to, int64_t pitch, Lanes<float, N>* x) {
    transpose_quads(x);
    LAVA_DL_UNROLL
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
            float other = x[i].v[j];
            x[i].v[j] = x[j].v[i];
            x[j].v[i] = other;
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

constexpr int kLanes = LAVA_DL_LANES;  // of a vector, set per instruction set
// Rows a block of neurons holds: two vectors' where what one waits for is time for the other.
constexpr int kRows = kLanes < 16 ? 2 * kLanes : kLanes;

// Copies fewer than 16 floats without a call.
LAVA_DL_HD void copy_few(float* to, const float* from, int count) {
    if (count & 8) memcpy(to, from, 32);
    if (count & 4) memcpy(to + (count & 8), from + (count & 8), 16);
    for (int i = count & 12; i < count; ++i) to[i] = from[i];
}

// A block of kLanes rows and steps, in registers from end to end.
LAVA_DL_HD void transpose_whole(const float* from, int64_t from_pitch, float* to,
                                int64_t to_pitch) {
    Lanes<float, kLanes> x[kLanes];
    LAVA_DL_UNROLL
    for (int i = 0; i < kLanes; ++i) x[i] = Lanes<float, kLanes>::load(from + i * from_pitch);
    transpose(x);
    LAVA_DL_UNROLL
    for (int k = 0; k < kLanes; ++k) x[k].store(to + k * to_pitch);
}

// One block: to[k][i] = from[i][k] for up to kLanes of each; lanes past `width` are zero.
LAVA_DL_HD void transpose_block(const float* from, int64_t from_pitch, int width, int count, float* to,
                           int64_t to_pitch) {
    if (width >= kLanes && count >= kLanes)
        return transpose_whole(from, from_pitch, to, to_pitch);
    float padded[kLanes * kLanes] = {};
    for (int i = 0; i < width && i < kLanes; ++i)
        for (int k = 0; k < count && k < kLanes; ++k)
            padded[i * kLanes + k] = from[i * from_pitch + k];
    float turned[kLanes * kLanes];
    transpose_whole(padded, kLanes, turned, kLanes);
    for (int k = 0; k < count && k < kLanes; ++k)
        memcpy(to + k * to_pitch, turned + k * kLanes, sizeof(float) * kLanes);
}

inline int at_most(int64_t count, int most) { return count < most ? int(count) : most; }

// Calls body(first step, count) for blocks of kLanes steps. The last one overlaps another
// rather than being short, so that those are left to fewer steps in all.
template <class Body>
inline void each_block(int64_t steps, Body body) {
    if (steps < kLanes) return body(int64_t(0), int(steps));
    for (int64_t t = 0; t < steps; t += kLanes)
        body(t + kLanes <= steps ? t : steps - kLanes, kLanes);
}

// to[step][lane] = from[lane][step]; `to` has room for whole vectors, zero past `width`.
inline void to_lanes(const float* from, int64_t pitch, int width, int64_t steps, float* to,
                     int lanes) {
    for (int o = 0; o < width; o += kLanes)
        each_block(steps, [&](int64_t t, int count) {
            transpose_block(from + o * pitch + t, pitch, width - o, count, to + t * lanes + o, lanes);
        });
}

// to[lane][step] = from[step][lane], for the first `width` lanes.
inline void to_rows(const float* from, int lanes, int width, int64_t steps, float* to,
                    int64_t pitch) {
    for (int o = 0; o < width; o += kLanes)
        each_block(steps, [&](int64_t t, int count) {
            const float* at = from + t * lanes + o;
            int held = at_most(width - o, kLanes);
            float* out = to + o * pitch + t;
            if (count == kLanes) return transpose_block(at, lanes, kLanes, held, out, pitch);
            float block[kLanes * kLanes];
            transpose_block(at, lanes, count, kLanes, block, kLanes);
            for (int i = 0; i < held; ++i) copy_few(out + i * pitch, block + i * kLanes, count);
        });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
