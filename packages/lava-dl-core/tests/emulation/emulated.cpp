// The CUDA kernels' own source, run on the CPU: a block's threads are coroutines that take
// turns at every __syncwarp.
#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

constexpr int kMostThreads = 1024;
struct Index {
    unsigned x = 0;
} threadIdx, blockIdx, blockDim;
ucontext_t scheduler, threads[kMostThreads];
bool votes[kMostThreads];

void __syncwarp() { swapcontext(&threads[threadIdx.x], &scheduler); }
void __syncthreads() { __syncwarp(); }

// What body makes of the votes of all.
template <class Body>
auto vote(bool mine, Body body) {
    votes[threadIdx.x] = mine;
    __syncwarp();
    auto found = body();
    __syncwarp();
    return found;
}

unsigned __ballot_sync(unsigned, bool mine) {
    return vote(mine, [] {
        unsigned bits = 0, first = threadIdx.x / 32 * 32;
        for (unsigned i = 0; i < 32; ++i) bits |= unsigned(votes[first + i]) << i;
        return bits;
    });
}
bool __any_sync(unsigned all, bool mine) { return __ballot_sync(all, mine) != 0; }
int __syncthreads_or(int mine) {
    return vote(mine, [] { return int(std::count(votes, votes + blockDim.x, true) > 0); });
}
int __popc(unsigned bits) { return __builtin_popcount(bits); }

}  // namespace

#define __CUDACC__ 1
#define __host__
#define __device__
#define __global__
#define __shared__ static
#define __forceinline__ inline
#define __grid_constant__
#define __launch_bounds__(...)
constexpr int kRoom = 5000;  // floats, less than the weights of many neurons
#define LAVA_DL_ROOM(name) static float name[kRoom]
#include "cuda/kernels.cu"

namespace {

using Device = void (*)(const lava_dl::Call);
Device device;
lava_dl::Call argument;
bool alive[kMostThreads];

void run_thread() {
    device(argument);
    alive[threadIdx.x] = false;
}

void run_block(std::vector<std::vector<char>>& stacks) {
    for (unsigned i = 0; i < blockDim.x; ++i) {
        getcontext(&threads[i]);
        threads[i].uc_stack.ss_sp = stacks[i].data();
        threads[i].uc_stack.ss_size = stacks[i].size();
        threads[i].uc_link = &scheduler;
        alive[i] = true;
        makecontext(&threads[i], run_thread, 0);
    }
    for (bool any = true; any;) {
        any = false;
        for (unsigned i = 0; i < blockDim.x; ++i) {
            if (!alive[i]) continue;
            threadIdx.x = i;
            swapcontext(&scheduler, &threads[i]);
            any |= alive[i];
        }
    }
}

}  // namespace

extern "C" int64_t call_size() { return sizeof(lava_dl::Call); }

// The blocks of a kernel over rows or samples, or of one that adds up gradients.
extern "C" void launch(Device kernel, const lava_dl::Call* call, bool sums) {
    lava_dl::Grid grid = lava_dl::grid_of(*call);
    if (sums) grid = {lava_dl::gradient_blocks(*call), lava_dl::kThreads};
    std::vector<std::vector<char>> stacks(grid.threads, std::vector<char>(1 << 17));
    device = kernel;
    argument = *call;
    if (grid.holds_weights)
        argument.held_rows = lava_dl::rows_that_fit(*call, sizeof(float) * kRoom);
    blockDim.x = grid.threads;
    for (blockIdx.x = 0; blockIdx.x < grid.blocks; ++blockIdx.x) run_block(stacks);
}
