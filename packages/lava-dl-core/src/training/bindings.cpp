// Python bindings of the training kernels: arrays in, plain data out.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstring>
#include <optional>
#include <tuple>

#include "arrays.hpp"
#include "cuda/driver.hpp"
#include "cuda/grid.hpp"
#include "engine.hpp"
#include "instruction_sets.hpp"
#include "lava_dl/fixed_point.hpp"
#include "lava_dl/neurons.hpp"
#include "lava_dl/surrogate.hpp"
#include "memory.hpp"
#include "sizes.hpp"
#include "threads.hpp"
#include "tiles.hpp"

namespace py = pybind11;
using namespace lava_dl;
using Array = py::array_t<float, py::array::c_style>;
using Arrays = std::vector<std::optional<Array>>;

namespace {

// The data of an array that must hold `size` floats, or null for None.
float* data(const std::optional<Array>& array, int64_t size, const char* role, Access access) {
    return array ? values_of<float>(*array, role, size, access) : nullptr;
}

template <class Pointer>
void fill(Pointer* to, const Arrays& from, int most, int64_t size, const char* role, Access access) {
    if (int(from.size()) > most) refuse(std::string("Too many of ") + role + ".");
    for (size_t i = 0; i < from.size(); ++i) to[i] = data(from[i], size, role, access);
}

// States before and after, of each row.
void fill_rows(Call& call, const Arrays& states, const Arrays& last) {
    fill(call.state, states, kMaxPlanes, call.rows, "states", Access::read);
    fill(call.last, last, kMaxPlanes, call.rows, "last states", Access::write);
}

void fill_decays(Call& call, const std::vector<Array>& decays) {
    if (int(decays.size()) > kMaxParameters) refuse("Too many of decays.");
    for (size_t i = 0; i < decays.size(); ++i) {
        bool shared = decays[i].size() == 1;
        if (!shared && decays[i].size() != call.channels) refuse("decays need 1 or C values.");
        call.parameter[i] = decays[i].data();
        call.parameter_stride[i] = shared ? 0 : 1;
    }
}

// Sums each row's gradient to its channel, or all to one value, in row order.
void reduce(const Call& call, const std::vector<double>& rows, float* to, int64_t size) {
    std::vector<double> sums(size, 0.0);
    for (int64_t r = 0; r < call.rows;) {
        double& sum = sums[size == 1 ? 0 : r / call.inner % call.channels];
        for (int64_t end = r + call.inner; r < end; ++r) sum += rows[r];
    }
    for (int64_t i = 0; i < size; ++i) to[i] = float(sums[i]);
}

// Each row's gradients of the decays, which add up to those of the channels.
struct RowGradients {
    std::vector<std::vector<double>> of_rows = std::vector<std::vector<double>>(kMaxParameters);

    RowGradients(Call& call, const Arrays& sums) {
        if (sums.size() > of_rows.size()) refuse("Too many of decay gradients.");
        for (size_t i = 0; i < sums.size(); ++i)
            if (sums[i]) {
                data(sums[i], sums[i]->size() == 1 ? 1 : call.channels, "decay gradient",
                     Access::write);
                of_rows[i].resize(call.rows);
                call.row_gradient[i] = of_rows[i].data();
            }
    }
    void reduce(const Call& call, const Arrays& to) const {
        for (size_t i = 0; i < to.size(); ++i)
            if (to[i])
                ::reduce(call, of_rows[i], const_cast<float*>(to[i]->data()), to[i]->size());
    }
};

void check_shape(const std::array<int64_t, 4>& shape) {
    for (int64_t size : shape)
        if (size < 0) refuse("A shape has no negative sizes.");
}

Call make_call(const std::array<int64_t, 4>& shape, const Settings& settings) {
    Call call{};
    check_shape(shape);
    call.rows = shape[0] * shape[1] * shape[2];
    call.channels = shape[1];
    call.inner = shape[2];
    call.steps = shape[3];
    call.settings = settings;
    return call;
}

// The taps of a filter, or rows of a table.
void set_coefficients(Call& call, const std::optional<Array>& rows) {
    if (!rows) return;
    call.coefficients = rows->data();
    call.coefficient_rows = rows->ndim() ? rows->shape(0) : 0;
}

void run_arrays(const std::string& name, const std::array<int64_t, 4>& shape, const Arrays& inputs,
         const Arrays& outputs, const std::vector<Array>& decays, const Arrays& states,
         const Arrays& last, const Arrays& decay_gradients, const Settings& settings,
         const std::optional<Array>& taps, const std::string& simd) {
    const Entry& kernel = find_kernel(name, simd);
    Call call = make_call(shape, settings);
    if (kernel.work == Work::tiles) refuse("'" + name + "' has tiles.");
    const int64_t values = call.rows * call.steps;
    fill(call.input, inputs, kMaxPlanes, values, "inputs", Access::read);
    fill(call.output, outputs, kMaxPlanes, values, "outputs", Access::write);
    fill_rows(call, states, last);
    fill_decays(call, decays);
    set_coefficients(call, taps);
    RowGradients sums(call, decay_gradients);
    py::gil_scoped_release release;
    run(kernel, call);
    sums.reduce(call, decay_gradients);
}

using Integers = py::array_t<int64_t, py::array::c_style>;
using Steps = py::array_t<int32_t, py::array::c_style>;
using Lists = std::tuple<Integers, Steps, std::optional<Array>>;  // of events

using Pairs = std::vector<std::array<int64_t, 2>>;  // the six of a geometry, or none

void fill_geometry(ConvGeometry& geometry, const Pairs& pairs) {
    if (pairs.empty()) return;
    if (pairs.size() * 2 * sizeof(int64_t) != sizeof geometry) refuse("A geometry has six pairs.");
    for (size_t i = 0; i < pairs.size(); ++i)
        for (int64_t size : pairs[i])
            if (size < (i == 0 || i == 4 ? 0 : 1) || size > INT32_MAX)  // image and padding may be 0
                refuse("A geometry has a size of " + std::to_string(size) + ".");
    std::memcpy(&geometry, pairs.data(), sizeof geometry);
}

// Events of each input; where those are only listed now, steps and values are written.
void fill_events(Call& call, const std::array<int64_t, 4>& shape, const std::optional<Lists>& events,
                 Access access) {
    if (!events) return;
    const auto& [start, step, value] = *events;
    const int64_t* size = call.geometry.size;
    const int64_t rows = shape[0] * shape[1] * (size[0] * size[1] > 0 ? size[0] * size[1] : 1);
    const py::object none = py::none();
    check_events(start, step, value ? py::object(*value) : none, rows, shape[3], access);
    call.events = {start.data(), step.data(), value ? value->data() : nullptr};
}

// A kernel of tiles; the shape is (N, inputs, outputs, T).
const Entry& find_tiles(const std::string& name, const std::string& simd) {
    const Entry& kernel = find_kernel(name, simd);
    if (kernel.work != Work::tiles) refuse("'" + name + "' has no tiles.");
    return kernel;
}

Call tile_call(const std::array<int64_t, 4>& shape, const Pairs& geometry) {
    Call call{};
    check_shape(shape);
    call.rows = shape[0];
    call.channels = shape[1];
    call.inner = shape[2];
    call.steps = shape[3];
    fill_geometry(call.geometry, geometry);
    return call;
}

// Arrays of these sizes, as many as there are.
template <class Pointer, class Some>
void fill(Pointer* to, const std::vector<Some>& from, const std::vector<int64_t>& sizes,
          const char* role, Access access) {
    if (from.size() > sizes.size()) refuse(std::string("Too many of ") + role + ".");
    for (size_t i = 0; i < from.size(); ++i) to[i] = data(from[i], sizes[i], role, access);
}

void need(const void* array, const char* what) {
    if (!array) refuse(std::string(what) + " is missing.");
}

// Runs a kernel of tiles; its comment says which arrays it takes.
void run_tiled(const std::string& name, const std::array<int64_t, 4>& shape,
               const std::vector<Array>& inputs, Array output,
               const std::optional<Lists>& events, const Pairs& geometry,
               const std::optional<Array>& taps, const std::string& simd) {
    const Entry& kernel = find_tiles(name, simd);
    Call call = tile_call(shape, geometry);
    set_coefficients(call, taps);
    fill_events(call, shape, events, name == "find_events" ? Access::write : Access::read);
    const TileKernel* declared = tile_kernel(name);
    if (!declared) refuse("'" + name + "' has neurons.");
    if (declared->events) need(call.events.start, "events");
    const Sizes sizes = declared->sizes({call});
    if (inputs.size() != sizes.inputs.size()) refuse("'" + name + "' has other inputs.");
    fill(call.input, Arrays(inputs.begin(), inputs.end()), sizes.inputs, "inputs", Access::read);
    fill(call.output, Arrays{output}, sizes.outputs, "output", Access::write);
    if (sizes.coefficients) need(call.coefficients, "coefficients");
    data(taps, sizes.coefficients, "coefficients", Access::read);
    py::gil_scoped_release release;
    run_tiles(kernel, call);
}

// The shape of what such a kernel writes, where its tiles decide about that.
std::vector<int64_t> tiled_shape(const std::string& name, const std::array<int64_t, 4>& shape,
                                 const Pairs& geometry) {
    const Entry& kernel = find_tiles(name, "");
    if (kernel.plan == dense_plan || kernel.plan == dense_gradient_plan)
        refuse("'" + name + "' plans by its events.");
    return shape_of(kernel.plan(tile_call(shape, geometry)));
}

// Neurons as many as the synapses' outputs, of windows and sums in the inputs' channels.
void check_neurons(const std::string& name, const std::array<int64_t, 4>& shape,
                   const std::array<int64_t, 4>& neurons, const Call& call) {
    const bool conv = name.rfind("conv_", 0) == 0;
    if (conv) need(call.events.start, "events");
    const std::array<int64_t, 4> fits{shape[0], shape[2], product_of(call.geometry.windows), shape[3]};
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
// the neurons (N, C, S, T); the kernel's comment says which arrays it takes.
void run_fused(const std::string& name, const std::array<int64_t, 4>& shape,
               const std::array<int64_t, 4>& neurons,
                const Arrays& inputs, const Arrays& outputs, const std::vector<Array>& decays,
                const Arrays& states, const Arrays& last, const Arrays& decay_gradients,
                std::optional<Array> delay_gradient, const Settings& settings,
                const std::optional<Lists>& events, const Pairs& geometry,
                const std::string& simd) {
    const Entry& kernel = find_tiles(name, simd);
    if (tile_kernel(name)) refuse("'" + name + "' has no neurons.");
    Call call = make_call(neurons, settings), rows = call;
    fill_rows(call, states, last);
    fill_decays(call, decays);
    RowGradients sums(call, decay_gradients);
    call.rows = shape[0];
    call.channels = shape[1];
    call.inner = shape[2];
    data(delay_gradient, rows.channels, "delay gradient", Access::write);
    std::vector<double> of_delays(delay_gradient ? rows.rows : 0);
    if (delay_gradient) call.delay_gradient = of_delays.data();
    fill_geometry(call.geometry, geometry);
    fill_events(call, shape, events, Access::read);
    const Sizes sizes = fused_sizes(name, {call});
    fill(call.input, inputs, sizes.inputs, "inputs", Access::read);
    fill(call.output, outputs, sizes.outputs, "outputs", Access::write);
    check_neurons(name, shape, neurons, call);
    check_fused(name, call);
    py::gil_scoped_release release;
    run_tiles(kernel, call);
    sums.reduce(rows, decay_gradients);
    if (delay_gradient)
        reduce(rows, of_delays, const_cast<float*>(delay_gradient->data()), rows.channels);
}

using Addresses = std::vector<uint64_t>;

template <class Pointer>
void place(Pointer* to, const Addresses& from, size_t most) {
    if (from.size() > most) refuse("Too many arrays.");
    for (size_t i = 0; i < from.size(); ++i) to[i] = reinterpret_cast<Pointer>(from[i]);
}

// Where the partial sums of each parameter that learns stand, one after the other.
void place_sums(Call& call, uint64_t room, size_t learned) {
    auto* at = reinterpret_cast<double*>(room);
    for (size_t i = 0; i < learned; ++i) {
        call.row_gradient[i] = at;
        at += partial_sums(call, int(i));
    }
}

// Device addresses, checked by the caller; 0 is none. Of parameters there are their values'
// counts as well, 1 or one for each channel.
void run_cuda(const std::string& name, const std::array<int64_t, 4>& shape,
              const Settings& settings, uint64_t stream, const Addresses& inputs,
              const Addresses& outputs, const Addresses& parameters,
              const std::vector<int64_t>& sizes, const Addresses& states, const Addresses& last,
              const Addresses& gradients, uint64_t sums, float gradient_factor, uint64_t taps,
              int64_t tap_count, const std::array<float, 3>& rule) {
    Call call = make_call(shape, settings);
    place(call.input, inputs, kMaxPlanes);
    place(call.output, outputs, kMaxPlanes);
    place(call.parameter, parameters, kMaxParameters);
    place(call.state, states, kMaxPlanes);
    place(call.last, last, kMaxPlanes);
    place(call.gradient, gradients, kMaxParameters);
    if (sizes.size() != parameters.size()) refuse("parameters and sizes differ.");
    for (size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] != 1 && sizes[i] != call.channels) refuse("parameters need 1 or C values.");
        call.parameter_stride[i] = sizes[i] == 1 ? 0 : 1;
    }
    place_sums(call, sums, gradients.size());
    call.gradient_factor = gradient_factor;
    call.coefficients = reinterpret_cast<const float*>(taps);
    call.coefficient_rows = tap_count;
    std::copy(rule.begin(), rule.end(), call.rule);
    py::gil_scoped_release release;
    cuda_run(name, call, stream);
}

// An array that is not cleared, in memory that outlives it where such is kept.
Array empty(const std::vector<py::ssize_t>& shape) {
    size_t bytes = sizeof(float);
    for (py::ssize_t size : shape) bytes *= size_t(size);
    void* memory = bytes ? take_memory(bytes) : nullptr;
    if (!memory) return Array(shape);
    struct Held {
        void* memory;
        size_t bytes;
    };
    py::capsule owner(new Held{memory, bytes}, [](void* given) {
        auto* held = static_cast<Held*>(given);
        give_memory(held->memory, held->bytes);
        delete held;
    });
    return Array(shape, static_cast<const float*>(memory), owner);
}

// Settings from keywords, each checked to be one.
Settings make_settings(const py::kwargs& named) {
    Settings settings;
    for (const auto& [key, value] : named) {
        const auto name = key.cast<std::string>();
        bool known = false;
        each_setting([&, given = value](const char* field, auto member, const char*) {
            if (name != field) return;
            settings.*member = given.template cast<std::decay_t<decltype(settings.*member)>>();
            known = true;
        });
        if (!known) throw py::type_error("There is no setting '" + name + "'.");
    }
    return settings;
}

const Neuron& find_neuron(const std::string& name) {
    for (const auto& each : kNeurons)
        if (name == each.name) return each;
    refuse("There is no neuron '" + name + "'.");
}

// The levels a neuron is declared to have, by their settings' names.
py::dict neuron_levels(const std::string& name, double threshold, double step, double scale) {
    const Neuron& neuron = find_neuron(name);
    Settings settings;
    settings.scale = scale;
    set_levels(settings, neuron, threshold, step);
    py::dict result;
    each_setting([&](const char* field, auto member, const char*) {
        for (int i = 0; i < neuron.levels.count(); ++i)
            if (std::strcmp(neuron.levels.term[i].name, field) == 0)
                result[field] = settings.*member;
    });
    return result;
}

// Names and meanings, in order.
py::dict dict_of(const Terms& terms) {
    py::dict result;
    for (int i = 0; i < terms.count(); ++i) result[terms.term[i].name] = terms.term[i].meaning;
    return result;
}

// The declarations of lava_dl/neurons.hpp by the neurons' names.
py::dict neurons() {
    using namespace py::literals;
    py::dict result;
    for (const auto& each : kNeurons)
        result[each.name] = py::dict(
            "meaning"_a = each.meaning, "inputs"_a = dict_of(each.inputs),
            "outputs"_a = dict_of(each.outputs), "states"_a = dict_of(each.states),
            "lava_states"_a = dict_of(each.lava_states),
            "parameters"_a = dict_of(each.parameters), "levels"_a = dict_of(each.levels),
            "spikes"_a = each.spikes);
    return result;
}

}  // namespace

PYBIND11_MODULE(_training, m) {
    using namespace py::literals;
    m.attr("version") = LAVA_DL_VERSION;
    m.def("run", &run_arrays, "name"_a, "shape"_a, "inputs"_a.noconvert(), "outputs"_a.noconvert(),
          "decays"_a, "states"_a, "last"_a.noconvert(), "decay_gradients"_a.noconvert(),
          "settings"_a, "taps"_a, "simd"_a);
    m.def("run_tiles", &run_tiled, "name"_a, "shape"_a, "inputs"_a.noconvert(),
          "output"_a.noconvert(), "events"_a.noconvert(), "geometry"_a,
          "coefficients"_a.noconvert(), "simd"_a);
    m.def("tiled_shape", &tiled_shape, "name"_a, "shape"_a, "geometry"_a);
    m.def("run_fused", &run_fused, "name"_a, "shape"_a, "neurons"_a, "inputs"_a.noconvert(), "outputs"_a.noconvert(), "decays"_a, "states"_a,
          "last"_a.noconvert(), "decay_gradients"_a.noconvert(), "delay_gradient"_a.noconvert(),
          "settings"_a, "events"_a.noconvert(), "geometry"_a, "simd"_a);
    m.def("run_cuda", &run_cuda, "name"_a, "shape"_a, "settings"_a, "stream"_a, "inputs"_a,
          "outputs"_a, "parameters"_a, "sizes"_a, "states"_a, "last"_a, "gradients"_a, "sums"_a,
          "gradient_factor"_a, "taps"_a, "tap_count"_a, "rule"_a);
    m.def("cuda_problem", &cuda_problem);
    m.def("cuda_cards", [] {
        std::vector<std::tuple<std::string, int, int>> cards;
        for (const Card& each : cuda_cards()) cards.emplace_back(each.name, each.major, each.minor);
        return cards;
    });
    m.def("cuda_driver_version", &cuda_driver_version);
    m.attr("cuda_architectures") = cuda_architectures();
    m.def("neurons", &neurons);
    m.def("neuron_levels", &neuron_levels, "neuron"_a, "threshold"_a, "threshold_step"_a,
          "scale"_a);
    py::class_<Settings> settings(m, "Settings");
    settings.def(py::init(&make_settings));
    py::dict meanings;
    each_setting([&](const char* field, auto member, const char* meaning) {
        settings.def_readonly(field, member);
        meanings[field] = meaning;
    });
    m.attr("settings") = meanings;
    py::dict shapes;
#define LAVA_DL_SHAPE(name, formula) shapes[#name] = formula;
    LAVA_DL_SURROGATES(LAVA_DL_SHAPE)
#undef LAVA_DL_SHAPE
    m.attr("surrogates") = shapes;
    m.def("kernel_names", &kernel_names);
    m.def("levels", &instruction_sets);
    m.def("default_level", [] { return chosen_instruction_set(); });
    m.def("empty", &empty, "shape"_a);
    m.def("kept_memory", &kept_memory_limit);
    m.def("set_kept_memory", &set_kept_memory_limit, "limit"_a);
    m.def("thread_count", &thread_count);
    m.def("set_thread_count", &set_thread_count, "count"_a);
}
