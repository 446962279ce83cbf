// Recurrent weights as whole multiples of a unit, in 16 bits.
//
// Quantised weights are such multiples, and spikes are 0 or 1. Their sums are then exact, in
// whole numbers as in float32 in any order, and 16 bits move half as much as 32.
#pragma once

#include <cmath>

#include "recurrent_size.hpp"
#include "sparse.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kWhole = 2 * kLanes;    // whole numbers of a vector
constexpr int kWholeLanes = 2 * kSlice;  // of a slice, which takes the place of two of floats
constexpr float kWholeMost = 32000.0f;   // units that all weights of a neuron have together

inline const int16_t* whole_slice(const float* weights, const RecurrentSize& size, int64_t part,
                                  int64_t which) {
    const float* first = weights + size.slice(part, 0, kSlice);
    return reinterpret_cast<const int16_t*>(first) + which * size.channels * kWholeLanes;
}

// Calls body(first of kLanes weights) for all rows of a part's slices of floats.
template <class Body>
void each_vector(float* weights, const RecurrentSize& size, int64_t part, Body body) {
    for (int64_t lane = 0; lane < size.padded; lane += kLanes) {
        float* first = weights + size.slice(part, lane / kSlice, kSlice) + lane % kSlice;
        for (int64_t i = 0; i < size.channels; ++i) body(first + i * kSlice, i);
    }
}

// The largest sum of magnitudes that a neuron's weights of a part have.
inline float largest_sum(float* weights, const RecurrentSize& size, int64_t part) {
    using Float = Lanes<float, kLanes>;
    Float most{}, sum{};
    each_vector(weights, size, part, [&](const float* from, int64_t i) {
        Float x = absolute(Float::load(from));
        sum = i ? sum + x : x;
        most = larger(sum, most);
    });
    float values[kLanes], all = 0.0f;
    most.store(values);
    for (float value : values) all = value > all ? value : all;
    return all;
}

// The finest unit in which such a sum has 16 bits; 0 if there is none.
inline float whole_unit(float most) {
    if (!(most >= 1e-30f && most <= 1e30f)) return 0.0f;
    return std::ldexp(1.0f, std::ilogb(most / kWholeMost) + 1);
}

// Whether all weights of a part are multiples of a unit; NaN is none.
inline bool all_whole(float* weights, const RecurrentSize& size, int64_t part, float unit) {
    using Float = Lanes<float, kLanes>;
    using Int = Lanes<int32_t, kLanes>;
    const float inverse = 1.0f / unit;
    Int whole(-1);
    each_vector(weights, size, part, [&](const float* from, int64_t) {
        Float x = Float::load(from) * inverse;
        whole = whole & (Float{} >= absolute(x - to_float(to_int(x))));
    });
    return bits_of(whole) == bits_of(Int(-1));
}

// Turns a part's slices of 64 floats into slices of 128 whole numbers, in the same place.
inline void pack_whole(float* weights, const RecurrentSize& size, int64_t part, float unit) {
    const float inverse = 1.0f / unit;
    int16_t* to = reinterpret_cast<int16_t*>(weights + size.slice(part, 0, kSlice));
    for (int64_t lane = 0; lane < size.padded; lane += kSlice)
        for (int64_t i = 0; i < size.channels; ++i) {
            const float* from = weights + size.slice(part, lane / kSlice, kSlice) + i * kSlice;
            const int count = at_most(size.padded - lane, kSlice);
            int16_t row[kSlice] = {};
            for (int k = 0; k < count; ++k) row[k] = int16_t(from[k] * inverse);
            const int64_t slice = lane / kWholeLanes * size.channels + i;
            memcpy(to + slice * kWholeLanes + lane % kWholeLanes, row, sizeof row);
        }
}

// Packs all parts if all their weights are whole, and returns the unit; else 0.
inline float make_whole(float* weights, const RecurrentSize& size) {
    float most = 0.0f;
    for (int64_t part = 0; part < size.parts; ++part) {
        const float sum = largest_sum(weights, size, part);
        most = sum > most ? sum : most;
    }
    const float unit = whole_unit(most);
    for (int64_t part = 0; part < size.parts; ++part)
        if (unit == 0.0f || !all_whole(weights, size, part, unit)) return 0.0f;
    for (int64_t part = 0; part < size.parts; ++part) pack_whole(weights, size, part, unit);
    return unit;
}

// Adds the rows that `which` lists.
template <int Vectors>
void sum_rows(const int16_t* rows, const int32_t* which, int64_t count, int16_t* sums) {
    using Whole = Lanes<int16_t, kWhole>;
    Whole sum[Vectors];
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) sum[v] = Whole::load(sums + v * kWhole);
    for (int64_t e = 0; e < count; ++e) {
        const int16_t* row = rows + which[e] * int64_t(kWholeLanes);
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v) sum[v] = sum[v] + Whole::load(row + v * kWhole);
    }
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) sum[v].store(sums + v * kWhole);
}

// Sums in units as floats; `room` of them at most.
template <int Vectors>
void scale_whole(const int16_t* whole, float unit, float* sums, int64_t room) {
    for (int64_t i = 0; i < Vectors * kWhole && i < room; i += kLanes) {
        auto half = convert<int32_t>(Lanes<int16_t, kLanes>::load(whole + i));
        (to_float(half) * unit).store(sums + i);
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
