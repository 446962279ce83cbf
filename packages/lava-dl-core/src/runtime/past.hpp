// Rows of a sequence that reach back before its first step.
#pragma once

#include <cstring>
#include <vector>

#include "lava_dl/fixed_point.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// `depth` rows from before, then the rows of this call.
template <class T>
class Past {
  public:
    Past(T* before, int32_t depth, int32_t width, const T* rows)
        : before_(before), depth_(depth), width_(width), rows_(rows) {}

    const T* row(int64_t t) const {
        return t >= 0 ? rows_ + t * width_ : before_ + (depth_ + t) * width_;
    }

    // Saves the last `depth` rows for the next call.
    void save(int64_t steps) const {
        if (!depth_) return;
        size_t bytes = sizeof(T) * width_;
        for (int64_t d = 0; d < depth_; ++d)  // in rising order no row is lost
            std::memmove(before_ + d * width_, row(steps - depth_ + d), bytes);
    }

  private:
    T* before_;
    int64_t depth_, width_;
    const T* rows_;
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
