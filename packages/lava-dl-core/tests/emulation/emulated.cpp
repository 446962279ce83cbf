// The CUDA kernels' own source, run on the CPU: a block's threads are coroutines that take
// turns at every __syncwarp.
#include <ucontext.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace {

constexpr int kMostThreads = 1024;
struct Index {
    unsigned x = 0;
} threadIdx, blockIdx;
ucontext_t scheduler, threads[kMostThreads];
bool votes[kMostThreads];

void __syncwarp() { swapcontext(&threads[threadIdx.x], &scheduler); }
void __syncthreads() { __syncwarp(); }

bool __any_sync(unsigned, bool mine) {
    votes[threadIdx.x] = mine;
    __syncwarp();
    unsigned first = threadIdx.x / 32 * 32;
    bool any = false;
    for (unsigned i = first; i < first + 32; ++i) any |= votes[i];
    __syncwarp();
    return any;
}

}  // namespace

#define __CUDACC__ 1
#define __host__
#define __device__
#define __global__
#define __shared__ static
#define __forceinline__ inline
#define __grid_constant__
#define __launch_bounds__(threads)
#include "cuda/kernels.cu"

namespace {

using lava_dl::kThreads;
using Device = void (*)(const lava_dl::Call);
Device device;
lava_dl::Call argument;
bool alive[kThreads];

void run_thread() {
    device(argument);
    alive[threadIdx.x] = false;
}

void run_block(std::vector<std::vector<char>>& stacks) {
    for (int i = 0; i < kThreads; ++i) {
        getcontext(&threads[i]);
        threads[i].uc_stack.ss_sp = stacks[i].data();
        threads[i].uc_stack.ss_size = stacks[i].size();
        threads[i].uc_link = &scheduler;
        alive[i] = true;
        makecontext(&threads[i], run_thread, 0);
    }
    for (bool any = true; any;) {
        any = false;
        for (unsigned i = 0; i < kThreads; ++i) {
            if (!alive[i]) continue;
            threadIdx.x = i;
            swapcontext(&scheduler, &threads[i]);
            any |= alive[i];
        }
    }
}

}  // namespace

extern "C" int64_t call_size() { return sizeof(lava_dl::Call); }

// The blocks of a kernel over rows, or of one that adds up gradients.
extern "C" void launch(Device kernel, const lava_dl::Call* call, bool sums) {
    std::vector<std::vector<char>> stacks(kThreads, std::vector<char>(1 << 17));
    device = kernel;
    argument = *call;
    int64_t blocks = sums ? lava_dl::gradient_blocks(*call) : lava_dl::row_blocks(*call);
    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x) run_block(stacks);
}
