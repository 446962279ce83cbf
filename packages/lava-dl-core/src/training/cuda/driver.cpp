// Loads the embedded fat binary with libcuda, opened by name so that none is linked.
#include "driver.hpp"

#include <dlfcn.h>

#include <map>
#include <mutex>
#include <stdexcept>

// The fat binary nvcc made, as bytes of this object.
asm(".section .rodata\n"
    ".balign 16\n"
    ".global lava_dl_fatbin\n"
    ".hidden lava_dl_fatbin\n"
    "lava_dl_fatbin:\n"
    ".incbin \"" LAVA_DL_FATBIN "\"\n"
    ".byte 0\n"
    ".previous\n");
extern "C" __attribute__((visibility("hidden"))) const unsigned char lava_dl_fatbin[];

namespace lava_dl {
namespace {

using Handle = void*;  // CUcontext, CUmodule, CUfunction and CUstream are opaque pointers

struct Driver {
    int (*init)(unsigned) = nullptr;
    int (*device_count)(int*) = nullptr;
    int (*current)(Handle*) = nullptr;
    int (*load)(Handle*, const void*) = nullptr;
    int (*function)(Handle*, Handle, const char*) = nullptr;
    int (*launch)(Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                  Handle, void**, void**) = nullptr;
    int (*error_text)(int, const char**) = nullptr;
    std::string problem;
    std::mutex guard;
    std::map<Handle, Handle> modules;  // by context

    Driver() { problem = open(); }

    std::string open() {
        void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
        if (!library) return "no NVIDIA driver (libcuda.so.1) on this machine";
        bool found = find(library, "cuInit", init) &
                     find(library, "cuDeviceGetCount", device_count) &
                     find(library, "cuCtxGetCurrent", current) &
                     find(library, "cuModuleLoadData", load) &
                     find(library, "cuModuleGetFunction", function) &
                     find(library, "cuLaunchKernel", launch) &
                     find(library, "cuGetErrorString", error_text);
        if (!found) return "the NVIDIA driver lacks a function";
        if (int code = init(0)) return "cuInit failed: " + text(code);
        int count = 0;
        if (device_count(&count) != 0 || count == 0) return "the NVIDIA driver sees no GPU";
        return "";
    }

    template <class F>
    static bool find(void* library, const char* name, F& to) {
        to = reinterpret_cast<F>(dlsym(library, name));
        return to != nullptr;
    }

    std::string text(int code) const {
        const char* words = nullptr;
        error_text(code, &words);
        return words ? words : "error " + std::to_string(code);
    }

    void check(int code, const char* what) const {
        if (code != 0) throw std::runtime_error(std::string(what) + " failed: " + text(code));
    }

    Handle module_here() {
        Handle context = nullptr;
        check(current(&context), "cuCtxGetCurrent");
        if (!context)
            throw std::runtime_error("No CUDA context is current; put an array on the GPU first.");
        std::lock_guard<std::mutex> lock(guard);
        Handle& loaded = modules[context];
        if (!loaded) check(load(&loaded, lava_dl_fatbin), "Loading the CUDA kernels");
        return loaded;
    }
};

Driver& driver() {
    static Driver one;
    return one;
}

}  // namespace

std::string cuda_problem() { return driver().problem; }

void cuda_run(const std::string& name, const Call& call, uint64_t stream) {
    Driver& d = driver();
    if (!d.problem.empty()) throw std::runtime_error("No CUDA: " + d.problem + ".");
    if (call.rows == 0) return;
    Handle function = nullptr;
    d.check(d.function(&function, d.module_here(), name.c_str()), "Finding the CUDA kernel");
    Call argument = call;
    void* arguments[] = {&argument};
    constexpr unsigned rows_a_block = 32;
    auto blocks = unsigned((call.rows + rows_a_block - 1) / rows_a_block);
    d.check(d.launch(function, blocks, 1, 1, rows_a_block, 1, 1, 0,
                     reinterpret_cast<Handle>(stream), arguments, nullptr),
            "Launching the CUDA kernel");
}

}  // namespace lava_dl
