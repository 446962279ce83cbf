#include "rows_binding.hpp"

#include <algorithm>
#include <sstream>

#include "lava_dl/neurons.hpp"
#include "sizes.hpp"
#include "tensors.hpp"

namespace lava_dl {

namespace {

constexpr int64_t kKeptFrom = 1 << 20;  // values; the allocator keeps smaller blocks itself

// A factor, be it decay or 4096 - decay, must stay within the 14 bits an int64 product has
// room for.
constexpr float kLeastDecay = -4096, kMostDecay = 8192;

std::string indexed(const char* name, size_t i) {
    return std::string(name) + "[" + std::to_string(i) + "]";
}

void check_count(size_t count, size_t most, const char* name) {
    if (count > most) refuse(std::string("Too many of ") + name + ".");
}

// (N, C, S, T) of a shape (N, C, ..., T); channels need rank 3.
FourSizes four(const ArrayShape& shape) {
    const size_t rank = shape.size();
    FourSizes sizes{rank > 1 ? shape[0] : 1, rank > 2 ? shape[1] : 1, 1, shape[rank - 1]};
    for (size_t axis = 2; axis + 1 < rank; ++axis) sizes[2] *= shape[axis];
    return sizes;
}

// Any numbers as an array of floats, converted where they aren't.
Array floats_of(const py::object& given, const char* name) {
    auto array = py::array_t<float, py::array::c_style | py::array::forcecast>::ensure(given);
    if (!array) throw py::error_already_set();
    if (!is_aligned(array)) refuse(std::string(name) + " is not aligned.");
    return array;
}

void check_decays(const Array& decays) {
    const float *first = decays.data(), *end = first + decays.size();
    if (first == end) return;
    bool within = true;
    for (const float* each = first; each != end; ++each)
        within &= kLeastDecay <= *each && *each <= kMostDecay;  // false of NaN, too
    if (within) return;
    const auto [least, most] = std::minmax_element(first, end);
    std::ostringstream text;
    text << "a decay holds " << *least << " to " << *most << ", needs values from " << kLeastDecay
         << " to " << kMostDecay << " (a decay of 1 is 4096); clamp it first.";
    refuse(text.str());
}

PyObject* allocator = nullptr;  // a function of Python, or null

Array made(const ArrayShape& shape) {
    if (!allocator) return empty(shape);
    return py::reinterpret_borrow<py::object>(allocator)(py::tuple(py::cast(shape)));
}

// Steps by which what a channel sends itself comes later than the next step.
void fill_delays(Call& call, const py::object& given, std::vector<Array>& held) {
    const Array delays = floats_of(given, "returning_delays");
    const float* each = delays.data();
    bool fits = delays.size() == call.channels;
    for (int64_t c = 0; fits && c < call.channels; ++c) fits = each[c] >= 0;  // false of NaN
    if (!fits)
        refuse("returning_delays needs one of 0 or more for each of the " +
               std::to_string(call.channels) + " channels.");
    call.returning_delays = each;
    held.push_back(delays);
}

}  // namespace

Array empty(const ArrayShape& shape) {
    int64_t size = 1;
    for (int64_t each : shape) size *= each;
    const size_t bytes = sizeof(float) * size_t(size);
    void* memory = size >= kKeptFrom ? take_memory(bytes) : nullptr;
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

void set_allocator(const py::object& function) {
    Py_XDECREF(allocator);
    allocator = function.is_none() ? nullptr : function.inc_ref().ptr();
}

Call make_call(const FourSizes& shape, const Settings& settings) {
    for (int64_t size : shape)
        if (size < 0) refuse("A shape has no negative sizes.");
    Call call{};
    call.rows = count_of({shape[0], shape[1], shape[2]});
    call.channels = shape[1];
    call.inner = shape[2];
    call.steps = shape[3];
    call.settings = settings;
    return call;
}

void fill_states(const float** to, const Call& call, const Objects& states,
                 const ArrayShape& shape, std::vector<Array>& held) {
    check_count(states.size(), kMaxPlanes, "states");
    for (size_t i = 0; i < states.size(); ++i) {
        Array state = floats_of(states[i], "a state");
        if (state.size() == 1 && call.rows != 1) {
            const float value = *state.data();
            state = Array(shape);
            std::fill_n(state.mutable_data(), call.rows, value);
        } else if (state.size() != 1 && shape_of(state) != shape) {
            refuse("a state has shape " + text_of(shape_of(state)) + ", needs " +
                   text_of(shape) + " or 1 value.");
        }
        to[i] = state.data();
        held.push_back(state);
    }
}

py::list written(float** to, int count, const ArrayShape& shape) {
    check_count(count, kMaxPlanes, "outputs");
    py::list arrays;
    for (int i = 0; i < count; ++i) {
        Array array = made(shape);
        to[i] = array.mutable_data();
        arrays.append(array);
    }
    return arrays;
}

bool takes_decays(const std::string& kernel) {
    const std::string suffix = "_backward";
    std::string name = kernel;
    if (name.size() > suffix.size() && name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0)
        name.resize(name.size() - suffix.size());
    for (const auto& neuron : kNeurons)
        if (!neuron.spikes && name == neuron.name) return false;  // levels and a bias
    return name != "delay";
}

void fill_parameters(Call& call, const std::string& kernel, const Objects& given,
                     std::vector<Array>& held) {
    check_count(given.size(), kMaxParameters, "parameters");
    const bool decays = takes_decays(kernel);
    const char* name = decays ? "a decay" : "a parameter";
    for (size_t i = 0; i < given.size(); ++i) {
        const Array values = floats_of(given[i], name);
        const bool shared = values.size() == 1;
        if (!shared && values.size() != call.channels)
            refuse(std::string(name) + " has " + std::to_string(values.size()) +
                   " values, needs 1 or one for each of the " + std::to_string(call.channels) +
                   " channels.");
        if (decays) check_decays(values);
        call.parameter[i] = values.data();
        call.parameter_stride[i] = shared ? 0 : 1;
        held.push_back(values);
    }
}

void reduce(const Call& call, const std::vector<double>& rows, float* to, int64_t size,
            float divisor) {
    std::vector<double> sums(size, 0.0);
    for (int64_t r = 0; r < call.rows;) {
        double& sum = sums[size == 1 ? 0 : r / call.inner % call.channels];
        for (int64_t end = r + call.inner; r < end; ++r) sum += rows[r];
    }
    for (int64_t i = 0; i < size; ++i) to[i] = float(sums[i]) / divisor;
}

ParameterGradients::ParameterGradients(Call& call, int learned,
                                       const std::vector<Array>& parameters)
    : rows_(learned) {
    check_count(learned, parameters.size(), "gradients");
    for (int i = 0; i < learned; ++i) {
        Array sums(shape_of(parameters[i]));
        rows_[i].resize(call.rows);
        call.row_gradient[i] = rows_[i].data();
        to_.push_back(sums.mutable_data());
        sizes_.push_back(sums.size());
        arrays.append(sums);
    }
}

void ParameterGradients::sum(const Call& call, float divisor) {
    for (size_t i = 0; i < rows_.size(); ++i) reduce(call, rows_[i], to_[i], sizes_[i], divisor);
}

Result run_rows(const std::string& name, const Objects& given_inputs, const CallSettings& settings,
                const Objects& parameters, const Objects& states, const py::object& taps,
                int outputs, int last, int learned, const Objects& later, int earlier,
                const py::object& returning_delays) {
    const Entry& kernel = find_kernel(name, settings.simd);
    if (kernel.work == Work::tiles) refuse("'" + name + "' has tiles.");
    if (given_inputs.empty()) refuse("inputs is empty, needs an array.");
    check_count(given_inputs.size(), kMaxPlanes, "inputs");
    const Arguments arguments(given_inputs[0]);
    const Objects inputs = arguments.arrays(given_inputs);
    const ArrayShape shape = shape_of(array_of<float>(inputs[0], "inputs[0]"));
    if (shape.empty()) refuse("inputs[0] is a number, needs an axis of time steps.");
    const ArrayShape rows(shape.begin(), shape.end() - 1);
    Call call = make_call(four(shape), settings);
    for (size_t i = 0; i < inputs.size(); ++i)
        if (!inputs[i].is_none()) {
            const std::string role = indexed("inputs", i);
            call.input[i] =
                data_of<float>(array_of<float>(inputs[i], role), role, shape, Access::read);
        }
    std::vector<Array> factors, held;
    fill_parameters(call, name, arguments.arrays(parameters), factors);
    fill_states(call.state, call, arguments.arrays(states), rows, held);
    fill_states(call.later, call, arguments.arrays(later), rows, held);
    if (!taps.is_none()) {
        held.push_back(floats_of(arguments.array(taps), "taps"));
        call.coefficients = held.back().data();
        call.coefficient_rows = held.back().ndim() ? held.back().shape(0) : 0;
    }
    if (!returning_delays.is_none()) fill_delays(call, arguments.array(returning_delays), held);
    Result result;
    result.outputs = written(call.output, outputs, shape);
    result.states = written(call.last, last, rows);
    result.earlier = written(call.earlier, earlier, rows);
    ParameterGradients gradients(call, learned, factors);
    {
        py::gil_scoped_release release;
        run(kernel, call);
        if (learned) gradients.sum(call, divisor_of(name));
    }
    return {arguments.results(result.outputs), arguments.results(result.states),
            arguments.results(gradients.arrays), arguments.results(result.earlier)};
}

}  // namespace lava_dl
