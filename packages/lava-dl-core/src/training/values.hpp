// Kernels on single values: a body for vectors of them and for the last few by themselves.
#pragma once

#include "rows.hpp"
#include "tiles.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// output[i] = body(load), where load(x) is the i-th value of x, or a vector of them.
template <class Body>
inline void each_value(const Call& call, int64_t first, int64_t last, Body body) {
    using Float = Lanes<float, kLanes>;
    int64_t i = first * kValues;
    int64_t end = last * kValues < call.rows ? last * kValues : call.rows;
    for (; i + kLanes <= end; i += kLanes)
        body([i](const float* from) { return Float::load(from + i); }).store(call.output[0] + i);
    for (; i < end; ++i) call.output[0][i] = body([i](const float* from) { return from[i]; });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
