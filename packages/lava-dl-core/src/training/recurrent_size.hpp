// The room that a recurrent kernel takes for a group of samples.
#pragma once

#include "call.hpp"

namespace lava_dl {

constexpr int kProgramBytes = 512;      // for the program of a channel
constexpr int64_t kGroupSamples = 16;   // that step side by side at most
constexpr int64_t kWidest = 64;         // lanes of a slice of the weight
constexpr int64_t kPlane = 4 * kTile;   // steps that are turned at once
constexpr int64_t kDenseShare = 2;      // from a half of events on, all values are multiplied

// Floats that a group of samples takes of a kernel's scratch.
struct RecurrentSize {
    int64_t channels, count, steps, parts, padded, lanes;  // of a sample, and from row to row
    int64_t waiting;  // rows that wait where what returns is delayed, else 0

    RecurrentSize(const Call& call, int64_t count, int64_t parts, int vector)
        : channels(call.channels), count(count), steps(call.steps), parts(parts),
          padded((channels + vector - 1) / vector * vector),
          lanes(count * padded + kTile),  // rows of 2^k lanes would share a set of the cache
          waiting(call.returning_delays ? 1 + longest(call) : 0) {}

    int64_t inputs() const { return parts * kPlane * lanes; }
    int64_t returned() const { return (kPlane + 1) * lanes; }
    int64_t sums() const { return parts * lanes; }
    int64_t weights() const { return parts * channels * (channels + kWidest - 1); }
    // Where a slice of a part's weight is, which has so many lanes.
    int64_t slice(int64_t part, int64_t which, int64_t width) const {
        return (part * ((channels + width - 1) / width) + which) * channels * width;
    }
    int64_t places() const { return 2 * lanes; }  // of events, and where parts of them end
    // Rows that wait, the one that is due, and where in them a lane's next value stands.
    int64_t delays() const { return waiting ? (waiting + 2) * lanes : 0; }
    int64_t programs() const { return kProgramBytes * lanes; }  // bytes
    int64_t blocks(int vector) const { return count * padded / vector; }
    // A delay in whole steps; what comes after the last step comes never.
    static int64_t whole_steps(const Call& call, int64_t channel) {
        const float delay = call.returning_delays[channel];
        return delay < float(call.steps) ? int64_t(delay) : call.steps;
    }
    // All of them, with so many traces.
    int64_t bytes(int traces) const {
        int64_t floats = inputs() + returned() + sums() + weights() + places() + delays();
        return programs() + 64 + int64_t(sizeof(float)) * (floats + traces * steps * lanes);
    }

  private:
    static int64_t longest(const Call& call) {
        int64_t most = 0;
        for (int64_t c = 0; c < call.channels; ++c)
            most = most > whole_steps(call, c) ? most : whole_steps(call, c);
        return most;
    }
};

}  // namespace lava_dl
