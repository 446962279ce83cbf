// A program's states, put aside between two tiles in memory that is written later anyway.
#pragma once

#include "program.hpp"
#include "warp.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Visits of `each_state` that copy states to words and back.
struct Pack {
    int32_t* word;
    template <class State>
    __device__ void operator()(State& state) {
        memcpy(word, &state, sizeof state);
        word += words_of<State>;
    }
};
struct Unpack {
    const int32_t* word;
    template <class State>
    __device__ void operator()(State& state) {
        memcpy(&state, word, sizeof state);
        word += words_of<State>;
    }
};

// The words of a thread's states, in registers.
template <int Count>
struct StateWords {
    int32_t word[Count];

    template <class P>
    __device__ void keep(P& program) {
        Pack pack{word};
        program.each_state(pack);
    }
    template <class P>
    __device__ void restore(P& program) const {
        Unpack unpack{word};
        program.each_state(unpack);
    }

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

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
