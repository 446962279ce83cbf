// Synaptic sums of one step in the trainer's arithmetic: exact, then rounded once.
#pragma once

#include "accumulate.hpp"
#include "events.hpp"
#include "layer.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

class Sums {
  public:
    explicit Sums(const Layer& layer)
        : layer_(layer), integers_(layer.neurons), reals_(layer.neurons) {}

    // Values in units of 1 / unit() are summed as integers where that is exact.
    static float unit(const Layer& layer) {
        bool power = !(layer.weight_scale & (layer.weight_scale - 1));
        return power ? 64.0f * layer.weight_scale : 4096.0f;
    }

    void add(int plane, int64_t t, EventRing& inputs, EventRing& own, float* result) {
        sources_.clear();
        gather(layer_.forward, plane, t, inputs);
        gather(layer_.back, plane, t, own);
        const int64_t offset = plane == 0 ? layer_.offset : 0;
        bool binary = true, whole = true;
        double bound = 0;
        for (const auto& source : sources_) {
            binary &= source.events->binary && (!source.synapses->narrow.empty() ||
                                                source.events->count == 0);
            whole &= source.events->whole;
            bound += source.events->sum * source.synapses->largest;
        }
        const float grain = unit(layer_);
        bound += std::abs(double(offset)) * grain;
        if (binary && bound / grain < kIntegers) return sum_binary(offset, result);
        for (const auto& source : sources_) write(*source.events, grain);
        if (whole && bound < kIntegers) return sum_integers(offset, grain, result);
        sum_reals(offset, result);
    }

  private:
    struct Source {
        const Synapses* synapses;
        Events* events;
    };
    static constexpr double kIntegers = 2147483647.0;

    // Writes out the ones that binary events stand for.
    static void write(Events& events, float grain) {
        if (events.written) return;
        std::fill_n(events.integer.begin(), events.count, int32_t(grain));
        std::fill_n(events.real.begin(), events.count, 1.0f);
        events.sixteen = int32_t(grain) <= kSixteen;
        events.written = true;
    }

    void gather(const std::vector<std::vector<Synapses>>& planes, int plane, int64_t t, EventRing& ring) {
        if (plane >= int(planes.size())) return;
        for (const auto& part : planes[plane]) sources_.push_back({&part, &ring.at(t - part.delay)});
    }

    void sum_binary(int64_t offset, float* result) {
        std::fill(integers_.begin(), integers_.end(), int32_t(offset));
        for (const auto& s : sources_) add_integers(*s.synapses, *s.events, integers_.data(), scratch_);
        finish(integers_.data(), layer_.weight_scale, result);
    }

    void sum_integers(int64_t offset, float grain, float* result) {
        std::fill(integers_.begin(), integers_.end(), int32_t(offset * int64_t(grain)));
        for (const auto& s : sources_) add_wholes(*s.synapses, *s.events, integers_.data(), scratch_);
        finish(integers_.data(), double(layer_.weight_scale) * grain, result);
    }

    void sum_reals(int64_t offset, float* result) {
        std::fill(reals_.begin(), reals_.end(), double(offset));
        for (const auto& s : sources_) add_values(*s.synapses, *s.events, s.events->real.data(), reals_.data(), scratch_);
        finish(reals_.data(), layer_.weight_scale, result);
    }

    template <class Sum>
    void finish(const Sum* sums, double scale, float* result) const {
        const bool power = !(layer_.weight_scale & (layer_.weight_scale - 1));
        const float inverse = float(1.0 / scale);
        const int32_t n = layer_.neurons;
        if (power)
            for (int32_t i = 0; i < n; ++i) result[i] = float(sums[i]) * inverse;
        else
            for (int32_t i = 0; i < n; ++i) result[i] = float(double(sums[i]) / scale);
    }

    const Layer& layer_;
    std::vector<int32_t> integers_;
    std::vector<double> reals_;
    Scratch scratch_;
    std::vector<Source> sources_;
};

// The largest magnitude, through the order of floats' bits.
inline float largest_of(const float* row, int32_t count) {
    int32_t most = 0;
    for (int32_t i = 0; i < count; ++i) {
        int32_t bits;
        std::memcpy(&bits, row + i, sizeof bits);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    return bits_to_float(most);
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
