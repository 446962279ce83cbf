// Synapses as runs: message j adds weights[w..w+length) to outputs [o..o+length).
//
// A dense layer has one run per input as long as its outputs, a convolution one per tap
// as long as its channels, a sparse matrix runs of one weight.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace lava_dl {

struct Run {
    int32_t output, weight;
};

struct Synapses {
    int32_t inputs = 0, outputs = 0, length = 0, delay = 0;
    std::vector<int32_t> begin;  // inputs + 1 positions in `runs`
    std::vector<Run> runs;
    std::vector<int16_t> narrow;  // the weights, in one of the two widths
    std::vector<int32_t> wide;
    int32_t largest = 0;  // magnitude of the largest weight

    // One run per input that spans all outputs, in order.
    bool is_matrix = false;
};

// The events of one time step: which inputs sent what.
struct Events {
    std::vector<int32_t> index;
    std::vector<int32_t> integer;  // values in units of 1 / unit, where all are whole
    std::vector<double> real;      // values as they are
    bool binary = true;            // all are 1
    bool whole = true;             // `integer` holds
    int64_t sum = 0;               // of the magnitudes of `integer`

    void clear() {
        index.clear();
        integer.clear();
        real.clear();
        binary = whole = true;
        sum = 0;
    }
};

}  // namespace lava_dl
