// Launches kernels from several threads on two devices, through a driver found by name.
#include <cstdio>
#include <thread>

#include "cuda/driver.hpp"

namespace {

void launch(uintptr_t address) {
    lava_dl::Call call{};
    call.rows = 1;
    call.input[1] = reinterpret_cast<const float*>(address);  // an absent input before it
    lava_dl::cuda_run("cuba", call, address >> 40 ? 7 : 5);
}

// Three samples of 40 neurons.
void launch_recurrent(uintptr_t address, int64_t steps) {
    lava_dl::Call call{};
    call.rows = 120;
    call.channels = 40;
    call.steps = steps;
    call.coefficient_rows = 1600;
    call.by_samples = true;
    call.input[0] = reinterpret_cast<const float*>(address);
    lava_dl::cuda_run("recurrent_cuba", call, 0);
}

}  // namespace

int main() {
    constexpr uintptr_t first = 64, second = (uintptr_t(1) << 40) + 64;
    for (uintptr_t address : {first, second, first, second}) {
        std::thread worker(launch, address);  // as autograd's threads, without a context
        worker.join();
    }
    launch(second);
    launch_recurrent(first, 20);
    launch_recurrent(first, 2);
    std::puts(lava_dl::cuda_problem().c_str());
    std::printf("driver %d\n", lava_dl::cuda_driver_version());
    for (const auto& card : lava_dl::cuda_cards())
        std::printf("%s has %d.%d\n", card.name.c_str(), card.major, card.minor);
}
