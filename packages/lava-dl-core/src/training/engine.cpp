#include "engine.hpp"

#include <memory>
#include <new>

#include "instruction_sets.hpp"
#include "recurrent_size.hpp"
#include "threads.hpp"
#include "tiles.hpp"

namespace lava_dl {

struct Kernels {
    const Entry* first;
    int count;
};
#define LAVA_DL_DECLARE(abi)                 \
    namespace abi {                          \
    extern const Entry kernels[];            \
    extern const int kernel_count;           \
    extern const Entry recurrent_kernels[];  \
    extern const int recurrent_kernel_count; \
    }
LAVA_DL_INSTRUCTION_SETS(LAVA_DL_DECLARE)

namespace {

// What one instruction set has, from both of its sources.
struct Sources {
    Kernels each[2];
};
#define LAVA_DL_BUILD(abi)                                           \
    {#abi, {{{abi::recurrent_kernels, abi::recurrent_kernel_count},  \
             {abi::kernels, abi::kernel_count}}}},
const Build<Sources> builds[] = {LAVA_DL_INSTRUCTION_SETS(LAVA_DL_BUILD)};

// Aligned memory for one thread's block; of no bytes, too, it has an address.
struct Scratch {
    void* data;
    explicit Scratch(size_t bytes) : data(::operator new(bytes, std::align_val_t(64))) {}
    ~Scratch() { ::operator delete(data, std::align_val_t(64)); }
    Scratch(const Scratch&) = delete;
};

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

// Groups of samples, as even as threads and the most samples of a group allow.
void run_samples(const Entry& kernel, const Call& call) {
    const int64_t samples = call.rows / call.channels, values = call.rows * call.steps;
    const int threads = threads_for(values * (8 + call.channels / 16));
    const int64_t groups = part_count(samples, smaller(kGroupSamples, part_count(samples, threads)));
    const int64_t count = part_count(samples, groups);
    const RecurrentSize size(call, count, kParts, kernel.lanes);
    run_shared(kernel, call, samples, count, threads, size.bytes(kernel.scratch_planes));
}

}  // namespace

const Entry& find_kernel(const std::string& name, const std::string& simd) {
    for (const Kernels& source : chosen_build(builds, simd).each)
        for (int i = 0; i < source.count; ++i)
            if (name == source.first[i].name) return source.first[i];
    refuse("There is no kernel '" + name + "'.");
}

std::vector<std::string> kernel_names() {
    std::vector<std::string> names;
    for (const Kernels& source : builds[0].value.each)
        for (int i = 0; i < source.count; ++i) names.push_back(source.first[i].name);
    return names;
}

void run(const Entry& kernel, const Call& call) {
    if (call.rows == 0) return;
    if (kernel.work == Work::samples) return run_samples(kernel, call);
    int threads = threads_for(call.rows * call.steps);
    size_t bytes = sizeof(float) * kernel.lanes * kernel.scratch_planes * size_t(call.steps);
    int64_t pieces = int64_t(threads) * 8 * kernel.lanes;
    int64_t grain = (call.rows / pieces + 1) * kernel.lanes;
    run_shared(kernel, call, call.rows, grain, threads, bytes);
}

void run_tiles(const Entry& kernel, const Call& call) {
    const Plan plan = kernel.plan(call);
    if (plan.items == 0) return;
    run_shared(kernel, call, plan.items, 1, threads_for(plan.work), sizeof(float) * plan.scratch);
}

}  // namespace lava_dl
