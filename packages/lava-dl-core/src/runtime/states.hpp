// A layer's integer states: in 32 bits while all are small, else in 64.
#pragma once

#include <cstring>
#include <vector>

#include "layer.hpp"
#include "trained.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

class States {
  public:
    States(const Layer& layer, double* saved)
        : layer_(layer), saved_(saved), count_(int64_t(layer.states()) * layer.neurons),
          limit_(safe_limit(layer)), narrow_(count_), wide_(count_) {
        for (int64_t i = 0; i < count_; ++i) wide_[i] = int64_t(saved[i]);
        narrow_down();
    }

    // One step; `largest` bounds the magnitude of the sums as states.
    void step(const float* real, const float* imag, float* out, float largest) {
        if (is_narrow_ && !(largest < float(limit_))) widen_up();
        if (is_narrow_) {
            advance(narrow_.data(), real, imag, out);
            if (bits_of_states() >= limit_) widen_up();
        } else {
            advance(wide_.data(), real, imag, out);
            if (++wide_steps_ % 64 == 0) narrow_down();
        }
    }

    void copy_to(double* target) const {
        for (int64_t i = 0; i < count_; ++i)
            target[i] = is_narrow_ ? double(narrow_[i]) : double(wide_[i]);
    }
    void save() const { copy_to(saved_); }

  private:
    // States and sums below this can't leave 32 bits within one step.
    static int32_t safe_limit(const Layer& layer) {
        const int32_t scale = layer.weight_scale;
        const double top = 1 << 28;
        if (scale & (scale - 1)) return 0;
        if (std::fabs(double(layer.threshold)) >= top || double(layer.threshold_step) >= top) return 0;
        double factor = 1, bias = 0;
        for (int p = 0; p < 2; ++p) {
            for (float f : layer.factor[p]) factor = std::max(factor, double(f));
            for (float b : layer.bias[p]) bias = std::max(bias, 64.0 * scale * std::fabs(double(b)));
        }
        double limit = std::min(top, top / factor - bias);
        return limit > 0 ? int32_t(limit) : 0;
    }

    template <class Int>
    void advance(Int* states, const float* real, const float* imag, float* out) {
        const Units<Int> units(64 * layer_.weight_scale);
        integer_rows(layer_, Rows<Int>(layer_, units, states, real, imag, out));
    }

    int32_t bits_of_states() const {
        int32_t bits = 0;
        const int32_t* state = narrow_.data();
        for (int64_t i = 0; i < count_; ++i) bits |= state[i] ^ (state[i] >> 31);
        return bits;
    }

    void widen_up() {
        for (int64_t i = 0; i < count_; ++i) wide_[i] = narrow_[i];
        is_narrow_ = false;
    }

    void narrow_down() {
        for (int64_t i = 0; i < count_; ++i)
            if (std::abs(wide_[i]) >= limit_) return;
        for (int64_t i = 0; i < count_; ++i) narrow_[i] = int32_t(wide_[i]);
        is_narrow_ = limit_ > 0;
    }

    const Layer& layer_;
    double* saved_;
    int64_t count_, wide_steps_ = 0;
    int32_t limit_;
    bool is_narrow_ = false;
    std::vector<int32_t> narrow_;
    std::vector<int64_t> wide_;
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
