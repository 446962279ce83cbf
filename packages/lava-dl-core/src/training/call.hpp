// One kernel call as plain data: what CPU loops and CUDA kernels get alike.
#pragma once

#include <cstdint>

#include "settings.hpp"

namespace lava_dl {

constexpr int kMaxPlanes = 6;
constexpr int kMaxParameters = 4;
constexpr int kTile = 16;  // steps; the unit of gradient sums, so the same for all levels

// The windows of a convolution over an image; each pair is (height, width).
struct ConvGeometry {
    int64_t size[2], windows[2], kernel[2], stride[2], padding[2], dilation[2];
};

// The non-zero values of rows: row r has those of [start[r], start[r + 1]).
struct Events {
    const int64_t* start;
    const int32_t* step;
    const float* value;  // null where all are 1
};

// Arrays are [N, C, S, T] with rows = N C S and row r belonging to channel r / inner % C.
// Absent inputs read as zero, absent outputs are not written.
struct Call {
    int64_t rows, channels, inner, steps;
    int64_t lanes;                     // where arrays are [T, lanes], a row in each; else 0
    int64_t row_stride = 1;                 // distance of two rows' values in [rows]
    const float* input[kMaxPlanes];
    float* output[kMaxPlanes];
    const float* parameter[kMaxParameters];
    int64_t parameter_stride[kMaxParameters];  // 0 where one value serves all channels
    const float* state[kMaxPlanes];    // [rows]
    float* last[kMaxPlanes];           // [rows]
    const float* later[kMaxPlanes];    // [rows], what a backward pass carried in the step after
    float* earlier[kMaxPlanes];        // [rows], what it carries to the step before
    double* row_gradient[kMaxParameters];  // [rows], of each decay, or null; see `partial_sums`
    float* gradient[kMaxParameters];       // of each parameter, on a GPU
    float gradient_factor;                 // of what is added up there
    float rule[3];                         // step, low, high of a GPU's quantised weights
    bool by_samples;                       // a GPU's blocks hold a sample each, not rows
    bool by_steps;                         // its threads hold steps of a row each
    int held_rows;                         // rows of weights that they hold in shared memory
    const float* returning_delays;     // [channels], steps beyond the one of what returns, or null
    double* delay_gradient;            // [rows], of delays inside driven kernels, or null
    Settings settings;
    const float* coefficients;                 // of a filter, or the rows of a table
    int64_t coefficient_rows;
    ConvGeometry geometry;
    Events events;
    void* scratch;                     // of a thread, on a CPU
};

// What a kernel's range counts: rows, samples (recurrent ones) or tiles (sparse ones).
enum class Work { rows, samples, tiles };

struct Plan;
using Kernel = void (*)(const Call&, int64_t first, int64_t last);
using Planner = Plan (*)(const Call&);

struct Entry {
    const char* name;
    int lanes;           // rows a block holds
    int scratch_planes;  // floats of scratch per lane and step
    Kernel run;
    Work work = Work::rows;
    Planner plan = nullptr;  // of a kernel of tiles
};

}  // namespace lava_dl
