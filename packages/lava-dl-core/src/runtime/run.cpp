// Runs one layer through time. Compiled once per instruction set.
#include "layer.hpp"
#include "encoders.hpp"
#include "events.hpp"
#include "lava.hpp"
#include "past.hpp"
#include "states.hpp"
#include "sums.hpp"
#include "trained.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {
namespace {

// Reads rows of messages into rings of events.
template <class T, class Reader>
struct EventInput {
    Past<T> past;
    Reader reader;
    int32_t width;
    EventRing ring;

    EventInput(Past<T> rows, Reader how, int32_t size, int32_t depth)
        : past(rows), reader(how), width(size), ring(depth) {
        for (int64_t t = -depth; t < 0; ++t) receive(t);
    }
    void receive(int64_t t) { reader.read(past.row(t), width, ring.at(t)); }
};

// Delays each column by its own number of steps.
template <class T>
void delay_row(const Past<T>& past, const Layer& layer, int64_t t, T* out) {
    for (int32_t i = 0; i < layer.neurons; ++i) out[i] = past.row(t - layer.delay[i])[i];
}

class Trained {
  public:
    Trained(const Layer& layer, const Call& call)
        : layer_(layer), call_(call), input_(static_cast<const float*>(call.input)),
          output_(static_cast<float*>(call.output)),
          own_(layer.delay.empty() ? 0 : call.steps * layer.neurons),
          sent_(layer.delay.empty() ? output_ : own_.data()),
          inputs_(Past<float>(static_cast<float*>(call.memory.inputs), layer.past_inputs(),
                             layer.inputs, input_),
                 FloatReader{Sums::unit(layer)}, layer.inputs, layer.past_inputs()),
          back_(Past<float>(static_cast<float*>(call.memory.outputs), layer.past_outputs(),
                            layer.neurons, sent_),
                FloatReader{Sums::unit(layer)}, layer.neurons, layer.past_outputs()),
          delayed_(static_cast<float*>(call.memory.delayed), layer.past_delayed(),
                   layer.neurons, sent_),
          sums_(layer), real_(layer.neurons), imag_(layer.neurons) {}

    void run() {
        switch (layer_.kind) {
            case Kind::none: pass_on(); break;
            case Kind::sigma: case Kind::delta: case Kind::sigma_delta: encode(); break;
            default: integrate();
        }
        finish();
    }

  private:
    float* sent(int64_t t) { return sent_ + t * layer_.neurons; }
    double* trace(int64_t t) { return call_.trace + t * layer_.states() * layer_.neurons; }

    // The sums of this step: those of the synapses, or the input where there are none.
    const float* step_input(int64_t t) {
        if (layer_.forward.empty()) return input_ + t * layer_.neurons;
        inputs_.receive(t);
        for (int p = 0; p < int(layer_.forward.size()); ++p)
            sums_.add(p, t, inputs_.ring, back_.ring, p ? imag_.data() : real_.data());
        return real_.data();
    }

    void pass_on() {
        for (int64_t t = 0; t < call_.steps; ++t) {
            std::memcpy(sent(t), step_input(t), sizeof(float) * layer_.neurons);
            receive_back(t);
        }
    }

    void encode() {
        Encoders encoders(layer_, call_.memory.states);
        for (int64_t t = 0; t < call_.steps; ++t) {
            encoders.step(step_input(t), sent(t));
            if (call_.trace) encoders.copy_to(trace(t));
            receive_back(t);
        }
        encoders.save();
    }

    void integrate() {
        States states(layer_, call_.memory.states);
        for (int64_t t = 0; t < call_.steps; ++t) {
            const float* real = step_input(t);
            float largest = largest_of(real, layer_.neurons);
            if (layer_.forward.size() > 1)
                largest = std::max(largest, largest_of(imag_.data(), layer_.neurons));
            states.step(real, imag_.data(), sent(t), largest * 64.0f * layer_.weight_scale);
            if (call_.trace) states.copy_to(trace(t));
            receive_back(t);
        }
        states.save();
    }

    void receive_back(int64_t t) {
        if (!layer_.back.empty()) back_.receive(t);
    }

    void finish() {
        if (!layer_.delay.empty())
            for (int64_t t = 0; t < call_.steps; ++t)
                delay_row(delayed_, layer_, t, output_ + t * layer_.neurons);
        inputs_.past.save(call_.steps);
        back_.past.save(call_.steps);
        delayed_.save(call_.steps);
    }

    const Layer& layer_;
    const Call& call_;
    const float* input_;
    float* output_;
    std::vector<float> own_;
    float* sent_;
    EventInput<float, FloatReader> inputs_, back_;
    Past<float> delayed_;
    Sums sums_;
    std::vector<float> real_, imag_;
};

class Lava {
  public:
    Lava(const Layer& layer, const Call& call)
        : layer_(layer), call_(call), input_(static_cast<const int32_t*>(call.input)),
          output_(static_cast<int32_t*>(call.output)),
          sums_(layer.delay.empty() ? layer.neurons : call.steps * layer.neurons),
          inputs_(Past<int32_t>(static_cast<int32_t*>(call.memory.inputs), layer.past_inputs(),
                               layer.inputs, input_),
                 IntegerReader{layer.graded_inputs, !layer.wide_sums}, layer.inputs, layer.past_inputs()),
          back_(Past<int32_t>(static_cast<int32_t*>(call.memory.outputs), layer.past_outputs(),
                              layer.neurons, output_),
                IntegerReader{layer.sends_values(), !layer.wide_sums}, layer.neurons, layer.past_outputs()),
          delayed_(static_cast<int32_t*>(call.memory.delayed), layer.past_delayed(),
                   layer.neurons, sums_.data()),
          total_(layer.neurons), wide_total_(layer.wide_sums ? layer.neurons : 0),
          due_(layer.neurons), imag_(layer.neurons), states_(int64_t(layer.states()) * layer.neurons) {}

    void run() {
        for (size_t i = 0; i < states_.size(); ++i) states_[i] = int32_t(call_.memory.states[i]);
        for (int64_t t = 0; t < call_.steps; ++t) step(t);
        std::copy(states_.begin(), states_.end(), call_.memory.states);
        inputs_.past.save(call_.steps);
        back_.past.save(call_.steps);
        delayed_.save(call_.steps);
    }

  private:
    int32_t* sums(int64_t t) { return sums_.data() + (layer_.delay.empty() ? 0 : t * layer_.neurons); }

    void step(int64_t t) {
        const int64_t n = layer_.neurons;
        const int32_t* real = step_input(t);
        if (resets(t)) std::fill(states_.begin(), states_.end(), 0);
        LavaRows rows{layer_, {}, real, imag_.data(), output_ + t * n};
        for (int32_t k = 0; k < layer_.states(); ++k) rows.state[k] = states_.data() + k * n;
        lava_rows(rows);
        if (call_.trace) std::copy(states_.begin(), states_.end(), call_.trace + t * states_.size());
        if (!layer_.back.empty()) back_.receive(t);
    }

    const int32_t* step_input(int64_t t) {
        if (layer_.forward.empty()) return input_ + t * layer_.neurons;
        inputs_.receive(t);
        int32_t* real = sums(t);
        add_plane(0, t, real);
        if (layer_.forward.size() > 1) add_plane(1, t, imag_.data());
        if (layer_.delay.empty()) return real;
        delay_row(delayed_, layer_, t, due_.data());
        return due_.data();
    }

    void add_plane(int plane, int64_t t, int32_t* result) {
        std::fill_n(result, layer_.neurons, 0);
        for (const auto& part : layer_.forward[plane])
            add_part(part, inputs_.ring.at(t - part.delay), plane, result);
        if (plane < int(layer_.back.size()))
            for (const auto& part : layer_.back[plane])
                add_part(part, back_.ring.at(t - part.delay), plane, result);
    }

    // Each delay's sum is shifted back by itself.
    void add_part(const Synapses& part, const Events& events, int plane, int32_t* result) {
        if (events.count == 0) return;
        if (layer_.wide_sums && !events.binary) {
            std::fill(wide_total_.begin(), wide_total_.end(), 0);
            add_values(part, events, events.integer.data(), wide_total_.data(), scratch_);
            return shift_back(wide_total_.data(), layer_.shift[plane], result);
        }
        std::fill(total_.begin(), total_.end(), 0);
        add_integers(part, events, total_.data(), scratch_);
        shift_back(total_.data(), layer_.shift[plane], result);
    }

    template <class Sum>
    void shift_back(const Sum* total, int32_t shift, int32_t* result) const {
        const int32_t down = shift > 0 ? shift : 0, up = shift < 0 ? -shift : 0;
        const int32_t n = layer_.neurons;
        const bool wraps = layer_.wraps24;
        for (int32_t i = 0; i < n; ++i) {
            int32_t sum = wrapping_shift(int32_t(total[i] >> down), up);
            result[i] = wrapping_add(result[i], wraps ? wrap24(sum) : sum);
        }
    }

    bool resets(int64_t t) const {
        const int64_t interval = layer_.reset_interval;
        return interval && (call_.time + t + 1) % interval == layer_.reset_offset;
    }

    const Layer& layer_;
    const Call& call_;
    const int32_t* input_;
    int32_t* output_;
    std::vector<int32_t> sums_;
    EventInput<int32_t, IntegerReader> inputs_, back_;
    Past<int32_t> delayed_;
    std::vector<int32_t> total_;
    std::vector<int64_t> wide_total_;
    std::vector<int32_t> due_, imag_;
    Scratch scratch_;
    std::vector<int32_t> states_;
};

}  // namespace

void run_layer(const Layer& layer, const Call& call) {
    if (layer.lava)
        Lava(layer, call).run();
    else
        Trained(layer, call).run();
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
