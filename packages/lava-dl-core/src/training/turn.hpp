// Transposes between rows of steps, as tensors hold them, and rows of lanes, as sums do.
#pragma once

#include "rows.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// One block: to[k][i] = from[i][k] for up to kLanes of each; lanes past `width` are zero.
LAVA_DL_HD void turn_block(const float* from, int64_t from_pitch, int width, int count, float* to,
                           int64_t to_pitch) {
    using Float = Lanes<float, kLanes>;
    Float x[kLanes];
    if (width >= kLanes && count >= kLanes) {
        for (int i = 0; i < kLanes; ++i) x[i] = Float::load(from + i * from_pitch);
    } else {
        float padded[kLanes * kLanes] = {};
        for (int i = 0; i < width && i < kLanes; ++i)
            for (int k = 0; k < count && k < kLanes; ++k)
                padded[i * kLanes + k] = from[i * from_pitch + k];
        for (int i = 0; i < kLanes; ++i) x[i] = Float::load(padded + i * kLanes);
    }
    transpose(x);
    for (int k = 0; k < count && k < kLanes; ++k) x[k].store(to + k * to_pitch);
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
            turn_block(from + o * pitch + t, pitch, width - o, count, to + t * lanes + o, lanes);
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
            if (count == kLanes) return turn_block(at, lanes, kLanes, held, out, pitch);
            float block[kLanes * kLanes];
            turn_block(at, lanes, count, kLanes, block, kLanes);
            for (int i = 0; i < held; ++i) copy_few(out + i * pitch, block + i * kLanes, count);
        });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
