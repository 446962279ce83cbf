// Python bindings of the training kernels: arrays in, plain data out.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstring>
#include <optional>
#include <tuple>

#include "../common/arrays.hpp"
#include "cuda/driver.hpp"
#include "engine.hpp"
#include "lava_dl/fixed_point.hpp"
#include "lava_dl/neurons.hpp"
#include "memory.hpp"

namespace py = pybind11;
using lava_dl::Access;
using lava_dl::Call;
using lava_dl::refuse;
using lava_dl::Settings;
using Array = py::array_t<float, py::array::c_style>;
using Arrays = std::vector<std::optional<Array>>;

namespace {

// The data of an array that must hold `size` floats, or null for None.
float* data(const std::optional<Array>& array, int64_t size, const char* role, Access access) {
    return array ? lava_dl::values_of<float>(*array, role, size, access) : nullptr;
}

template <class Pointer>
void fill(Pointer* to, const Arrays& from, int most, int64_t size, const char* role, Access access) {
    if (int(from.size()) > most) refuse(std::string("Too many of ") + role + ".");
    for (size_t i = 0; i < from.size(); ++i) to[i] = data(from[i], size, role, access);
}

// States before and after, of each row.
void fill_rows(Call& call, const Arrays& states, const Arrays& last) {
    fill(call.state, states, lava_dl::kMaxPlanes, call.rows, "states", Access::read);
    fill(call.last, last, lava_dl::kMaxPlanes, call.rows, "last states", Access::write);
}

void fill_decays(Call& call, const std::vector<Array>& decays) {
    if (int(decays.size()) > lava_dl::kMaxDecays) refuse("Too many of decays.");
    for (size_t i = 0; i < decays.size(); ++i) {
        bool shared = decays[i].size() == 1;
        if (!shared && decays[i].size() != call.channels) refuse("decays need 1 or C values.");
        call.decay[i] = decays[i].data();
        call.decay_stride[i] = shared ? 0 : 1;
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
    std::vector<std::vector<double>> of_rows = std::vector<std::vector<double>>(lava_dl::kMaxDecays);

    RowGradients(Call& call, const Arrays& wanted) {
        if (wanted.size() > of_rows.size()) refuse("Too many of decay gradients.");
        for (size_t i = 0; i < wanted.size(); ++i)
            if (wanted[i]) {
                data(wanted[i], wanted[i]->size() == 1 ? 1 : call.channels, "decay gradient",
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

// A vector of taps, or rows of a table.
void set_taps(Call& call, const std::optional<Array>& taps) {
    if (!taps) return;
    call.taps = taps->data();
    call.tap_count = taps->ndim() ? taps->shape(0) : 0;
}

void run(const std::string& name, const std::array<int64_t, 4>& shape, const Arrays& inputs,
         const Arrays& outputs, const std::vector<Array>& decays, const Arrays& states,
         const Arrays& last, const Arrays& decay_gradients, const Settings& settings,
         const std::optional<Array>& taps, const std::string& simd) {
    const lava_dl::Entry& kernel = lava_dl::find_kernel(name, simd);
    Call call = make_call(shape, settings);
    if (kernel.work == lava_dl::Work::tiles) refuse("'" + name + "' has tiles.");
    const int64_t values = call.rows * call.steps;
    fill(call.input, inputs, lava_dl::kMaxPlanes, values, "inputs", Access::read);
    fill(call.output, outputs, lava_dl::kMaxPlanes, values, "outputs", Access::write);
    fill_rows(call, states, last);
    fill_decays(call, decays);
    set_taps(call, taps);
    RowGradients sums(call, decay_gradients);
    py::gil_scoped_release release;
    lava_dl::run(kernel, call);
    sums.reduce(call, decay_gradients);
}

using Integers = py::array_t<int64_t, py::array::c_style>;
using Steps = py::array_t<int32_t, py::array::c_style>;
using Lists = std::tuple<Integers, Steps, std::optional<Array>>;  // of events

void fill_image(lava_dl::Image& image, const std::vector<std::array<int64_t, 2>>& pairs) {
    if (pairs.empty()) return;
    if (pairs.size() * 2 * sizeof(int64_t) != sizeof image) refuse("An image has six pairs.");
    std::memcpy(&image, pairs.data(), sizeof image);
}

// Events of each input; where those are only listed now, steps and values are written.
void fill_events(Call& call, const std::array<int64_t, 4>& shape, const std::optional<Lists>& events,
                 Access access) {
    if (!events) return;
    const auto& [start, step, value] = *events;
    const int64_t* size = call.image.size;
    const int64_t rows = shape[0] * shape[1] * (size[0] * size[1] > 0 ? size[0] * size[1] : 1);
    const py::object none = py::none();
    lava_dl::check_events(start, step, value ? py::object(*value) : none, rows, shape[3], access);
    call.events = {start.data(), step.data(), value ? value->data() : nullptr};
}

// Runs a kernel of tiles. The shape is (N, inputs, outputs, T); the kernel's comment says
// which arrays it takes. Arrays are checked by the caller.
void run_tiles(const std::string& name, int64_t items, int64_t work, int64_t scratch,
               const std::array<int64_t, 4>& shape, const std::vector<Array>& inputs, Array output,
               const std::optional<Lists>& events,
               const std::vector<std::array<int64_t, 2>>& image, const std::optional<Array>& taps,
               int64_t pieces, const std::string& simd) {
    const lava_dl::Entry& kernel = lava_dl::find_kernel(name, simd);
    if (kernel.work != lava_dl::Work::tiles) refuse("'" + name + "' has no tiles.");
    Call call{};
    check_shape(shape);
    call.rows = shape[0];
    call.channels = shape[1];
    call.inner = shape[2];
    call.steps = shape[3];
    call.pieces = pieces;
    for (size_t i = 0; i < inputs.size() && i < lava_dl::kMaxPlanes; ++i)
        call.input[i] = inputs[i].data();
    call.output[0] = lava_dl::data_of<float>(output, "output", Access::write);
    set_taps(call, taps);
    fill_image(call.image, image);
    fill_events(call, shape, events, name == "find_events" ? Access::write : Access::read);
    py::gil_scoped_release release;
    lava_dl::run_tiles(kernel, call, items, work, scratch);
}

const float* address(const std::optional<Array>& array) { return array ? array->data() : nullptr; }

// Runs tiles of synapses and their neurons. The shape is (N, inputs, outputs, T), that of
// the neurons (N, C, S, T); the kernel's comment says which arrays it takes, which the
// caller checks.
void run_driven(const std::string& name, int64_t items, int64_t work, int64_t scratch,
                const std::array<int64_t, 4>& shape, const std::array<int64_t, 4>& neurons,
                const Arrays& inputs, const Arrays& outputs, const std::vector<Array>& decays,
                const Arrays& states, const Arrays& last, const Arrays& decay_gradients,
                std::optional<Array> delay_gradient, const Settings& settings,
                const std::optional<Lists>& events,
                const std::vector<std::array<int64_t, 2>>& image, const std::string& simd) {
    const lava_dl::Entry& kernel = lava_dl::find_kernel(name, simd);
    if (kernel.work != lava_dl::Work::tiles) refuse("'" + name + "' has no tiles.");
    Call call = make_call(neurons, settings), rows = call;
    fill_rows(call, states, last);
    fill_decays(call, decays);
    RowGradients sums(call, decay_gradients);
    call.rows = shape[0];
    call.channels = shape[1];
    call.inner = shape[2];
    for (size_t i = 0; i < inputs.size() && i < lava_dl::kMaxPlanes; ++i)
        call.input[i] = address(inputs[i]);
    for (size_t i = 0; i < outputs.size() && i < lava_dl::kMaxPlanes; ++i)
        call.output[i] = outputs[i] ? lava_dl::data_of<float>(*outputs[i], "output", Access::write)
                                    : nullptr;
    data(delay_gradient, rows.channels, "delay gradient", Access::write);
    std::vector<double> of_delays(delay_gradient ? rows.rows : 0);
    if (delay_gradient) call.delay_gradient = of_delays.data();
    fill_image(call.image, image);
    fill_events(call, shape, events, Access::read);
    py::gil_scoped_release release;
    lava_dl::run_tiles(kernel, call, items, work, scratch);
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

// Device addresses, checked by the caller; 0 is none.
void run_cuda(const std::string& name, const std::array<int64_t, 4>& shape,
              const Addresses& inputs, const Addresses& outputs, const Addresses& decays,
              const std::vector<int64_t>& decay_strides, const Addresses& states,
              const Addresses& last, const Addresses& row_gradients, uint64_t taps,
              int64_t tap_count, uint64_t scratch, const Settings& settings, uint64_t stream) {
    Call call = make_call(shape, settings);
    place(call.input, inputs, lava_dl::kMaxPlanes);
    place(call.output, outputs, lava_dl::kMaxPlanes);
    place(call.decay, decays, lava_dl::kMaxDecays);
    place(call.state, states, lava_dl::kMaxPlanes);
    place(call.last, last, lava_dl::kMaxPlanes);
    place(call.row_gradient, row_gradients, lava_dl::kMaxDecays);
    if (decay_strides.size() != decays.size()) refuse("decays and decay_strides differ.");
    std::copy(decay_strides.begin(), decay_strides.end(), call.decay_stride);
    call.taps = reinterpret_cast<const float*>(taps);
    call.tap_count = tap_count;
    call.scratch = reinterpret_cast<void*>(scratch);
    py::gil_scoped_release release;
    lava_dl::cuda_run(name, call, stream);
}

// An array that is not cleared, in memory that outlives it where such is kept.
Array empty(const std::vector<py::ssize_t>& shape) {
    size_t bytes = sizeof(float);
    for (py::ssize_t size : shape) bytes *= size_t(size);
    void* memory = bytes ? lava_dl::take_memory(bytes) : nullptr;
    if (!memory) return Array(shape);
    struct Held {
        void* memory;
        size_t bytes;
    };
    py::capsule owner(new Held{memory, bytes}, [](void* given) {
        auto* held = static_cast<Held*>(given);
        lava_dl::give_memory(held->memory, held->bytes);
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
        lava_dl::each_setting([&, given = value](const char* field, auto member, const char*) {
            if (name != field) return;
            settings.*member = given.template cast<std::decay_t<decltype(settings.*member)>>();
            known = true;
        });
        if (!known) throw py::type_error("There is no setting '" + name + "'.");
    }
    return settings;
}

const lava_dl::Neuron& find_neuron(const std::string& name) {
    for (const auto& each : lava_dl::kNeurons)
        if (name == each.name) return each;
    refuse("There is no neuron '" + name + "'.");
}

// The levels a neuron is declared to have, by their settings' names.
py::dict neuron_levels(const std::string& name, double threshold, double step, double scale) {
    const lava_dl::Neuron& neuron = find_neuron(name);
    Settings settings;
    settings.scale = scale;
    lava_dl::set_levels(settings, neuron, threshold, step);
    py::dict result;
    lava_dl::each_setting([&](const char* field, auto member, const char*) {
        for (int i = 0; i < neuron.levels.count(); ++i)
            if (std::strcmp(neuron.levels.term[i].name, field) == 0)
                result[field] = settings.*member;
    });
    return result;
}

// Names and meanings, in order.
py::dict dict_of(const lava_dl::Terms& terms) {
    py::dict result;
    for (int i = 0; i < terms.count(); ++i) result[terms.term[i].name] = terms.term[i].meaning;
    return result;
}

// The declarations of lava_dl/neurons.hpp by the neurons' names.
py::dict neurons() {
    using namespace py::literals;
    py::dict result;
    for (const auto& each : lava_dl::kNeurons)
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
    m.def("run", &run, "name"_a, "shape"_a, "inputs"_a.noconvert(), "outputs"_a.noconvert(),
          "decays"_a, "states"_a, "last"_a.noconvert(), "decay_gradients"_a.noconvert(),
          "settings"_a, "taps"_a, "simd"_a);
    m.def("run_tiles", &run_tiles, "name"_a, "items"_a, "work"_a, "scratch"_a, "shape"_a,
          "inputs"_a.noconvert(), "output"_a.noconvert(), "events"_a.noconvert(), "image"_a,
          "taps"_a.noconvert(), "pieces"_a, "simd"_a);
    m.def("run_driven", &run_driven, "name"_a, "items"_a, "work"_a, "scratch"_a, "shape"_a,
          "neurons"_a, "inputs"_a.noconvert(), "outputs"_a.noconvert(), "decays"_a, "states"_a,
          "last"_a.noconvert(), "decay_gradients"_a.noconvert(), "delay_gradient"_a.noconvert(),
          "settings"_a, "events"_a.noconvert(), "image"_a, "simd"_a);
    m.def("run_cuda", &run_cuda, "name"_a, "shape"_a, "inputs"_a, "outputs"_a, "decays"_a,
          "decay_strides"_a, "states"_a, "last"_a, "row_gradients"_a, "taps"_a, "tap_count"_a,
          "scratch"_a, "settings"_a, "stream"_a);
    m.def("cuda_problem", &lava_dl::cuda_problem);
    m.def("neurons", &neurons);
    m.def("neuron_levels", &neuron_levels, "neuron"_a, "threshold"_a, "threshold_step"_a,
          "scale"_a);
    py::class_<Settings> settings(m, "Settings");
    settings.def(py::init(&make_settings));
    py::dict meanings;
    lava_dl::each_setting([&](const char* field, auto member, const char* meaning) {
        settings.def_readonly(field, member);
        meanings[field] = meaning;
    });
    m.attr("settings") = meanings;
    m.def("kernel_names", &lava_dl::kernel_names);
    m.def("levels", &lava_dl::levels);
    m.def("default_level", &lava_dl::default_level);
    m.def("empty", &empty, "shape"_a);
    m.def("kept_memory", &lava_dl::kept_memory_limit);
    m.def("set_kept_memory", &lava_dl::set_kept_memory_limit, "limit"_a);
    m.def("thread_count", &lava_dl::thread_count);
    m.def("set_thread_count", &lava_dl::set_thread_count, "count"_a);
}
