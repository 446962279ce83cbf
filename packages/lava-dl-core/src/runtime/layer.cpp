// Sizes of what a layer carries.
#include "layer.hpp"

#include <algorithm>

namespace lava_dl {

int32_t Layer::states() const {
    switch (kind) {
        case Kind::none: return 0;
        case Kind::sigma: return 1;
        case Kind::alif: case Kind::adrf: case Kind::adrf_iz: return 4;
        case Kind::delta: return lava ? 2 : 3;
        case Kind::sigma_delta: return lava ? 3 : 4;
        default: return 2;
    }
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
