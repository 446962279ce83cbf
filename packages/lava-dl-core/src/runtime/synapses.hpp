// Synapses as runs: message j adds weights[w..w+length) to outputs [o..o+length).
//
// A dense layer has one run per input as long as its outputs, a convolution one per tap
// as long as its channels, a sparse matrix runs of one weight. Convolutions add up in a
// padded row, where a run takes whole vectors: its weights end with zeros.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace lava_dl {

struct Run {
    int32_t output, weight;  // counted in runs
};

// From run to run where vectors of eight or sixteen lanes shall hold one.
inline int32_t padded_length(int32_t length) {
    if (length < 4) return length;
    return length <= 8 ? 8 : (length + 15) / 16 * 16;
}

struct Synapses {
    int32_t inputs = 0, outputs = 0, length = 0, delay = 0;
    int32_t stride = 0;          // from run to run, of weights and of the padded row
    std::vector<int32_t> begin;  // inputs + 1 positions in `runs`
    std::vector<Run> runs;
    std::vector<int16_t> narrow;  // the weights, in one of the two widths
    std::vector<int32_t> wide;
    int32_t largest = 0;  // magnitude of the largest weight

    // So many inputs in a row, the channels of a pixel, have runs to the same outputs, and
    // each the weights next to those of the one before.
    int32_t together = 1;

    // One run per input that spans all outputs, in order.
    bool is_matrix = false;

    bool is_padded() const { return stride != length; }
    int64_t padded_outputs() const { return int64_t(outputs) / length * stride; }
};

// The events of one time step: which inputs sent what.
struct Events {
    std::vector<int32_t> index;    // of which the first `count` hold
    std::vector<int32_t> integer;  // values in units of 1 / unit, where all are whole
    std::vector<float> real;       // values as they are
    int32_t count = 0;
    bool binary = true;            // all are 1; then the values may not be written yet
    bool written = false;
    bool whole = true;             // `integer` holds
    bool sixteen = true;           // and each of it within 16 bits
    double sum = 0;                // of the magnitudes of `integer`

    // No event yet, and room for those of a row, also where some come in parts; whole
    // vectors are written.
    void start(int32_t width) {
        const size_t room = 2 * size_t(width) + 16;
        if (index.size() < room) {
            index.resize(room);
            integer.resize(room);
            real.resize(room);
        }
        count = 0;
        binary = whole = sixteen = true;
        written = false;
        sum = 0;
    }
};

}  // namespace lava_dl
