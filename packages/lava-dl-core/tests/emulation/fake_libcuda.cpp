// A driver of two devices that says what is asked of it. The device of an address is
// its bit 40; contexts, modules and kernels are numbers.
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

using Handle = uintptr_t;
thread_local std::vector<Handle> stack;

Handle current() { return stack.empty() ? 0 : stack.back(); }

}  // namespace

extern "C" {

int cuInit(unsigned) { return 0; }
int cuDeviceGetCount(int* count) { return *count = 2, 0; }
int cuDeviceGet(int* device, int ordinal) { return *device = ordinal, 0; }
int cuDriverGetVersion(int* version) { return *version = 12040, 0; }
int cuDeviceGetName(char* name, int size, int device) {
    std::snprintf(name, size, "card %d", device);
    return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int device) {
    const int of[] = {5, 7 + device, 1000};
    return *value = of[attribute == 75 ? 1 : attribute == 97 ? 2 : 0], 0;
}
int cuPointerGetAttribute(void* to, int attribute, unsigned long long pointer) {
    if (attribute != 9) return 1;
    *static_cast<int*>(to) = int(pointer >> 40 & 1);
    return 0;
}
int cuDevicePrimaryCtxRetain(Handle* context, int device) {
    std::printf("retain %d\n", device);
    return *context = Handle(100 + device), 0;
}
int cuCtxPushCurrent_v2(Handle context) { return stack.push_back(context), 0; }
int cuCtxPopCurrent_v2(Handle* context) {
    if (stack.empty()) return 201;
    *context = stack.back();
    stack.pop_back();
    std::printf("%d contexts left\n", int(stack.size()));
    return 0;
}
int cuModuleLoadData(Handle* module, const void*) {
    std::printf("load in %d\n", int(current()));
    return current() ? (*module = current() + 100, 0) : 201;
}
int cuModuleGetFunction(Handle* function, Handle module, const char*) {
    return *function = module + 100, 0;
}
int cuFuncGetAttribute(int* value, int attribute, Handle) {
    return *value = attribute == 1 ? 100 : 0, 0;
}
int cuFuncSetAttribute(Handle function, int attribute, int value) {
    std::printf("attribute %d of %d is %d\n", attribute, int(function), value);
    return 0;
}
int cuLaunchKernel(Handle function, unsigned blocks, unsigned, unsigned, unsigned threads,
                   unsigned, unsigned, unsigned shared, Handle stream, void**, void**) {
    std::printf("launch %d in %d on %d\n", int(function), int(current()), int(stream));
    std::printf("%u blocks of %u threads and %u bytes\n", blocks, threads, shared);
    return current() && function == current() + 200 ? 0 : 201;
}
int cuGetErrorString(int, const char** text) { return *text = "refused", 0; }
}
