#include "tiles_binding.hpp"

#include <optional>
#include <tuple>

#include "sizes.hpp"
#include "tensors.hpp"
#include "tiles.hpp"

namespace lava_dl {

namespace {

using Integers = py::array_t<int64_t, py::array::c_style>;
using Steps = py::array_t<int32_t, py::array::c_style>;
using Lists = std::tuple<Integers, Steps, std::optional<Array>>;  // of events
using Pair = std::array<int64_t, 2>;
using Geometry = const ConvGeometry*;
using Optionals = std::vector<std::optional<Array>>;

ConvGeometry make_geometry(Pair size, Pair windows, Pair kernel, Pair stride, Pair padding,
                           Pair dilation) {
    const auto check = [](const char* name, const Pair& pair) {
        if (std::min(pair[0], pair[1]) < 1)
            refuse(std::string(name) + " is " + text_of({pair[0], pair[1]}) + ", needs 1 or more.");
    };
    check("windows", windows);
    check("kernel", kernel);
    check("stride", stride);
    check("dilation", dilation);
    for (const Pair& pair : {size, windows, kernel, stride, padding, dilation})
        for (int64_t each : pair)  // image and padding may be 0
            if (each < 0 || each > INT32_MAX)
                refuse("A geometry has a size of " + std::to_string(each) + ".");
    return {{size[0], size[1]},     {windows[0], windows[1]}, {kernel[0], kernel[1]},
            {stride[0], stride[1]}, {padding[0], padding[1]}, {dilation[0], dilation[1]}};
}

// A kernel of tiles; the shape is (N, inputs, outputs, T).
const Entry& find_tiles(const std::string& name, const std::string& simd) {
    const Entry& kernel = find_kernel(name, simd);
    if (kernel.work != Work::tiles) refuse("'" + name + "' has no tiles.");
    return kernel;
}

Call tile_call(const FourSizes& shape, Geometry geometry) {
    Call call = make_call(shape, Settings());
    call.rows = shape[0];
    if (geometry) call.geometry = *geometry;
    return call;
}

// Events of each input; where those are only listed now, steps and values are written.
void fill_events(Call& call, const FourSizes& shape, const std::optional<Lists>& events,
                 Access access) {
    if (!events) return;
    const auto& [start, step, value] = *events;
    const int64_t* size = call.geometry.size;
    const int64_t pixels = count_of({size[0], size[1]});
    const int64_t rows = count_of({shape[0], shape[1], pixels > 0 ? pixels : 1});
    const py::object none = py::none();
    check_events(start, step, value ? py::object(*value) : none, rows, shape[3], access);
    call.events = {start.data(), step.data(), value ? value->data() : nullptr};
}

void set_coefficients(Call& call, const std::optional<Array>& table) {
    if (!table) return;
    call.coefficients = table->data();
    call.coefficient_rows = table->ndim() ? table->shape(0) : 0;
}

// Arrays of these sizes, as many as there are.
template <class Pointer>
void fill(Pointer* to, const Optionals& from, const std::vector<int64_t>& sizes, const char* role,
          Access access) {
    if (from.size() > sizes.size()) refuse(std::string("Too many of ") + role + ".");
    for (size_t i = 0; i < from.size(); ++i)
        to[i] = from[i] ? values_of<float>(*from[i], role, sizes[i], access) : nullptr;
}

void need(const void* array, const char* what) {
    if (!array) refuse(std::string(what) + " is missing.");
}

// The sizes of what a kernel of synapses alone takes, of which there are so many inputs.
Sizes checked_sizes(const std::string& name, const Call& call, size_t inputs) {
    const TileKernel* declared = tile_kernel(name);
    if (!declared) refuse("'" + name + "' has neurons.");
    if (declared->events) need(call.events.start, "events");
    Sizes sizes = declared->sizes({call});
    if (inputs != sizes.inputs.size()) refuse("'" + name + "' has other inputs.");
    return sizes;
}

// Runs a kernel of tiles; its comment says which arrays it takes.
void run_tiled(const std::string& name, const FourSizes& shape, const std::vector<Array>& inputs,
               Array output, const std::optional<Lists>& events, Geometry geometry,
               const std::optional<Array>& coefficients, const std::string& simd) {
    const Entry& kernel = find_tiles(name, simd);
    Call call = tile_call(shape, geometry);
    set_coefficients(call, coefficients);
    fill_events(call, shape, events, name == "find_events" ? Access::write : Access::read);
    const Sizes sizes = checked_sizes(name, call, inputs.size());
    fill(call.input, Optionals(inputs.begin(), inputs.end()), sizes.inputs, "inputs", Access::read);
    fill(call.output, Optionals{output}, sizes.outputs, "output", Access::write);
    if (sizes.coefficients) need(call.coefficients, "coefficients");
    if (coefficients)
        values_of<float>(*coefficients, "coefficients", sizes.coefficients, Access::read);
    py::gil_scoped_release release;
    run_tiles(kernel, call);
}

// The shape of what such a kernel writes, where its tiles decide about that.
ArrayShape tiled_shape(const std::string& name, const FourSizes& shape, Geometry geometry) {
    const Entry& kernel = find_tiles(name, "");
    if (kernel.plan == dense_plan || kernel.plan == dense_gradient_plan<false> ||
        kernel.plan == dense_gradient_plan<true>)
        refuse("'" + name + "' plans by its events.");
    return shape_of(kernel.plan(tile_call(shape, geometry)));
}

void run_without_lock(const Entry& kernel, const Call& call) {
    py::gil_scoped_release release;
    run_tiles(kernel, call);
}

// A value for each of the arrays', which are of one shape.
py::object run_values(const std::string& name, const Objects& given, const Array& coefficients,
                      const std::string& simd) {
    const Entry& kernel = find_tiles(name, simd);
    if (given.empty() || given.size() > kMaxPlanes) refuse("inputs needs one to six arrays.");
    const Arguments arguments(given[0]);
    const Objects inputs = arguments.arrays(given);
    const ArrayShape shape = shape_of(array_of<float>(inputs[0], "inputs[0]"));
    int64_t size = 1;
    for (int64_t each : shape) size *= each;
    Call call = tile_call({size, 1, 1, 1}, nullptr);
    for (size_t i = 0; i < inputs.size(); ++i)
        call.input[i] =
            data_of<float>(inputs[i], "inputs[" + std::to_string(i) + "]", shape, Access::read);
    set_coefficients(call, coefficients);
    const Sizes sizes = checked_sizes(name, call, inputs.size());
    values_of<float>(coefficients, "coefficients", sizes.coefficients, Access::read);
    Array out(shape);
    call.output[0] = out.mutable_data();
    run_without_lock(kernel, call);
    return arguments.result(out);
}

// The sizes (N, channels, T) of an array over an image of that size, or (N, C, T) of one pixel.
struct ImageSizes {
    int64_t samples, channels, steps;
    bool flat;
};
ImageSizes sizes_of(const py::object& x, const char* name, const int64_t (&size)[2]) {
    const ArrayShape shape = shape_of(array_of<float>(x, name));
    const bool flat = shape.size() == 3 && size[0] == 1 && size[1] == 1;
    if (!flat && (shape.size() != 5 || shape[2] != size[0] || shape[3] != size[1]))
        refuse(std::string(name) + " has shape " + text_of(shape) + ", needs (N, C, " +
               std::to_string(size[0]) + ", " + std::to_string(size[1]) + ", T).");
    return {shape[0], shape[1], shape.back(), flat};
}

// The shape of an array over an image of that size.
ArrayShape image_shape(const ImageSizes& sizes, int64_t channels, const int64_t (&size)[2]) {
    if (sizes.flat) return {sizes.samples, channels, sizes.steps};
    return {sizes.samples, channels, size[0], size[1], sizes.steps};
}

// The outputs of weights (Out, In, kernel height, kernel width); axes of one at the end are left
// out or too many.
int64_t outputs_of(const py::object& weight, int64_t inputs, const ConvGeometry& geometry) {
    const ArrayShape shape = shape_of(array_of<float>(weight, "weight"));
    ArrayShape wanted{shape.empty() ? 0 : shape[0], inputs, geometry.kernel[0], geometry.kernel[1]};
    const int64_t outputs = wanted[0];
    ArrayShape found = shape;
    while (found.size() < 4) found.push_back(1);
    while (found.size() > 4 && found.back() == 1) found.pop_back();
    if (found != wanted)
        refuse("weight has shape " + text_of(shape) + ", needs " + text_of(wanted) + ".");
    return outputs;
}

// From x over an image of the geometry's size to its windows, or the other way.
template <bool adjoint>
py::object run_product(const py::object& given_x, const py::object& given_weight,
                       const ConvGeometry& geometry, const std::string& simd) {
    const Entry& kernel = find_tiles(adjoint ? "product_adjoint" : "product", simd);
    const Arguments arguments(given_x);
    const py::object x = arguments.array(given_x), weight = arguments.array(given_weight);
    const auto& from = adjoint ? geometry.windows : geometry.size;
    const auto& to = adjoint ? geometry.size : geometry.windows;
    const ImageSizes sizes = sizes_of(x, "x", from);
    const int64_t outputs = outputs_of(weight, sizes.channels, geometry);
    Call call = tile_call({sizes.samples, sizes.channels, outputs, sizes.steps}, &geometry);
    call.input[0] = data_of<float>(x, "x", Access::read);
    call.input[1] = data_of<float>(weight, "weight", Access::read);
    Array out = empty(image_shape(sizes, outputs, to));
    call.output[0] = out.mutable_data();
    run_without_lock(kernel, call);
    return arguments.result(out);
}

// Adds the pieces of a weight gradient, which come in slices of outputs, in order.
void add_pieces(const Call& call, int64_t pieces, int64_t outputs, float* to) {
    const int64_t taps = tap_count(call), size = part_count(outputs, kSlice) * taps * kSlice;
    for (int64_t o = 0; o < outputs; ++o)
        for (int64_t tap = 0; tap < taps; ++tap) {
            const float* from = call.output[0] + (o / kSlice * taps + tap) * kSlice + o % kSlice;
            float sum = *from;
            for (int64_t piece = 1; piece < pieces; ++piece) sum += from[piece * size];
            to[o * taps + tap] = sum;
        }
}

// Gradient (Out, C, kernel height, kernel width) of the weights.
py::object weight_gradient(const py::object& given_x, const py::object& given_grad,
                           const ConvGeometry& geometry, const std::string& simd) {
    const Entry& kernel = find_tiles("product_weight_gradient", simd);
    const Arguments arguments(given_x);
    const py::object x = arguments.array(given_x), grad = arguments.array(given_grad);
    const ImageSizes sizes = sizes_of(x, "x", geometry.size);
    const int64_t outputs = sizes_of(grad, "grad", geometry.windows).channels;
    Call call = tile_call({sizes.samples, sizes.channels, outputs, sizes.steps}, &geometry);
    call.input[0] = data_of<float>(x, "x", Access::read);
    call.input[1] = data_of<float>(grad, "grad", image_shape(sizes, outputs, geometry.windows),
                                   Access::read);
    const ArrayShape shape = shape_of(kernel.plan(call));  // (pieces, slices, taps, 64)
    Array pieces = empty(shape);
    call.output[0] = pieces.mutable_data();
    Array sums(ArrayShape{outputs, sizes.channels, geometry.kernel[0], geometry.kernel[1]});
    float* to = sums.mutable_data();
    {
        py::gil_scoped_release release;
        run_tiles(kernel, call);
        add_pieces(call, shape[0], outputs, to);
    }
    return arguments.result(sums);
}

// Neurons as many as the synapses' outputs, of windows and sums in the inputs' channels.
void check_neurons(const std::string& name, const FourSizes& shape, const FourSizes& neurons,
                   const Call& call) {
    const bool conv = name.rfind("conv_", 0) == 0;
    if (conv) need(call.events.start, "events");
    const FourSizes fits{shape[0], shape[2], product_of(call.geometry.windows), shape[3]};
    if (neurons != fits || (!conv && shape[1] != shape[2]))
        refuse("The shapes of neurons and synapses don't fit.");
}

// Arrays without which a kernel of neurons and their synapses doesn't run.
void check_fused(const std::string& name, const Call& call) {
    const bool windows = name.rfind("windows_", 0) == 0;
    need(call.input[0], "the first input");
    if (windows) need(call.input[1], "a factor");
    need(call.output[0], "the first output");
    if (!is_backward(name)) return;
    need(call.input[3], "the gradient of the spikes");
    if (call.input[windows ? 2 : 1]) need(call.output[1], "the second output");
    if (call.delay_gradient) need(call.input[5], "what was delayed");
}

// Runs tiles of synapses and their neurons. The shape is (N, inputs, outputs, T), that of
// the neurons (N, C, S, T); the kernel's comment says which arrays it takes. The result has
// no outputs, for those are given.
Result run_fused(const std::string& name, const FourSizes& shape, const FourSizes& neurons,
                 const Optionals& inputs, const Optionals& outputs, const Objects& decays,
                 const Objects& states, int last, int learned,
                 std::optional<Array> delay_gradient, const CallSettings& settings,
                 const std::optional<Lists>& events, Geometry geometry) {
    const Entry& kernel = find_tiles(name, settings.simd);
    if (tile_kernel(name)) refuse("'" + name + "' has no neurons.");
    Call rows = make_call(neurons, settings);
    std::vector<Array> factors, held;
    const ArrayShape row_shape(neurons.begin(), neurons.end() - 1);
    fill_parameters(rows, name, decays, factors);
    fill_states(rows.state, rows, states, row_shape, held);
    Result result;
    result.states = written(rows.last, last, row_shape);
    ParameterGradients gradients(rows, learned, factors);
    result.gradients = gradients.arrays;
    Call call = rows;
    call.rows = shape[0];
    call.channels = shape[1];
    call.inner = shape[2];
    float* to_delays = nullptr;
    if (delay_gradient)
        to_delays =
            values_of<float>(*delay_gradient, "delay gradient", rows.channels, Access::write);
    std::vector<double> of_delays(to_delays ? rows.rows : 0);
    if (to_delays) call.delay_gradient = of_delays.data();
    if (geometry) call.geometry = *geometry;
    fill_events(call, shape, events, Access::read);
    const Sizes sizes = fused_sizes(name, {call});
    fill(call.input, inputs, sizes.inputs, "inputs", Access::read);
    fill(call.output, outputs, sizes.outputs, "outputs", Access::write);
    check_neurons(name, shape, neurons, call);
    check_fused(name, call);
    py::gil_scoped_release release;
    run_tiles(kernel, call);
    gradients.sum(rows, divisor_of(name));
    if (to_delays) reduce(rows, of_delays, to_delays, rows.channels, 1.0f);
    return result;
}

}  // namespace

void bind_tiles(py::module_& m) {
    using namespace py::literals;
    py::class_<ConvGeometry> geometry(
        m, "ConvGeometry",
        "How windows lie over an image; each pair is (height, width).\n\n"
        "Args:\n"
        "    size: of the image.\n"
        "    windows: how many there are.\n"
        "    kernel: positions a window sees.\n"
        "    stride: from window to window.\n"
        "    padding: of zeros around the image.\n"
        "    dilation: from one position a window sees to the next.\n\n"
        "Raises:\n"
        "    ValueError: if windows, kernel, stride or dilation is below 1.");
    geometry.def(py::init(&make_geometry), "size"_a, "windows"_a, "kernel"_a, "stride"_a,
                 "padding"_a, "dilation"_a);
#define LAVA_DL_PAIR(name)                                               \
    geometry.def_property_readonly(#name, [](const ConvGeometry& self) { \
        return py::make_tuple(self.name[0], self.name[1]);               \
    });
    LAVA_DL_PAIR(size)
    LAVA_DL_PAIR(windows)
    LAVA_DL_PAIR(kernel)
    LAVA_DL_PAIR(stride)
    LAVA_DL_PAIR(padding)
    LAVA_DL_PAIR(dilation)
#undef LAVA_DL_PAIR
    m.def("run_tiles", &run_tiled, "name"_a, "shape"_a, "inputs"_a.noconvert(),
          "output"_a.noconvert(), "events"_a.noconvert(), "geometry"_a,
          "coefficients"_a.noconvert(), "simd"_a);
    m.def("run_values", &run_values, "name"_a, "inputs"_a, "coefficients"_a.noconvert(),
          "simd"_a = "");
    m.def("tiled_shape", &tiled_shape, "name"_a, "shape"_a, "geometry"_a);
    m.def("run_fused", &run_fused, "name"_a, "shape"_a, "neurons"_a, "inputs"_a.noconvert(),
          "outputs"_a.noconvert(), "decays"_a, "states"_a, "last"_a, "learned"_a,
          "delay_gradient"_a.noconvert(), "settings"_a, "events"_a.noconvert(), "geometry"_a);
    m.def("product", &run_product<false>, "x"_a, "weight"_a, "geometry"_a, py::kw_only(),
          "simd"_a = "",
          "Cross-correlation over space of every step.\n\n"
          "Args:\n"
          "    x: float32 (N, C, H, W, T), or (N, C, T) of one pixel.\n"
          "    weight: float32 (Out, C, kernel height, kernel width); axes of one at the end\n"
          "        may be missing, or one more.\n"
          "    geometry: how the windows lie.\n"
          "    simd: an instruction set to force.\n\n"
          "Returns:\n"
          "    float32 (N, Out, windows high, windows wide, T), or (N, Out, T).");
    m.def("product_adjoint", &run_product<true>, "x"_a, "weight"_a, "geometry"_a,
          py::kw_only(), "simd"_a = "",
          "The adjoint of `product` by weights (C, Out, kernel height, kernel width), axes\n"
          "swapped: from (N, Out, windows..., T) to (N, C, H, W, T).");
    m.def("product_weight_gradient", &weight_gradient, "x"_a, "grad"_a, "geometry"_a,
          py::kw_only(), "simd"_a = "",
          "Gradient (Out, C, kernel height, kernel width) of the weight of `product`.\n\n"
          "Args:\n"
          "    x: float32 (N, C, H, W, T), or (N, C, T) of one pixel.\n"
          "    grad: float32 (N, Out, windows high, windows wide, T), or (N, Out, T).\n"
          "    geometry: how the windows lie.\n"
          "    simd: an instruction set to force.");
}

}  // namespace lava_dl
