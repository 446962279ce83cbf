// Which kernels this machine runs, and how rows are shared between threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "call.hpp"

namespace lava_dl {

// Names of the instruction sets built in that this processor has, best last.
std::vector<std::string> levels();

// The one in use: LAVA_DL_SIMD where set (throws if the machine lacks it), else the best.
std::string default_level();

// The kernel of that name for a level ("" for the default); throws if there is none.
const Entry& find_kernel(const std::string& name, const std::string& level);
std::vector<std::string> kernel_names();

int thread_count();
void set_thread_count(int count);

// Runs body(thread, first, last) over [0, count) in pieces of `grain`, shared by threads.
void share(int64_t count, int64_t grain, int threads,
           const std::function<void(int, int64_t, int64_t)>& body);

// How many threads `work` elements are worth: starting one costs about 50k of them.
int threads_for(int64_t work);

void run(const Entry& kernel, const Call& call);

// Runs a kernel whose work is tiles, each thread with that much scratch; `work` is about
// how many elements all tiles touch.
void run_tiles(const Entry& kernel, const Call& call, int64_t items, int64_t work,
               int64_t scratch_floats);

}  // namespace lava_dl
