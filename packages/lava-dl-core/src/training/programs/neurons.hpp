// The programs of every neuron, from which the tables of CPU and CUDA kernels follow.
#pragma once

#include "lava_dl/neurons.hpp"
#include "adrf.hpp"
#include "alif.hpp"
#include "cuba.hpp"
#include "resonator.hpp"
#include "sigma_delta.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

// Name, forward, backward, and the backward of the exact gradient.
#define LAVA_DL_SPIKING_NEURONS(USE)                        \
    USE(cuba, Cuba, CubaBackward, CubaBackward)             \
    USE(alif, Alif, AlifBackward, AlifExactBackward)        \
    USE(rf, Rf, RfBackward, RfBackward)                     \
    USE(rf_iz, RfIz, RfIzBackward, RfIzBackward)            \
    USE(adrf, Adrf, AdrfBackward, AdrfExactBackward)        \
    USE(adrf_iz, AdrfIz, AdrfIzBackward, AdrfIzExactBackward)

// Name, forward and backward of those that send what they do not record.
#define LAVA_DL_ENCODERS(USE)                   \
    USE(delta, Delta, DeltaBackward)            \
    USE(sigma_delta, SigmaDelta, SigmaDeltaBackward)

template <template <class> class P, template <class> class B, template <class> class Exactly = B>
constexpr bool as_declared(const Neuron& n) {
    return P<Exact>::inputs == n.inputs.count() && P<Exact>::outputs == n.outputs.count() &&
           B<float>::traces == n.outputs.count() && B<float>::outputs == n.inputs.count() &&
           Exactly<float>::decays <= n.parameters.count();
}
#define LAVA_DL_CHECK(name, ...)                                \
    static_assert(as_declared<__VA_ARGS__>(neuron_of(Kind::name)), \
                  "arrays of " #name " differ from its declaration");
LAVA_DL_SPIKING_NEURONS(LAVA_DL_CHECK)
LAVA_DL_ENCODERS(LAVA_DL_CHECK)
#undef LAVA_DL_CHECK

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
