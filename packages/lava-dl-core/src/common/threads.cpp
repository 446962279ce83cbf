// Threads of ours live for one call: none are left to go wrong in a forked worker.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

#include "threads.hpp"

#include "pool.hpp"

namespace lava_dl {
namespace {

// Runs work(0), work(1), ... on threads of our own, this one among them. Work is what they
// take from one store until it is empty, so that where the system refuses a thread the
// others do its part.
template <class Work>
void run_crew(int threads, const Work& work) {
    std::vector<std::thread> helpers;
    try {
        for (int i = 1; i < threads; ++i) helpers.emplace_back(work, i);
    } catch (...) {
    }
    work(0);
    for (auto& helper : helpers) helper.join();
}

int usable_cores() {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    int count = int(std::thread::hardware_concurrency());
    return count > 0 ? count : 1;
}

// 0 where nobody chose any.
int chosen_threads() {
    const char* text = std::getenv("LAVA_DL_NUM_THREADS");
    return text ? std::max(0, std::atoi(text)) : 0;
}

std::atomic<int>& setting() {
    static std::atomic<int> count{chosen_threads()};
    return count;
}

// OpenMP's variable where no runtime of it is loaded, which would say more.
int default_threads() {
    if (int count = pool_threads()) return count;
    const char* text = std::getenv("OMP_NUM_THREADS");
    int count = text ? std::atoi(text) : 0;
    return count > 0 ? count : usable_cores();
}

}  // namespace

int thread_count() {
    int count = setting().load();
    return count ? count : default_threads();
}
void set_thread_count(int count) { setting().store(count ? count : chosen_threads()); }

int threads_for(int64_t work) {
    int64_t worth = work / 100000 + 1;
    return worth == 1 ? 1 : int(std::min<int64_t>(worth, thread_count()));
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

}  // namespace lava_dl
