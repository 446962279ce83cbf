// Python bindings of the training kernels: arrays in, plain data out.
#include <cstring>

#include "cuda/driver.hpp"
#include "cuda/grid.hpp"
#include "instruction_sets.hpp"
#include "lava_dl/fixed_point.hpp"
#include "lava_dl/neurons.hpp"
#include "lava_dl/surrogate.hpp"
#include "rows_binding.hpp"
#include "threads.hpp"
#include "tiles_binding.hpp"

using namespace lava_dl;

namespace {

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

// A kernel of windows writes a row for each of them, or for each position of the image.
void place_windows(Call& call, const ConvGeometry& geometry) {
    const auto count = [](const int64_t* pair) { return pair[0] * pair[1]; };
    if (call.coefficient_rows != count(geometry.kernel)) refuse("Windows need a tap for each place.");
    if (call.inner != count(geometry.windows) && call.inner != count(geometry.size))
        refuse("The shape is neither that of the windows nor of the image.");
    call.geometry = geometry;
    call.by_steps = true;
}

// Device addresses, checked by the caller; 0 is none. Of parameters there are their values'
// counts as well, 1 or one for each channel.
void run_cuda(const std::string& name, const FourSizes& shape,
              const CallSettings& settings, uint64_t stream, const Addresses& inputs,
              const Addresses& outputs, const Addresses& parameters,
              const std::vector<int64_t>& sizes, const Addresses& states, const Addresses& last,
              const Addresses& gradients, uint64_t sums, float gradient_factor, uint64_t taps,
              int64_t tap_count, const std::array<float, 3>& rule, uint64_t returning_delays,
              const ConvGeometry* geometry, const Addresses& later, const Addresses& earlier) {
    Call call = make_call(shape, settings);
    place(call.input, inputs, kMaxPlanes);
    place(call.output, outputs, kMaxPlanes);
    place(call.parameter, parameters, kMaxParameters);
    place(call.state, states, kMaxPlanes);
    place(call.last, last, kMaxPlanes);
    place(call.gradient, gradients, kMaxParameters);
    place(call.later, later, kMaxPlanes);
    place(call.earlier, earlier, kMaxPlanes);
    if (sizes.size() != parameters.size()) refuse("parameters and sizes differ.");
    for (size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] != 1 && sizes[i] != call.channels) refuse("parameters need 1 or C values.");
        call.parameter_stride[i] = sizes[i] == 1 ? 0 : 1;
    }
    call.by_samples = name.rfind("recurrent_", 0) == 0;
    if (call.by_samples && (call.inner != 1 || call.channels > kMostSampleNeurons))
        refuse("A recurrent kernel takes samples of at most " + std::to_string(kMostSampleNeurons) +
               " neurons in no space.");
    place_sums(call, sums, gradients.size());
    call.gradient_factor = gradient_factor;
    call.coefficients = reinterpret_cast<const float*>(taps);
    call.coefficient_rows = tap_count;
    std::copy(rule.begin(), rule.end(), call.rule);
    call.returning_delays = reinterpret_cast<const float*>(returning_delays);
    if (geometry) place_windows(call, *geometry);
    py::gil_scoped_release release;
    cuda_run(name, call, stream);
}

// Settings from keywords, each checked to be one.
CallSettings make_settings(const py::kwargs& named) {
    CallSettings settings;
    for (const auto& [key, value] : named) {
        const auto name = key.cast<std::string>();
        bool known = name == "simd";
        if (known) settings.simd = value.cast<std::string>();
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

void bind_settings(py::module_& m) {
    py::class_<CallSettings> settings(
        m, "Settings", "Scalars of a call by the names of `_training.settings`, and instruction set.");
    settings.def(py::init(&make_settings)).def_readonly("simd", &CallSettings::simd);
    py::dict meanings;
    each_setting([&](const char* field, auto member, const char* meaning) {
        settings.def_readonly(field, member);
        meanings[field] = meaning;
    });
    m.attr("settings") = meanings;
}

}  // namespace

PYBIND11_MODULE(_training, m) {
    using namespace py::literals;
    m.attr("version") = LAVA_DL_VERSION;
    py::class_<Result>(m, "Result",
                       "What a kernel wrote, float32: `outputs` of the inputs' shape, the last\n"
                       "`states` of that without steps, `gradients` shaped as the parameters,\n"
                       "and what a backward pass carries to `earlier` steps.")
        .def_readonly("outputs", &Result::outputs)
        .def_readonly("states", &Result::states)
        .def_readonly("gradients", &Result::gradients)
        .def_readonly("earlier", &Result::earlier);
    bind_settings(m);
    m.def("run", &run_rows, "kernel"_a, "inputs"_a, "settings"_a, "parameters"_a = Objects(),
          "states"_a = Objects(), "taps"_a = py::none(), "outputs"_a = 1, "last"_a = 0,
          "learned"_a = 0, "later"_a = Objects(), "earlier"_a = 0,
          "returning_delays"_a = py::none(),
          "Runs a kernel by its name.\n\n"
          "Args:\n"
          "    kernel: one of `_training.kernel_names()`.\n"
          "    inputs: float32 (N, C, ..., T) each, contiguous; None after the first reads as\n"
          "        zero. Where the first is a tensor of PyTorch, all others may be, and what\n"
          "        comes back is.\n"
          "    settings: its scalars.\n"
          "    parameters: one value or one per channel each; 4096 times each decay.\n"
          "    states: (N, C, ...) each, or one value.\n"
          "    taps: of a filter, or recurrent weights.\n"
          "    outputs: how many arrays like the inputs it writes.\n"
          "    last: how many last states it writes.\n"
          "    learned: how many parameters, from the first, have their gradient written.\n"
          "    later: of a backward pass, what that of the steps after these gave.\n"
          "    earlier: how many of such it gives for the steps before.\n"
          "    returning_delays: of recurrent kernels, steps for each channel, or None.\n\n"
          "Raises:\n"
          "    TypeError: if an input is not a float32 array.\n"
          "    ValueError: if one is not contiguous, shapes don't fit, or a decay is outside\n"
          "        the range that the arithmetic is exact in.");
    m.def("takes_decays", &takes_decays, "kernel"_a,
          "Whether a kernel's parameters are 4096 times a decay each.");
    bind_tiles(m);
    m.def("run_cuda", &run_cuda, "name"_a, "shape"_a, "settings"_a, "stream"_a, "inputs"_a,
          "outputs"_a, "parameters"_a, "sizes"_a, "states"_a, "last"_a, "gradients"_a, "sums"_a,
          "gradient_factor"_a, "taps"_a, "tap_count"_a, "rule"_a, "returning_delays"_a,
          "geometry"_a = py::none(), "later"_a = Addresses(), "earlier"_a = Addresses());
    m.attr("most_recurrent_neurons") = kMostSampleNeurons;
    m.attr("most_arrays") = kMaxPlanes;
    m.attr("tile") = kTile;
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
    py::dict shapes;
#define LAVA_DL_SHAPE(name, formula) shapes[#name] = formula;
    LAVA_DL_SURROGATES(LAVA_DL_SHAPE)
#undef LAVA_DL_SHAPE
    m.attr("surrogates") = shapes;
    m.def("kernel_names", &kernel_names);
    m.def("levels", &instruction_sets);
    m.def("default_level", [] { return chosen_instruction_set(); });
    m.def("empty", &empty, "shape"_a);
    m.def("set_allocator", &set_allocator, "function"_a);
    m.def("kept_memory", &kept_memory_limit);
    m.def("set_kept_memory", &set_kept_memory_limit, "limit"_a);
    m.def("thread_count", &thread_count);
    m.def("set_thread_count", &set_thread_count, "count"_a);
}
