// A program's states, put aside between two tiles in memory that is written later anyway.
#pragma once

#include "program.hpp"
#include "warp.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// The words of a thread's states, in registers.
template <int Count>
struct StateWords {
    int32_t word[Count];

    // Word i of every row stands side by side within the tile of `to` that starts at `start`.
    __device__ static int64_t place(const WarpRows& rows, int64_t start, int i) {
        int index = i * rows.held + rows.held_lane(lane_index());
        return rows.at(index / kWarp, start + index % kWarp);
    }
    __device__ void write(const WarpRows& rows, float* to, int64_t start) const {
#pragma unroll
        for (int i = 0; i < Count; ++i) to[place(rows, start, i)] = bits_to_float(word[i]);
    }
    __device__ void read(const WarpRows& rows, const float* from, int64_t start) {
#pragma unroll
        for (int i = 0; i < Count; ++i) word[i] = float_to_bits(from[place(rows, start, i)]);
    }
};

// Visits of `each_state` that copy states to words and back.
template <int Count>
struct Pack {
    StateWords<Count>& words;
    int next = 0;

    template <class State>
    __device__ void operator()(State& state) {
        memcpy(words.word + next, &state, sizeof state);
        next += words_of<State>;
    }
};
template <int Count>
struct Unpack {
    const StateWords<Count>& words;
    int next = 0;

    template <class State>
    __device__ void operator()(State& state) {
        memcpy(&state, words.word + next, sizeof state);
        next += words_of<State>;
    }
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
