// Delays of what returns to a recurrent layer, one for each channel.
#pragma once

#include <cstring>

#include "recurrent_size.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Rows of a group's lanes that wait, forward or back in time alike.
class Returning {
  public:
    Returning(const Call& call, const RecurrentSize& size) : call_(call), size_(size) {}

    // Takes room for `size.delays()` floats.
    void place(float* room) {
        rows_ = room;
        due_ = rows_ + size_.waiting * size_.lanes;
        at_ = reinterpret_cast<int32_t*>(due_ + size_.lanes);
    }
    // Before the first row.
    void start() const {
        if (!size_.waiting) return;
        head_ = 0;
        memset(rows_, 0, sizeof(float) * size_.delays());
        for (int64_t n = 0; n < size_.count; ++n)
            for (int64_t c = 0; c < size_.channels; ++c) {
                const int64_t late = RecurrentSize::whole_steps(call_, c);
                at_[n * size_.padded + c] = int32_t(late ? size_.waiting - late : 0);
            }
    }
    // Takes a row and gives the one that is due: of each lane the value of so many rows ago.
    const float* pass(const float* row) const {
        if (!size_.waiting) return row;
        memcpy(rows_ + head_ * size_.lanes, row, sizeof(float) * size_.lanes);
        for (int64_t lane = 0; lane < size_.lanes; ++lane) {
            due_[lane] = rows_[at_[lane] * size_.lanes + lane];
            at_[lane] = at_[lane] + 1 == size_.waiting ? 0 : at_[lane] + 1;
        }
        head_ = head_ + 1 == size_.waiting ? 0 : head_ + 1;
        return due_;
    }

  private:
    const Call& call_;
    const RecurrentSize& size_;
    float *rows_ = nullptr, *due_ = nullptr;
    int32_t* at_ = nullptr;  // which of the rows is next in each lane
    mutable int64_t head_ = 0;
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
