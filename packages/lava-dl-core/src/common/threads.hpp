// How work is shared between threads.
#pragma once

#include <cstdint>
#include <functional>

namespace lava_dl {

// Threads that training kernels may use: those set here or by LAVA_DL_NUM_THREADS, else, on
// Linux, as many as PyTorch or another user of OpenMP in the process, else OMP_NUM_THREADS, else
// the usable cores.
int thread_count();
void set_thread_count(int count);  // 0: none are set here

// How many threads `work` elements are worth: starting one costs about 50k of them.
int threads_for(int64_t work);

// Runs body(thread, first, last) over [0, count) in pieces of `grain`, shared by threads.
void share(int64_t count, int64_t grain, int threads,
           const std::function<void(int, int64_t, int64_t)>& body);

}  // namespace lava_dl
