// Sizes of what a layer carries.
#include "layer.hpp"

#include <algorithm>

namespace lava_dl {

int32_t Layer::states() const {
    if (kind == Kind::none) return 0;
    const Neuron& neuron = neuron_of(kind);
    return (lava ? neuron.lava_states : neuron.states).count();
}

int32_t Layer::deepest(const std::vector<std::vector<Synapses>>& planes) const {
    int32_t most = 0;
    for (const auto& plane : planes)
        for (const auto& part : plane) most = std::max(most, part.delay);
    return most;
}

int32_t Layer::past_delayed() const {
    return delay.empty() ? 0 : *std::max_element(delay.begin(), delay.end());
}

}  // namespace lava_dl
