// Means over time: of a block of rows at once, each row's steps added in their order.
#pragma once

#include "turn.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int64_t kMeanRows = 1 << 10;  // of an item

// inputs: rows of steps. output: a mean for each row.
inline void time_mean(const Call& call, int64_t first, int64_t last) {
    using Float = Lanes<float, kLanes>;
    int64_t end = last * kMeanRows < call.rows ? last * kMeanRows : call.rows;
    for (int64_t row = first * kMeanRows; row < end; row += kLanes) {
        int width = at_most(end - row, kLanes);
        const float* from = call.input[0] + row * call.steps;
        float block[kLanes * kLanes], mean[kLanes];
        Float sum{};
        for (int64_t t = 0; t < call.steps; t += kLanes) {
            int count = at_most(call.steps - t, kLanes);
            turn_block(from + t, call.steps, width, count, block, kLanes);
            for (int k = 0; k < count; ++k) sum = sum + Float::load(block + k * kLanes);
        }
        (sum / (Float{} + float(call.steps))).store(mean);
        memcpy(call.output[0] + row, mean, sizeof(float) * width);
    }
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
