// A plugin's own loop over the CUBA step: prints the voltage of each step.
#include <lava_dl/adrf.hpp>
#include <lava_dl/alif.hpp>
#include <lava_dl/cuba.hpp>
#include <lava_dl/delay.hpp>
#include <lava_dl/fir.hpp>
#include <lava_dl/rf.hpp>
#include <lava_dl/sigma_delta.hpp>
#include <lava_dl/surrogate.hpp>

#include <cstdio>

int main() {
    lava_dl::Scale scale{4096.0f};
    lava_dl::CubaState<int64_t> state{0, 0};
    lava_dl::CubaRule<int64_t> rule{4096 - 1229, 4096 - 410, lava_dl::integer_level(4096.01f)};
    for (int t = 0; t < 20; ++t) {
        int64_t voltage = lava_dl::cuba_step(state, rule, scale.integer(0.25f), scale);
        std::printf("%lld\n", static_cast<long long>(voltage));
    }
}
