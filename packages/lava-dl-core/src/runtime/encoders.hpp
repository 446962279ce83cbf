// Rows of sigma-delta kinds in the trainer's arithmetic: sums in 64 bits, what encodes
// their changes in 32.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "lava_dl/sigma_delta.hpp"
#include "independent.hpp"
#include "layer.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Messages count in 1 / scale and are rounded down to that. From `whole` on, a float is a
// multiple of it anyway; a product with a power of two is exact.
struct PowerOfTwo {
    float scale, inverse;
    static constexpr float whole = 8388608.0f;

    LAVA_DL_HD float rounded(float x) const {
        const float down = std::floor(x * scale) * inverse;
        return std::fabs(x) < whole ? down : x;
    }
};

struct AnyScale {
    double scale;
    LAVA_DL_HD float rounded(float x) const { return float(std::floor(double(x) * scale) / scale); }
};

class Encoders {
  public:
    Encoders(const Layer& layer, double* saved)
        : layer_(layer), saved_(saved), sums_(has_sum() ? layer.neurons : 0),
          rows_(has_encoder() ? 3 * int64_t(layer.neurons) : 0), sum_row_(sums_.size()) {
        for (size_t i = 0; i < sums_.size(); ++i) sums_[i] = saved[i];
        for (size_t i = 0; i < rows_.size(); ++i) rows_[i] = float(saved[sums_.size() + i]);
        const double unit = 1.0 / (64.0 * layer.weight_scale);
        for (int64_t threshold : layer.thresholds)
            levels_.push_back(at_least(std::max(double(threshold) / layer.weight_scale, unit)));
    }

    void step(const float* input, float* out) {
        if (layer_.kind == Kind::sigma) return sum_up(input, out);
        if (layer_.kind == Kind::delta) return encode(input, out);
        sum_up(input, sum_row_.data());
        activate(sum_row_.data());
        encode(sum_row_.data(), out);
    }

    void copy_to(double* target) const {
        std::copy(rows_.begin(), rows_.end(), std::copy(sums_.begin(), sums_.end(), target));
    }
    void save() const { copy_to(saved_); }

  private:
    bool has_sum() const { return layer_.kind != Kind::delta; }
    bool has_encoder() const { return layer_.kind != Kind::sigma; }

    // The smallest float that is not below.
    static float at_least(double level) {
        const float near = float(level);
        return near < level ? std::nextafter(near, std::numeric_limits<float>::infinity()) : near;
    }

    void sum_up(const float* z, float* out) {
        double* sum = sums_.data();
        const int32_t n = layer_.neurons;
        LAVA_DL_INDEPENDENT
        for (int32_t i = 0; i < n; ++i) {
            sum[i] = sigma_step(sum[i], z[i]);
            out[i] = float(sum[i]);
        }
    }

    // The norm, the neuron's own bias, the activation.
    void activate(float* sums) const {
        const Layer& p = layer_;
        const float *bias = p.bias[0].data(), *factor = p.factor[0].data(), *own = p.own_bias.data();
        const int32_t n = p.neurons;
        const bool rectified = p.rectified;
        LAVA_DL_INDEPENDENT
        for (int32_t i = 0; i < n; ++i) {
            const float x = (sums[i] + bias[i]) * factor[i] + own[i];
            sums[i] = rectified ? rectify(x) : x;
        }
    }

    void encode(const float* x, float* out) {
        const int32_t scale = layer_.weight_scale;
        if (scale & (scale - 1)) return encode_in(AnyScale{64.0 * scale}, x, out);
        const float power = 64.0f * scale;
        encode_in(PowerOfTwo{power, 1.0f / power}, x, out);
    }

    template <class Unit>
    void encode_in(Unit unit, const float* x, float* out) {
        const int32_t n = layer_.neurons;
        float *before = rows_.data(), *residue = before + n, *error = residue + n;
        const float* levels = levels_.data();
        const bool cumulative = layer_.cumulative;
        LAVA_DL_INDEPENDENT
        for (int32_t i = 0; i < n; ++i) {
            DeltaState<float> state{before[i], residue[i], error[i]};
            float change;
            const float sent = delta_step(state, x[i], levels[i], cumulative, true, change);
            before[i] = state.before;
            residue[i] = state.residual;
            error[i] = state.error;
            out[i] = unit.rounded(sent);
        }
    }

    const Layer& layer_;
    double* saved_;
    std::vector<double> sums_;
    std::vector<float> rows_;  // last, residue, error
    std::vector<float> sum_row_, levels_;
};

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
