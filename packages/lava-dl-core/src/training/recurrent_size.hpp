// The room that a recurrent kernel takes for a group of samples.
#pragma once

#include "call.hpp"

namespace lava_dl {

constexpr int kProgramBytes = 512;      // for the program of a channel
constexpr int64_t kGroupSamples = 12;   // that step side by side at most
constexpr int64_t kWidest = 64;         // lanes of a slice of the weight
constexpr int64_t kDenseShare = 2;      // from a half of events on, all values are multiplied

// Floats that a group of samples takes of a kernel's scratch.
struct RecurrentSize {
    int64_t channels, count, steps, parts, padded, lanes;  // of a sample, and from row to row

    RecurrentSize(int64_t channels, int64_t count, int64_t steps, int64_t parts, int vector)
        : channels(channels), count(count), steps(steps), parts(parts),
          padded((channels + vector - 1) / vector * vector),
          lanes(count * padded + kTile) {}  // rows of 2^k lanes would share a set of the cache

    int64_t inputs() const { return parts * kTile * lanes; }
    int64_t returned() const { return parts * (kTile + 1) * lanes; }
    int64_t sums() const { return parts * lanes; }
    int64_t weights() const { return parts * channels * (channels + kWidest - 1); }
    // Where a slice of a part's weight is, which has so many lanes.
    int64_t slice(int64_t part, int64_t which, int64_t width) const {
        return (part * ((channels + width - 1) / width) + which) * channels * width;
    }
    int64_t places() const { return lanes; }
    int64_t programs() const { return kProgramBytes * lanes; }  // bytes
    int64_t blocks(int vector) const { return count * padded / vector; }
    // All of them, with so many traces.
    int64_t bytes(int traces) const {
        int64_t floats = inputs() + returned() + sums() + weights() + places();
        return programs() + 64 + int64_t(sizeof(float)) * (floats + traces * steps * lanes);
    }
};

}  // namespace lava_dl
