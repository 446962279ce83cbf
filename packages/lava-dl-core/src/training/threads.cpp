// Threads of ours live for one call: none are left to go wrong in a forked worker.
#include <atomic>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

#include "../common/crew.hpp"
#include "engine.hpp"
#include "pool.hpp"

namespace lava_dl {
namespace {

int usable_cores() {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    int count = int(std::thread::hardware_concurrency());
    return count > 0 ? count : 1;
}

int initial_threads() {
    for (const char* name : {"LAVA_DL_NUM_THREADS", "OMP_NUM_THREADS"}) {
        const char* text = std::getenv(name);
        int count = text ? std::atoi(text) : 0;
        if (count > 0) return count;
    }
    return usable_cores();
}

std::atomic<int>& setting() {
    static std::atomic<int> count{initial_threads()};
    return count;
}

// Aligned memory for one thread's block; of no bytes, too, it has an address.
struct Scratch {
    void* data;
    explicit Scratch(size_t bytes) : data(::operator new(bytes, std::align_val_t(64))) {}
    ~Scratch() { ::operator delete(data, std::align_val_t(64)); }
    Scratch(const Scratch&) = delete;
};

}  // namespace

int thread_count() { return setting().load(); }
void set_thread_count(int count) { setting().store(count); }

int threads_for(int64_t work) {
    int64_t worth = work / 100000 + 1;
    int allowed = thread_count();
    return worth < allowed ? int(worth) : allowed;
}

void share(int64_t count, int64_t grain, int threads,
           const std::function<void(int, int64_t, int64_t)>& body) {
    std::atomic<int64_t> next{0};
    std::exception_ptr failure;
    std::mutex guard;
    auto work = [&](int thread) {
        try {
            for (int64_t first; (first = next.fetch_add(grain)) < count;)
                body(thread, first, first + grain < count ? first + grain : count);
        } catch (...) {
            std::lock_guard<std::mutex> lock(guard);
            failure = std::current_exception();
        }
    };
    std::atomic<int> joined{0};
    if (threads < 2 || !run_on_pool(threads, [&] { work(joined.fetch_add(1)); })) {
        run_crew(threads, work);
    }
    if (failure) std::rethrow_exception(failure);
}

namespace {

void run_shared(const Entry& kernel, const Call& call, int64_t items, int64_t grain,
                int threads, size_t bytes) {
    std::vector<std::unique_ptr<Scratch>> scratch(threads);
    share(items, grain, threads, [&](int thread, int64_t first, int64_t last) {
        if (!scratch[thread]) scratch[thread] = std::make_unique<Scratch>(bytes);
        Call mine = call;
        mine.scratch = scratch[thread]->data;
        kernel.run(mine, first, last);
    });
}

}  // namespace

void run(const Entry& kernel, const Call& call) {
    if (call.rows == 0) return;
    if (kernel.work == Work::samples) {
        int64_t padded = call.channels + kernel.lanes;
        size_t bytes = sizeof(float) * padded * (kRecurrentPlanes * call.steps + kRecurrentParts) +
                       kProgramBytes * padded + 64;
        int threads = threads_for(call.rows * call.steps * 8);
        run_shared(kernel, call, call.rows / call.channels, 1, threads, bytes);
        return;
    }
    int threads = threads_for(call.rows * call.steps);
    size_t bytes = sizeof(float) * kernel.lanes * kernel.scratch_planes * size_t(call.steps);
    int64_t pieces = int64_t(threads) * 8 * kernel.lanes;
    int64_t grain = (call.rows / pieces + 1) * kernel.lanes;
    run_shared(kernel, call, call.rows, grain, threads, bytes);
}

void run_tiles(const Entry& kernel, const Call& call, int64_t items, int64_t work,
               int64_t scratch_floats) {
    if (items == 0) return;
    run_shared(kernel, call, items, 1, threads_for(work), sizeof(float) * scratch_floats);
}

}  // namespace lava_dl
