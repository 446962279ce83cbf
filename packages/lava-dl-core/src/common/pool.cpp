#include "pool.hpp"

#if defined(__linux__)
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

namespace lava_dl {
namespace {

// What every OpenMP runtime offers that serves GCC's code.
struct Pool {
    void (*parallel)(void (*)(void*), void*, unsigned threads, unsigned flags) = nullptr;
    int (*most)() = nullptr;  // threads of a team
};

std::atomic<bool>& forked() {
    static std::atomic<bool> yes{false};
    return yes;
}

struct Search {
    unsigned long long loaded = 0;  // libraries so far
    std::vector<std::string> runtimes;
};

int look(dl_phdr_info* info, size_t, void* to) {
    auto* search = static_cast<Search*>(to);
    search->loaded = info->dlpi_adds;
    std::string path = info->dlpi_name, name = path.substr(path.rfind('/') + 1);
    for (const char* start : {"libgomp", "libiomp5", "libomp"})
        if (name.rfind(start, 0) == 0) search->runtimes.push_back(path);
    return 0;
}

// Of several runtimes nobody knows whose workers are awake, so then there is none.
Pool pool_of(const Search& search) {
    if (search.runtimes.size() != 1) return {};
    void* library = dlopen(search.runtimes[0].c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (!library) return {};
    Pool pool;
    pool.parallel = reinterpret_cast<decltype(pool.parallel)>(dlsym(library, "GOMP_parallel"));
    pool.most = reinterpret_cast<decltype(pool.most)>(dlsym(library, "omp_get_max_threads"));
    return pool.parallel && pool.most ? pool : Pool{};
}

int first_only(dl_phdr_info* info, size_t, void* to) {
    *static_cast<unsigned long long*>(to) = info->dlpi_adds;
    return 1;
}

// Looks again only after a library was loaded.
Pool process_pool() {
    static std::mutex guard;
    static unsigned long long known = 0;
    static Pool pool;
    std::lock_guard<std::mutex> lock(guard);
    unsigned long long loaded = 0;
    dl_iterate_phdr(first_only, &loaded);
    if (loaded != known) {
        Search search;
        dl_iterate_phdr(look, &search);
        known = search.loaded;
        pool = pool_of(search);
    }
    return pool;
}

const int watched = pthread_atfork(nullptr, nullptr, [] { forked().store(true); });

}  // namespace

bool run_on_pool(int threads, const std::function<void()>& body) {
    Pool pool = watched == 0 && !forked().load() ? process_pool() : Pool{};
    if (!pool.parallel || pool.most() < threads) return false;
    std::atomic<int> joined{0};
    std::function<void()> some = [&] {
        if (joined.fetch_add(1) < threads) body();
    };
    auto call = [](void* given) { (*static_cast<std::function<void()>*>(given))(); };
    pool.parallel(call, &some, 0, 0);  // a team of another size would replace its workers
    return true;
}

}  // namespace lava_dl

#else

namespace lava_dl {
bool run_on_pool(int, const std::function<void()>&) { return false; }
}  // namespace lava_dl

#endif
