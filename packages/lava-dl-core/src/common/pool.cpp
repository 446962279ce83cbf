#include "pool.hpp"

#if defined(__linux__)
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

namespace lava_dl {
namespace {

// What every OpenMP runtime offers that serves GCC's code.
struct Pool {
    void (*parallel)(void (*)(void*), void*, unsigned threads, unsigned flags) = nullptr;
    std::vector<int (*)()> most;  // threads of a team, of each runtime
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

// Of several runtimes nobody knows whose workers are awake, so then none gets work.
Pool pool_of(const Search& search) {
    Pool pool;
    for (const std::string& path : search.runtimes) {
        void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
        void* most = library ? dlsym(library, "omp_get_max_threads") : nullptr;
        if (!most) continue;
        pool.most.push_back(reinterpret_cast<int (*)()>(most));
        if (search.runtimes.size() == 1)
            pool.parallel =
                reinterpret_cast<decltype(pool.parallel)>(dlsym(library, "GOMP_parallel"));
    }
    return pool;
}

int first_only(dl_phdr_info* info, size_t, void* to) {
    *static_cast<unsigned long long*>(to) = info->dlpi_adds;
    return 1;
}

// Looks again only after a library was loaded, and never in a forked process, whose lock
// another thread may have held.
const Pool& process_pool() {
    static std::mutex guard;
    static unsigned long long known = 0;
    static std::atomic<const Pool*> pool{new Pool};  // never freed: threads may read an old one
    if (forked().load()) return *pool;
    std::lock_guard<std::mutex> lock(guard);
    unsigned long long loaded = 0;
    dl_iterate_phdr(first_only, &loaded);
    if (loaded != known) {
        Search search;
        dl_iterate_phdr(look, &search);
        known = search.loaded;
        pool = new Pool(pool_of(search));
    }
    return *pool;
}

const int watched = pthread_atfork(nullptr, nullptr, [] { forked().store(true); });

}  // namespace

int pool_threads() {
    int least = 0;
    for (auto most : process_pool().most) least = least ? std::min(least, most()) : most();
    return least;
}

bool run_on_pool(int threads, const std::function<void()>& body) {
    const Pool& pool = process_pool();
    if (watched != 0 || forked().load() || !pool.parallel || pool.most[0]() < threads) return false;
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
int pool_threads() { return 0; }
bool run_on_pool(int, const std::function<void()>&) { return false; }
}  // namespace lava_dl

#endif
