// How many values the arrays of each kernel of tiles hold, as its comment says.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <vector>

#include "errors.hpp"
#include "tiles.hpp"

namespace lava_dl {

inline bool is_backward(const std::string& name) {
    const std::string end = "_backward";
    return name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

struct Sizes {
    std::vector<int64_t> inputs, outputs;
    int64_t coefficients = 0;
};

constexpr int64_t kMostValues = int64_t(1) << 48;

inline int64_t count_of(std::initializer_list<int64_t> sizes) {
    int64_t count = 1;
    for (int64_t size : sizes) {
        if (size && count > kMostValues / size) refuse("A shape has more values than any array.");
        count *= size;
    }
    return count;
}

// The shape that a plan decides about; what it has no axis for is 0 at the end.
inline std::vector<int64_t> shape_of(const Plan& plan) {
    std::vector<int64_t> shape(std::begin(plan.written), std::end(plan.written));
    while (!shape.empty() && !shape.back()) shape.pop_back();
    return shape;
}

// The counts that sizes of arrays are made of.
struct Counts {
    const Call& call;

    const ConvGeometry& geometry() const {
        if (!call.geometry.stride[0]) refuse("The geometry is missing.");
        return call.geometry;
    }
    int64_t rows(int64_t channels, const int64_t (&size)[2]) const {
        return count_of({call.rows, channels, size[0], size[1], call.steps});
    }
    int64_t images() const { return rows(call.channels, geometry().size); }
    int64_t seen() const { return rows(call.channels, geometry().windows); }
    int64_t outputs() const { return rows(call.inner, geometry().windows); }
    int64_t spread() const { return rows(call.inner, geometry().size); }
    int64_t window() const { return count_of({geometry().kernel[0], geometry().kernel[1]}); }
    int64_t weights() const { return count_of({call.inner, call.channels, window()}); }
    int64_t matrix() const { return count_of({call.inner, call.channels}); }
    int64_t lanes(int64_t size, std::initializer_list<int64_t> others) const {
        return count_of({part_count(call.inner, size), size, count_of(others)});
    }
    int64_t kernels() const { return lanes(kConvSlice, {call.channels, window()}); }
    int64_t table(int64_t columns) const {
        if (call.coefficient_rows < 1) refuse("coefficients need a row at least.");
        return count_of({call.coefficient_rows, columns});
    }
    int64_t written(Planner plan) const {
        int64_t count = 1;
        for (int64_t size : shape_of(plan(call))) count = count_of({count, size});
        return count;
    }
};

// Of a kernel on synapses alone; only some take events.
struct TileKernel {
    const char* name;
    Sizes (*sizes)(const Counts&);
    bool events = false;
};

inline int64_t rows_of(const Counts& n) { return count_of({n.call.rows, n.call.steps}); }
inline int64_t dense_outputs(const Counts& n) {
    return count_of({n.call.rows, n.call.inner, n.call.steps});
}
inline int64_t dense_weight(const Counts& n) { return n.lanes(kSlice, {n.call.channels}); }
inline int64_t dense_gradient(const Counts& n) {
    return n.lanes(kSlice, {n.call.rows, n.call.steps});
}
inline Sizes dense_gradient_by_steps(const Counts& n) {
    return {{dense_outputs(n)}, {n.matrix()}};
}
template <int64_t inputs>
Sizes value_sizes(int64_t values, int64_t coefficients) {
    return {std::vector<int64_t>(inputs, values), {values}, coefficients};
}

constexpr TileKernel kTileKernels[] = {
    {"count_events", [](const Counts& n) { return Sizes{{rows_of(n)}, {2 * n.call.rows}}; }},
    {"find_events",
     [](const Counts& n) { return Sizes{{rows_of(n)}, {n.call.events.start[n.call.rows]}}; }, true},
    {"transpose_dense_weight", [](const Counts& n) { return Sizes{{n.matrix()}, {dense_weight(n)}}; }},
    {"transpose_conv_weight",
     [](const Counts& n) { return Sizes{{n.matrix()}, {n.lanes(kConvSlice, {n.call.channels})}}; }},
    {"transpose_gradient", [](const Counts& n) { return Sizes{{dense_outputs(n)}, {dense_gradient(n)}}; }},
    {"sparse_dense", [](const Counts& n) { return Sizes{{dense_weight(n)}, {dense_outputs(n)}}; }, true},
    {"sparse_dense_by_steps",
     [](const Counts& n) { return Sizes{{dense_weight(n)}, {dense_outputs(n)}}; }, true},
    {"sparse_dense_weight_gradient",
     [](const Counts& n) { return Sizes{{dense_gradient(n)}, {n.matrix()}}; }, true},
    {"sparse_dense_weight_gradient_by_steps", dense_gradient_by_steps, true},
    {"returning_weight_gradient", dense_gradient_by_steps, true},
    {"sparse_conv", [](const Counts& n) { return Sizes{{n.kernels()}, {n.outputs()}}; }, true},
    {"sparse_conv_weight_gradient",
     [](const Counts& n) { return Sizes{{n.outputs()}, {n.written(conv_gradient_plan)}}; }, true},
    {"product", [](const Counts& n) { return Sizes{{n.images(), n.weights()}, {n.outputs()}}; }},
    {"product_adjoint", [](const Counts& n) { return Sizes{{n.seen(), n.weights()}, {n.spread()}}; }},
    {"product_weight_gradient",
     [](const Counts& n) {
         return Sizes{{n.images(), n.outputs()}, {n.written(product_gradient_plan)}};
     }},
    {"quantise", [](const Counts& n) { return value_sizes<1>(n.call.rows, 3); }},
    {"quantise_backward", [](const Counts& n) { return value_sizes<2>(n.call.rows, 3); }},
    {"piecewise", [](const Counts& n) { return value_sizes<1>(n.call.rows, n.table(4)); }},
    {"piecewise_backward", [](const Counts& n) { return value_sizes<2>(n.call.rows, n.table(2)); }},
    {"window_sum", [](const Counts& n) { return Sizes{{n.images()}, {n.seen()}, n.window()}; }},
    {"window_spread", [](const Counts& n) { return Sizes{{n.seen()}, {n.images()}, n.window()}; }},
};

// That of the name; null for those that also run neurons.
inline const TileKernel* tile_kernel(const std::string& name) {
    for (const TileKernel& each : kTileKernels)
        if (name == each.name) return &each;
    return nullptr;
}

// Of neurons in one pass with their synapses, as fused.hpp says; two parts of each at most.
inline Sizes fused_sizes(const std::string& name, const Counts& n) {
    const bool conv = name.rfind("conv_", 0) == 0, windows = name.rfind("windows_", 0) == 0;
    const int64_t outputs = n.outputs(), first = conv ? n.kernels() : windows ? n.images() : outputs;
    const int64_t second = windows ? n.window() : first, third = windows ? n.window() : 0;
    const int64_t written = conv ? n.written(conv_gradient_plan) : first;
    Sizes sizes{{first, second, third, outputs, n.call.inner, outputs}, {outputs}};
    if (is_backward(name)) sizes.outputs = {written, written, outputs, outputs};
    return sizes;
}

}  // namespace lava_dl
