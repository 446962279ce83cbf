// Loads the embedded fat binary with libcuda, opened by name so that none is linked.
#include "driver.hpp"

#include "grid.hpp"

#include <dlfcn.h>

#include <map>
#include <mutex>
#include <stdexcept>

// The fat binary nvcc made, as bytes of this object.
asm(".section .nv_fatbin, \"a\"\n"  // where cuobjdump looks for it
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

// A device's primary context, which PyTorch uses too, and what is loaded into it.
struct Device {
    Handle context = nullptr, module = nullptr;
    int shared = 0;  // bytes of shared memory that a block may have
    struct Function {
        Handle handle = nullptr;
        int room = 0;  // of them that its own arrays leave
    };
    std::map<std::string, Function> functions;
};

// Those of libcuda by their names here, with what they take.
#define LAVA_DL_DRIVER_FUNCTIONS(FUNCTION)                                             \
    FUNCTION(init, "cuInit", unsigned)                                                 \
    FUNCTION(device_count, "cuDeviceGetCount", int*)                                   \
    FUNCTION(device, "cuDeviceGet", int*, int)                                         \
    FUNCTION(version, "cuDriverGetVersion", int*)                                      \
    FUNCTION(name, "cuDeviceGetName", char*, int, int)                                 \
    FUNCTION(property, "cuDeviceGetAttribute", int*, int, int)                         \
    FUNCTION(retain, "cuDevicePrimaryCtxRetain", Handle*, int)                         \
    FUNCTION(push, "cuCtxPushCurrent_v2", Handle)                                      \
    FUNCTION(pop, "cuCtxPopCurrent_v2", Handle*)                                       \
    FUNCTION(attribute, "cuPointerGetAttribute", void*, int, unsigned long long)       \
    FUNCTION(load, "cuModuleLoadData", Handle*, const void*)                           \
    FUNCTION(function, "cuModuleGetFunction", Handle*, Handle, const char*)            \
    FUNCTION(get_of, "cuFuncGetAttribute", int*, int, Handle)                          \
    FUNCTION(set_of, "cuFuncSetAttribute", Handle, int, int)                           \
    FUNCTION(launch, "cuLaunchKernel", Handle, unsigned, unsigned, unsigned, unsigned, \
             unsigned, unsigned, unsigned, Handle, void**, void**)                     \
    FUNCTION(error_text, "cuGetErrorString", int, const char**)

struct Driver {
#define LAVA_DL_DECLARE(name, symbol, ...) int (*name)(__VA_ARGS__) = nullptr;
    LAVA_DL_DRIVER_FUNCTIONS(LAVA_DL_DECLARE)
#undef LAVA_DL_DECLARE
    std::string problem;
    std::mutex guard;
    std::map<int, Device> devices;  // by ordinal; an entry's address stays

    Driver() { problem = open(); }

    std::string open() {
        void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
        if (!library) return "no NVIDIA driver (libcuda.so.1) on this machine";
        bool found = true;
#define LAVA_DL_FIND(name, symbol, ...) found &= find(library, symbol, name);
        LAVA_DL_DRIVER_FUNCTIONS(LAVA_DL_FIND)
#undef LAVA_DL_FIND
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

    Card card(int ordinal) const {
        constexpr int kMajor = 75, kMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_...
        char text[256] = {};
        int handle = 0;
        Card found{};
        check(device(&handle, ordinal), "cuDeviceGet");
        check(name(text, sizeof text - 1, handle), "cuDeviceGetName");
        check(property(&found.major, kMajor, handle), "cuDeviceGetAttribute");
        check(property(&found.minor, kMinor, handle), "cuDeviceGetAttribute");
        found.name = text;
        return found;
    }

    // The device whose memory holds this address.
    Device& device_of(const void* address) {
        constexpr int kDeviceOrdinal = 9;  // CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL
        int ordinal = 0;
        auto pointer = reinterpret_cast<unsigned long long>(address);
        check(attribute(&ordinal, kDeviceOrdinal, pointer), "Finding the device of an array");
        std::lock_guard<std::mutex> lock(guard);
        Device& one = devices[ordinal];
        if (!one.context) {
            constexpr int kMostShared = 97;  // ..._ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
            int handle = 0;
            check(device(&handle, ordinal), "cuDeviceGet");
            check(property(&one.shared, kMostShared, handle), "cuDeviceGetAttribute");
            check(retain(&one.context, handle), "Retaining the device's context");
        }
        return one;
    }

    // A kernel of the device, whose context is current.
    Device::Function& kernel(Device& on, const std::string& name) {
        std::lock_guard<std::mutex> lock(guard);
        if (!on.module) check(load(&on.module, lava_dl_fatbin), "Loading the CUDA kernels");
        Device::Function& found = on.functions[name];
        if (!found.handle)
            check(function(&found.handle, on.module, name.c_str()), "Finding the CUDA kernel");
        return found;
    }
    // The bytes of shared memory that a launch of it may ask for.
    int room(Device& on, Device::Function& kernel) {
        constexpr int kOwnBytes = 1, kMostBytes = 8;  // CU_FUNC_ATTRIBUTE_..._SHARED_SIZE_BYTES
        std::lock_guard<std::mutex> lock(guard);
        if (kernel.room) return kernel.room;
        int own = 0;
        check(get_of(&own, kOwnBytes, kernel.handle), "Reading a kernel's shared memory");
        check(set_of(kernel.handle, kMostBytes, on.shared - own), "Giving a kernel shared memory");
        return kernel.room = on.shared - own;
    }
};

Driver& driver() {
    static Driver one;
    return one;
}

// Makes a context current as long as it lives: the threads of autograd have none.
struct Current {
    Driver& driver;
    Current(Driver& d, Handle context) : driver(d) {
        driver.check(driver.push(context), "Making the device's context current");
    }
    ~Current() {
        Handle popped = nullptr;
        driver.pop(&popped);
    }
};

const void* any_array(const Call& call) {
    for (const float* each : call.input)
        if (each) return each;
    for (float* each : call.output)
        if (each) return each;
    throw std::invalid_argument("The kernel has neither an input nor an output.");
}

void launch(Driver& d, Device& device, const std::string& name, const Call& call, Grid grid,
            uint64_t stream) {
    Call argument = call;
    Device::Function& kernel = d.kernel(device, name);
    if (grid.holds_weights) argument.held_rows = rows_that_fit(call, d.room(device, kernel));
    const int64_t bytes = argument.held_rows * call.channels * int64_t(sizeof(float));
    void* arguments[] = {&argument};
    d.check(d.launch(kernel.handle, unsigned(grid.blocks), 1, 1, grid.threads, 1, 1,
                     unsigned(bytes), reinterpret_cast<Handle>(stream), arguments, nullptr),
            "Launching the CUDA kernel");
}

}  // namespace

std::string cuda_problem() { return driver().problem; }

std::vector<Card> cuda_cards() {
    Driver& d = driver();
    std::vector<Card> cards;
    int count = 0;
    if (d.problem.empty()) d.check(d.device_count(&count), "cuDeviceGetCount");
    for (int i = 0; i < count; ++i) cards.push_back(d.card(i));
    return cards;
}

int cuda_driver_version() {
    int version = 0;
    if (driver().version) driver().version(&version);
    return version;
}

std::string cuda_architectures() { return LAVA_DL_CUDA_ARCHITECTURES; }

void cuda_run(const std::string& name, const Call& call, uint64_t stream) {
    Driver& d = driver();
    if (!d.problem.empty()) throw std::runtime_error("No CUDA: " + d.problem + ".");
    if (call.rows == 0) return;
    Device& device = d.device_of(any_array(call));
    Current current(d, device.context);
    launch(d, device, name, call, grid_of(call), stream);
    if (int64_t blocks = gradient_blocks(call))
        launch(d, device, "sum_gradients", call, {blocks, kThreads}, stream);
}

}  // namespace lava_dl
