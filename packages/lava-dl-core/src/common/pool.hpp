// The OpenMP workers that another library of the process has, such as PyTorch's.
//
// They wait for their next work spinning, for milliseconds, on the very cores that threads
// of ours would need; so where there are such workers, they do the work.
#pragma once

#include <functional>

namespace lava_dl {

// Threads that such a library may use on this thread, as its user set it: of several the
// fewest; 0 where there is none.
int pool_threads();

// Runs body on up to `threads` threads of that pool, this one among them; false, having done
// nothing, where there is none or this process was forked, which leaves workers behind.
bool run_on_pool(int threads, const std::function<void()>& body);

}  // namespace lava_dl
