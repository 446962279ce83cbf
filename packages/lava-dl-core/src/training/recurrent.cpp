// The recurrent kernels of one instruction set.
#include "recurrent.hpp"

#include "programs/neurons.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

extern const Entry recurrent_kernels[];
extern const int recurrent_kernel_count;

constexpr Entry on_samples(const char* name, Kernel run, int scratch_planes) {
    return {name, kLanes, scratch_planes, run, Work::samples};
}

#define LAVA_DL_RECURRENT(name, P, B, E)                                            \
    on_samples("recurrent_" #name, recurrent<P>, 0),                                \
    on_samples("recurrent_" #name "_backward", either_recurrent_backward<P, B, E>,  \
               B<float>::traces),

const Entry recurrent_kernels[] = {LAVA_DL_SPIKING_NEURONS(LAVA_DL_RECURRENT)};
const int recurrent_kernel_count = sizeof recurrent_kernels / sizeof recurrent_kernels[0];

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl
