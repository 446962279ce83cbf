#include "memory.hpp"

#if defined(__linux__)
#include <sys/mman.h>

#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <new>

namespace lava_dl {
namespace {

constexpr size_t kPage = size_t(2) << 20;  // a huge one, of which there are few to fault
constexpr size_t kLimit = size_t(256) << 20;

size_t whole_pages(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

struct Block {
    void* data;
    size_t size;
};

struct Cache {
    std::mutex guard;
    std::deque<Block> blocks;  // the one given first in front
    size_t total = 0, limit = kLimit;

    void trim() {
        for (; total > limit; blocks.pop_front()) {
            total -= blocks.front().size;
            munmap(blocks.front().data, blocks.front().size);
        }
    }
    // The block given last that is of this size, null if there is none.
    void* find(size_t size) {
        for (auto at = blocks.rbegin(); at != blocks.rend(); ++at) {
            if (at->size != size) continue;
            void* data = at->data;
            blocks.erase(std::next(at).base());
            total -= size;
            return data;
        }
        return nullptr;
    }
};

// Never destroyed: arrays may outlive what is destroyed at the end of a process.
Cache& cache() {
    static Cache& only = *new Cache;
    return only;
}

// Pages from the system that begin where a huge one may.
void* map(size_t size) {
    void* all = mmap(nullptr, size + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                     -1, 0);
    if (all == MAP_FAILED) throw std::bad_alloc();
    auto first = reinterpret_cast<uintptr_t>(all), begin = whole_pages(first);
    if (begin > first) munmap(all, begin - first);
    munmap(reinterpret_cast<void*>(begin + size), first + kPage - begin);
    madvise(reinterpret_cast<void*>(begin), size, MADV_HUGEPAGE);
    return reinterpret_cast<void*>(begin);
}

}  // namespace

void* take_memory(size_t bytes) {
    size_t size = whole_pages(bytes);
    {
        std::lock_guard<std::mutex> lock(cache().guard);
        if (void* data = cache().find(size)) return data;
    }
    return map(size);
}

void give_memory(void* from_take, size_t bytes) {
    size_t size = whole_pages(bytes);
    madvise(from_take, size, MADV_FREE);
    std::lock_guard<std::mutex> lock(cache().guard);
    cache().blocks.push_back({from_take, size});
    cache().total += size;
    cache().trim();
}

size_t kept_memory_limit() {
    std::lock_guard<std::mutex> lock(cache().guard);
    return cache().limit;
}

void set_kept_memory_limit(size_t bytes) {
    std::lock_guard<std::mutex> lock(cache().guard);
    cache().limit = bytes;
    cache().trim();
}

}  // namespace lava_dl

#else

namespace lava_dl {
void* take_memory(size_t) { return nullptr; }
void give_memory(void*, size_t) {}
size_t kept_memory_limit() { return 0; }
void set_kept_memory_limit(size_t) {}
}  // namespace lava_dl

#endif
