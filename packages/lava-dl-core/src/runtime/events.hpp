// Which inputs sent something, for as many past steps as delays reach back.
#pragma once

#include <cmath>
#include <vector>

#include "lava_dl/fixed_point.hpp"
#include "past.hpp"
#include "synapses.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Values in units of 1 / unit where they are whole in those.
struct FloatReader {
    float unit;

    void read(const float* row, int32_t width, Events& events) const {
        events.clear();
        for (int32_t first = 0; first < width; first += 16) {
            int32_t last = std::min(first + 16, width);
            if (!any(row + first, last - first)) continue;
            for (int32_t j = first; j < last; ++j)
                if (row[j] != 0.0f) add(j, row[j], events);
        }
    }

  private:
    static bool any(const float* row, int32_t count) {
        int32_t bits = 0;
        if (count == 16) {
            for (int32_t i = 0; i < 16; ++i) bits |= row[i] != 0.0f;
        } else {
            for (int32_t i = 0; i < count; ++i) bits |= row[i] != 0.0f;
        }
        return bits != 0;
    }

    void add(int32_t j, float value, Events& events) const {
        float scaled = value * unit;
        bool small = std::fabs(scaled) < 1073741824.0f;
        int32_t integer = small ? int32_t(scaled) : 0;
        events.index.push_back(j);
        events.integer.push_back(integer);
        events.real.push_back(value);
        events.binary &= value == 1.0f;
        events.whole &= small && float(integer) == scaled;
        events.sum += std::abs(int64_t(integer));
    }
};

struct IntegerReader {
    bool values;  // else any message counts as 1

    void read(const int32_t* row, int32_t width, Events& events) const {
        events.clear();
        events.binary = !values;
        for (int32_t j = 0; j < width; ++j) {
            if (!row[j]) continue;
            events.index.push_back(j);
            events.integer.push_back(values ? row[j] : 1);
        }
    }
};

// Events of steps t, t - 1, ..., t - depth.
class EventRing {
  public:
    explicit EventRing(int32_t depth) : ring_(depth + 1) {}
    Events& at(int64_t t) {
        int64_t size = int64_t(ring_.size());
        return ring_[((t % size) + size) % size];
    }

  private:
    std::vector<Events> ring_;
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
