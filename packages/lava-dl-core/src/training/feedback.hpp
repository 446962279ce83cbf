// What values that return through a square weight add up to, sample by sample: of events only,
// or as a product of matrices where most values are events.
#pragma once

#include "events.hpp"
#include "product.hpp"
#include "recurrent_size.hpp"
#include "whole_weights.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// The values of a step, sample by sample, and the weight they multiply in slices of `Width`
// lanes, [part][slice][from][Width]. Fused sums round once for each event, others twice.
template <int Width, bool Fused>
struct Feedback {
    const float* values;
    const float* weight;
    const RecurrentSize& size;
    int32_t* places;  // room for those of the events, and for how many come before some

    // Adds to the sums [part][sample][lane] of so many parts.
    void add(int parts, float* sums) const {
        int64_t counts[kGroupSamples];
        const bool few = !has_many();
        if (few && find_all(counts) == 0) return;
        for (int part = 0; part < parts; ++part)
            for (int64_t lane = 0; lane < size.padded; lane += Width) {
                const float* rows = weight + size.slice(part, lane / Width, Width);
                float* to = sums + part * size.lanes + lane;
                int width = at_most(size.padded - lane, Width);
                with_vectors<Width / kLanes>(width, [&](auto used) {
                    for (int64_t n = 0; few && n < size.count; ++n)
                        add_events<used.value>(n, counts[n], rows, to + n * size.padded);
                });
                if (!few) add_all(rows, width, to);
            }
    }

    // The same of values 0 and 1, from whole weights: of some rows of them for all samples before
    // the next ones, while those rows are in the cache.
    void add_whole(int parts, float unit, float* sums) const {
        int64_t counts[kGroupSamples];
        if (find_all(counts) == 0) return;
        for (int part = 0; part < parts; ++part)
            for (int64_t lane = 0; lane < size.padded; lane += kWholeLanes) {
                const int16_t* rows = whole_slice(weight, size, part, lane / kWholeLanes);
                float* to = sums + part * size.lanes + lane;
                with_count<kWholeLanes / kWhole>(
                    (at_most(size.padded - lane, kWholeLanes) + kWhole - 1) / kWhole, [&](auto used) {
                        add_slice<used.value>(rows, unit, to, size.padded - lane);
                    });
            }
    }

  private:
    // Whether so many values are no zeros that listing them is of no use.
    bool has_many() const {
        int64_t all = 0;
        for (int64_t n = 0; n < size.count; ++n) {
            for (int64_t c = 0; c < size.channels; c += kLanes) all += count_bits(events_of(n, c));
            if (kDenseShare * all >= size.count * size.channels) return true;
        }
        return false;
    }
    // Which of a sample's values from c on are no zeros; what follows the last repeats it.
    uint32_t events_of(int64_t n, int64_t c) const {
        const uint32_t bits = nonzero_bits(values + n * size.padded + c);
        const int64_t left = size.channels - c;
        return left < kLanes ? bits & ((1u << left) - 1) : bits;
    }
    // Of each sample, and how many there are in all.
    int64_t find_all(int64_t* counts) const {
        int64_t all = 0;
        for (int64_t n = 0; n < size.count; ++n) all += counts[n] = find(n);
        return all;
    }
    // Lists which values of a sample are no zeros, in order; returns how many there are.
    int64_t find(int64_t n) const {
        int32_t* to = places + n * size.padded;
        int64_t count = 0;
        for (int64_t c = 0; c < size.channels; c += kLanes) {
            count += list_bits(events_of(n, c), int32_t(c), to + count);
            ends(n)[c / kSlice] = int32_t(count);
        }
        return count;
    }
    // Of each kSlice values of a sample, how many events are listed up to their end.
    int32_t* ends(int64_t n) const { return places + size.lanes + n * size.padded; }
    template <int Vectors>
    void add_slice(const int16_t* rows, float unit, float* sums, int64_t room) const {
        alignas(64) int16_t whole[kGroupSamples][kWholeLanes];
        memset(whole, 0, sizeof whole[0] * size.count);
        for (int64_t block = 0; block * kSlice < size.channels; ++block)
            for (int64_t n = 0; n < size.count; ++n) {
                const int32_t* which = places + n * size.padded;
                const int64_t from = block ? ends(n)[block - 1] : 0;
                sum_rows<Vectors>(rows, which + from, ends(n)[block] - from, whole[n]);
            }
        for (int64_t n = 0; n < size.count; ++n)
            scale_whole<Vectors>(whole[n], unit, sums + n * size.padded, room);
    }
    template <int Vectors>
    void add_events(int64_t n, int64_t count, const float* rows, float* sums) const {
        using Float = Lanes<float, kLanes>;
        const float* of_sample = values + n * size.padded;
        const int32_t* place = places + n * size.padded;
        Float sum[Vectors];
        for (int v = 0; v < Vectors; ++v) sum[v] = Float::load(sums + v * kLanes);
        for (int64_t e = 0; e < count; ++e) {
            const float* row = rows + place[e] * int64_t(Width);
            Float value(of_sample[place[e]]);
            for (int v = 0; v < Vectors; ++v)
                sum[v] = accumulate<Fused>(value, Float::load(row + v * kLanes), sum[v]);
        }
        for (int v = 0; v < Vectors; ++v) sum[v].store(sums + v * kLanes);
    }
    void add_all(const float* rows, int width, float* sums) const {
        Matrices<Fused, Packed<Width>>{values, size.padded, size.count,  size.channels,
                                       {rows}, width,       sums,        size.padded}
            .add();
    }
};

// Forward: weights [to][from] of a part in slices of what they add to, transposed.
constexpr int kForwardLanes = kSlice;
inline void forward_slices(const Call& call, int part, const RecurrentSize& size, float* to) {
    const float* from = call.coefficients + part * size.channels * size.channels;
    for (int64_t lane = 0, s = 0; lane < size.channels; lane += kForwardLanes, ++s)
        to_lanes(from + lane * size.channels, size.channels,
                 at_most(size.channels - lane, kForwardLanes), size.channels,
                 to + size.slice(part, s, kForwardLanes), kForwardLanes);
}

// Backward: slices of their columns, so narrow that one stays in the cache for all samples.
constexpr int kBackwardLanes = int(kBlockLanes);
inline void backward_slices(const Call& call, int part, const RecurrentSize& size, float* to) {
    const float* from = call.coefficients + part * size.channels * size.channels;
    for (int64_t lane = 0, s = 0; lane < size.channels; lane += kBackwardLanes, ++s) {
        float* slice = to + size.slice(part, s, kBackwardLanes);
        int64_t width = smaller(size.channels - lane, kBackwardLanes);
        memset(slice, 0, sizeof(float) * size.channels * kBackwardLanes);
        for (int64_t i = 0; i < size.channels; ++i)
            memcpy(slice + i * kBackwardLanes, from + i * size.channels + lane,
                   sizeof(float) * width);
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
