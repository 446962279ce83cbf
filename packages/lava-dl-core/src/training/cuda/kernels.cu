// The same programs on a GPU: a thread holds a row, a warp moves tiles of 32 x 32.
//
// Compiled to a fat binary that the extension embeds; names are looked up at run time.
#include "call.hpp"
#include "programs/leaky_integrator.hpp"
#include "programs/neurons.hpp"
#include "programs/shift.hpp"

namespace lava_dl {
inline namespace LAVA_DL_ABI {

constexpr int kWarp = 32;
using Tile = float[kWarp][kWarp + 1];  // the odd pitch keeps columns off one memory bank

// One row of a block of 32, with the interface the programs expect. Past the last row a
// thread repeats it: it computes and writes the same values again.
struct DeviceRows {
    int64_t first, row, channel, steps, rows;

    __device__ explicit DeviceRows(const Call& call)
        : first(int64_t(blockIdx.x) * kWarp), steps(call.steps), rows(call.rows) {
        row = row_of(threadIdx.x);
        channel = row / call.inner % call.channels;
    }
    __device__ float state(const float* from) const { return from ? from[row] : 0.0f; }
    __device__ void save(float* to, float x) const {
        if (to) to[row] = x;
    }
    __device__ float parameter(const Call& call, int which) const {
        return call.parameter[which][channel * call.parameter_stride[which]];
    }
    __device__ int64_t row_of(int i) const { return first + i < rows ? first + i : rows - 1; }

    __device__ void load(const float* from, int64_t start, Tile& tile) const {
        int64_t t = start + threadIdx.x;
        for (int i = 0; i < kWarp; ++i)
            tile[i][threadIdx.x] = from && t < steps ? from[row_of(i) * steps + t] : 0.0f;
    }
    __device__ void store(float* to, int64_t start, const Tile& tile) const {
        int64_t t = start + threadIdx.x;
        for (int i = 0; to && i < kWarp; ++i)
            if (t < steps) to[row_of(i) * steps + t] = tile[i][threadIdx.x];
    }
};

__device__ inline int tile_steps(const Call& call, int64_t start) {
    return call.steps - start < kWarp ? int(call.steps - start) : kWarp;
}

template <class P>
__device__ void forward(const Call& call) {
    __shared__ Tile in[P::inputs], out[P::outputs];
    DeviceRows rows(call);
    P program(call, rows);
    for (int64_t start = 0; start < call.steps; start += kWarp) {
        for (int i = 0; i < P::inputs; ++i) rows.load(call.input[i], start, in[i]);
        __syncwarp();
        for (int k = 0; k < tile_steps(call, start); ++k) {
            float x[P::inputs], y[P::outputs];
            for (int i = 0; i < P::inputs; ++i) x[i] = in[i][threadIdx.x][k];
            program.template step<true>(x, y);
            for (int i = 0; i < P::outputs; ++i) out[i][threadIdx.x][k] = y[i];
        }
        __syncwarp();
        for (int i = 0; i < P::outputs; ++i) rows.store(call.output[i], start, out[i]);
        __syncwarp();
    }
    program.save(rows);
}

// Where a row's traces of one step lie in the scratch [step][plane][row].
__device__ inline float* trace_at(const Call& call, const DeviceRows& rows, int64_t t, int i,
                                  int planes) {
    return static_cast<float*>(call.scratch) + (t * planes + i) * call.rows + rows.row;
}

template <class P>
__device__ void record(const Call& call, const DeviceRows& rows, Tile* in) {
    P program(call, rows);
    for (int64_t start = 0; start < call.steps; start += kWarp) {
        for (int i = 0; i < P::inputs; ++i) rows.load(call.input[i], start, in[i]);
        __syncwarp();
        for (int k = 0; k < tile_steps(call, start); ++k) {
            float x[P::inputs], y[P::outputs];
            for (int i = 0; i < P::inputs; ++i) x[i] = in[i][threadIdx.x][k];
            program.template step<true>(x, y);
            for (int i = 0; i < P::outputs; ++i)
                *trace_at(call, rows, start + k, i, P::outputs) = y[i];
        }
        __syncwarp();
    }
}

// Sums run in double over all steps; the CPU's are float tiles, equal within rounding.
template <class B>
__device__ void walk_back(const Call& call, const DeviceRows& rows, int first_grad,
                          const float* const* saved, Tile* in, Tile* out) {
    B program(call, rows);
    double total[B::decays] = {};
    for (int64_t start = (call.steps - 1) / kWarp * kWarp; start >= 0; start -= kWarp) {
        for (int i = 0; i < B::grads; ++i) rows.load(call.input[first_grad + i], start, in[i]);
        __syncwarp();
        for (int k = tile_steps(call, start) - 1; k >= 0; --k) {
            float g[B::grads], y[B::outputs], trace[B::traces], sum[B::decays] = {};
            for (int i = 0; i < B::grads; ++i) g[i] = in[i][threadIdx.x][k];
            for (int i = 0; i < B::traces; ++i)
                trace[i] = saved ? (saved[i] ? saved[i][rows.row * rows.steps + start + k] : 0.0f)
                                 : *trace_at(call, rows, start + k, i, B::traces);
            program.step(g, trace, y, sum);
            for (int i = 0; i < B::decays; ++i) total[i] += sum[i];
            for (int i = 0; i < B::outputs; ++i) out[i][threadIdx.x][k] = y[i];
        }
        __syncwarp();
        for (int i = 0; i < B::outputs; ++i) rows.store(call.output[i], start, out[i]);
        __syncwarp();
    }
    float start[B::decays] = {};
    sum_starts(program, call, rows, start);
    for (int i = 0; i < B::decays; ++i) total[i] += start[i];
    for (int i = 0; i < B::decays; ++i)
        if (call.row_gradient[i]) call.row_gradient[i][rows.row] = total[i];
}

// Backward with B, or with E for the exact gradient.
template <class P, class B, class E = B>
__device__ void backward(const Call& call) {
    constexpr int planes = P::inputs > B::grads ? P::inputs : B::grads;
    __shared__ Tile in[planes], out[B::outputs];
    DeviceRows rows(call);
    record<P>(call, rows, in);
    if (call.settings.exact_gradient) walk_back<E>(call, rows, P::inputs, nullptr, in, out);
    else walk_back<B>(call, rows, P::inputs, nullptr, in, out);
}

template <class B>
__device__ void linear_backward(const Call& call) {
    __shared__ Tile in[B::grads], out[B::outputs];
    DeviceRows rows(call);
    walk_back<B>(call, rows, 0, call.input + B::grads, in, out);
}

// Applies body(row, t) to every step of a block's rows, the warp side by side along time.
template <class Body>
__device__ void each_step(const Call& call, Body body) {
    int64_t first = int64_t(blockIdx.x) * kWarp;
    for (int64_t row = first; row < first + kWarp && row < call.rows; ++row)
        for (int64_t t = threadIdx.x; t < call.steps; t += kWarp) body(row, t);
}

// Writes input 0 delayed, or advanced where `sign` is -1.
__device__ inline void shift_rows(const Call& call, int sign) {
    each_step(call, [&](int64_t row, int64_t t) {
        const float* from = call.input[0] + row * call.steps;
        float moved = delay_step(from, call.steps, t, sign * row_delay(call, row));
        call.output[0][row * call.steps + t] = moved;
    });
}

// The delay's gradient of each row, a thread a row.
__device__ inline void sum_delay_gradients(const Call& call) {
    int64_t row = int64_t(blockIdx.x) * kWarp + threadIdx.x;
    if (row >= call.rows) return;
    int64_t at = row * call.steps;
    call.row_gradient[0][row] =
        delay_sum(call.input[1] + at, call.input[0] + at, call.steps, row_delay(call, row));
}

__device__ inline void filter_rows(const Call& call) {
    float sampling_time = float(call.settings.sampling_time);
    each_step(call, [&](int64_t row, int64_t t) {
        const float* x = call.input[0] + row * call.steps;
        call.output[0][row * call.steps + t] = fir_step(
            x, call.steps, t, call.coefficients, call.coefficient_rows, sampling_time,
            call.settings.correlates ? 1 : -1);
    });
}

}  // namespace LAVA_DL_ABI
}  // namespace lava_dl

using namespace lava_dl;

#define LAVA_DL_FORWARD(name, P) \
    extern "C" __global__ void name(const Call call) { forward<P<Exact>>(call); }
#define LAVA_DL_BACKWARD(name, P, ...) \
    extern "C" __global__ void name(const Call call) { backward<P<Exact>, __VA_ARGS__>(call); }
#define LAVA_DL_LINEAR(name, B) \
    extern "C" __global__ void name(const Call call) { linear_backward<B<float>>(call); }

#define LAVA_DL_ENCODER(name, P, B)   \
    LAVA_DL_FORWARD(name, P)          \
    LAVA_DL_BACKWARD(name##_backward, P, B<float>)
#define LAVA_DL_NEURON(name, P, B, E) \
    LAVA_DL_FORWARD(name, P)          \
    LAVA_DL_BACKWARD(name##_backward, P, B<float>, E<float>)

LAVA_DL_FORWARD(leaky_integrator, LeakyIntegrator)
LAVA_DL_LINEAR(leaky_integrator_backward, LeakyIntegratorBackward)
LAVA_DL_FORWARD(resonator, Resonator)
LAVA_DL_LINEAR(resonator_backward, ResonatorBackward)
LAVA_DL_FORWARD(sigma, Sigma)
LAVA_DL_LINEAR(sigma_backward, SigmaBackward)
LAVA_DL_ENCODERS(LAVA_DL_ENCODER)
LAVA_DL_SPIKING_NEURONS(LAVA_DL_NEURON)
LAVA_DL_FORWARD(adaptive_threshold, AdaptiveThreshold)
LAVA_DL_FORWARD(adaptive_phase_threshold, AdaptivePhaseThreshold)
LAVA_DL_FORWARD(adaptive_resonator, AdaptiveResonator)

extern "C" __global__ void delay(const Call call) { shift_rows(call, 1); }
extern "C" __global__ void delay_backward(const Call call) {
    if (call.output[0]) shift_rows(call, -1);
    if (call.row_gradient[0]) sum_delay_gradients(call);
}
extern "C" __global__ void fir(const Call call) { filter_rows(call); }
