// Python bindings of the runtime kernels: a layer is made from named arrays, then run.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include "arrays.hpp"
#include "instruction_sets.hpp"
#include "lava_dl/fixed_point.hpp"
#include "layer.hpp"
#include "threads.hpp"
#include "transpose.hpp"

namespace py = pybind11;
using namespace lava_dl;

namespace {

// The named parts of a layer or of its synapses, which notes what it was asked for.
class Description {
  public:
    explicit Description(py::dict named) : named_(std::move(named)) {}

    bool contains(const char* name) const {
        known_.insert(name);
        return named_.contains(name);
    }
    py::object operator[](const char* name) const {
        if (!contains(name)) refuse(std::string(name) + " is missing.");
        return named_[name];
    }
    // To be called when all is read: what nobody asked for has no effect.
    void check_names() const {
        for (const auto& each : named_) {
            const auto name = value_of<std::string>(py::reinterpret_borrow<py::object>(each.first), "a name");
            if (!known_.count(name)) refuse("There is no '" + name + "' in a description like this.");
        }
    }

  private:
    py::dict named_;
    mutable std::set<std::string> known_;
};

template <class T>
std::vector<T> row(const Description& from, const char* name) {
    return from.contains(name) ? row_of<T>(from[name], name) : std::vector<T>();
}

template <class T>
T number(const Description& from, const char* name, T otherwise,
         T low = std::numeric_limits<T>::lowest()) {
    return from.contains(name) ? number_of<T>(from[name], name, low) : otherwise;
}

// A number that must be there.
int32_t size(const Description& from, const char* name) {
    return number_of<int32_t>(from[name], name, 1);
}

Kind kind_of(const std::string& name) {
    if (name == "none") return Kind::none;
    for (const Neuron& neuron : kNeurons)
        if (name == neuron.name) return neuron.kind;
    refuse("There is no neuron kind '" + name + "'.");
}

void check_runs(const Synapses& s, int64_t weights) {
    bool good = int32_t(s.begin.size()) == s.inputs + 1 && s.begin.front() == 0 &&
                s.begin.back() == int32_t(s.runs.size()) &&
                std::is_sorted(s.begin.begin(), s.begin.end());
    for (const auto& run : s.runs)
        good = good && run.output >= 0 && run.output < s.outputs / s.length &&
               run.weight >= 0 && run.weight < weights / s.length;
    if (!good) refuse("runs leave the outputs or the weights.");
}

// Weights run by run, each with zeros up to the stride.
template <class T>
std::vector<T> padded(const std::vector<int32_t>& values, int32_t length, int32_t stride) {
    std::vector<T> result(values.size() / length * stride);
    for (size_t i = 0; i < values.size(); ++i) result[i / length * stride + i % length] = T(values[i]);
    return result;
}

// The runs, whose places are multiples of their length.
std::vector<Run> runs_of(const std::vector<int32_t>& output, const std::vector<int32_t>& weight,
                         int32_t length) {
    if (output.size() != weight.size() || length < 1)
        refuse("output and weight need one entry per run.");
    std::vector<Run> runs;
    for (size_t i = 0; i < output.size(); ++i) {
        if (output[i] % length || weight[i] % length)
            refuse("runs begin at multiples of their length.");
        runs.push_back({output[i] / length, weight[i] / length});
    }
    return runs;
}

// Whether input b reaches the outputs of input a, with the weights b - a further on.
bool alike(const Synapses& s, int32_t a, int32_t b) {
    return std::equal(s.runs.begin() + s.begin[a], s.runs.begin() + s.begin[a + 1],
                      s.runs.begin() + s.begin[b], s.runs.begin() + s.begin[b + 1],
                      [=](const Run& x, const Run& y) {
                          return x.output == y.output && x.weight + (b - a) == y.weight;
                      });
}

// How many inputs in a row are alike, all along.
int32_t inputs_together(const Synapses& s) {
    int32_t most = 1;
    while (most < s.inputs && alike(s, 0, most)) ++most;
    const auto all_along = [&](int32_t size) {
        for (int32_t j = 0; j < s.inputs; ++j)
            if (!alike(s, j / size * size, j)) return false;
        return true;
    };
    for (int32_t size = most; size > 1; --size)
        if (s.inputs % size == 0 && all_along(size)) return size;
    return 1;
}

Synapses synapses(const Description& from) {
    Synapses s;
    s.inputs = size(from, "inputs");
    s.outputs = size(from, "outputs");
    s.length = number(from, "length", 1, 1);
    s.delay = number(from, "delay", 0, 0);
    s.begin = row<int32_t>(from, "begin");
    s.runs = runs_of(row<int32_t>(from, "output"), row<int32_t>(from, "weight"), s.length);
    auto values = row<int32_t>(from, "values");
    from.check_names();
    if (s.begin.empty() || s.outputs % s.length || values.size() % s.length)
        refuse("outputs and values need whole runs.");
    check_runs(s, int64_t(values.size()));
    for (int32_t v : values)
        if (v == std::numeric_limits<int32_t>::min()) refuse("values have no magnitude of 32 bits.");
    s.is_matrix = s.length == s.outputs && int32_t(s.runs.size()) == s.inputs;
    for (int32_t j = 0; s.is_matrix && j < s.inputs; ++j)
        s.is_matrix = s.begin[j] == j && s.runs[j].weight == j;
    s.stride = s.is_matrix ? s.length : padded_length(s.length);
    if (s.is_padded() || s.length % 16 == 0) s.together = inputs_together(s);
    for (int32_t v : values) s.largest = std::max(s.largest, std::abs(v));
    if (s.largest <= 32767)
        s.narrow = padded<int16_t>(values, s.length, s.stride);
    else
        s.wide = padded<int32_t>(values, s.length, s.stride);
    return s;
}

std::vector<std::vector<Synapses>> planes(const Description& from, const char* name) {
    std::vector<std::vector<Synapses>> result;
    if (!from.contains(name)) return result;
    for (auto plane : from[name]) {
        result.emplace_back();
        for (auto part : plane) {
            const auto given = value_of<py::dict>(py::reinterpret_borrow<py::object>(part), name);
            result.back().push_back(synapses(Description(given)));
        }
    }
    return result;
}

void check_length(const char* name, size_t size, int32_t neurons) {
    if (size && size != size_t(neurons))
        refuse(std::string(name) + " has " + std::to_string(size) +
                                    " entries, needs one per neuron: " + std::to_string(neurons) + ".");
}

void fill(std::vector<float>& rows, int32_t neurons, float value) {
    if (rows.empty()) rows.assign(neurons, value);
}

// Planes, shifts and delays that the kernels can follow.
void check_synapses(const Layer& p) {
    if (p.forward.size() > 2 || p.back.size() > 2) refuse("There are two planes of synapses at most.");
    if (p.forward.empty() && p.inputs != p.neurons)
        refuse("Without synapses there are as many inputs as neurons.");
    if (p.forward.empty() && !p.back.empty()) refuse("back needs forward synapses beside it.");
    for (int32_t d : p.delay)
        if (d < 0) refuse("delay holds " + std::to_string(d) + ", needs 0 or more.");
    for (int32_t bits : p.shift)
        if (bits < -31 || bits > 31) refuse("shift holds " + std::to_string(bits) + ", needs -31 to 31.");
}

void check(Layer& p) {
    check_synapses(p);
    for (const auto* group : {&p.forward, &p.back})
        for (const auto& plane : *group)
            for (const auto& part : plane)
                if (part.outputs != p.neurons ||
                    part.inputs != (group == &p.forward ? p.inputs : p.neurons))
                    refuse("synapses don't fit inputs and neurons.");
    check_length("thresholds", p.thresholds.size(), p.neurons);
    check_length("own_bias", p.own_bias.size(), p.neurons);
    check_length("lava_bias", p.lava_bias.size(), p.neurons);
    check_length("delay", p.delay.size(), p.neurons);
    for (int i = 0; i < 2; ++i) {
        fill(p.bias[i], p.neurons, 0.0f);
        fill(p.factor[i], p.neurons, 1.0f);
        check_length("bias", p.bias[i].size(), p.neurons);
        check_length("factor", p.factor[i].size(), p.neurons);
    }
    for (int64_t level : p.thresholds)
        p.send_levels.push_back(uint32_t(std::clamp<int64_t>(level, 0, UINT32_MAX)));
    fill(p.own_bias, p.neurons, 0.0f);
    if (p.lava_bias.empty()) p.lava_bias.assign(p.neurons, 0);
    if (p.shift.size() < 2) p.shift.resize(2, 0);
    const bool compares = p.kind == Kind::delta || p.kind == Kind::sigma_delta;
    if (compares && p.thresholds.empty()) refuse("thresholds is missing.");
}

// Decays by the names of the neuron's declaration, and the level at which it spikes. That
// of CUBA is a hundredth above the threshold; as a float it is the threshold from 2^18 on.
void set_neuron(Layer& p, const Description& from) {
    if (p.kind == Kind::none) return;
    const Neuron& neuron = neuron_of(p.kind);
    for (int i = 0; neuron.spikes && i < neuron.parameters.count(); ++i) {
        const char* name = neuron.parameters.term[i].name;
        p.decay[i] = row<int32_t>(from, name);
        if (p.decay[i].empty()) refuse(std::string(name) + " is missing.");
        check_length(name, p.decay[i].size(), p.neurons);
    }
    const double above = p.kind == Kind::cuba ? 0.01 : 0.0;
    p.spike_level = integer_level(float(double(p.threshold) + above));
}

std::unique_ptr<Layer> make_layer(const py::dict& named) {
    const Description from(named);
    auto p = std::make_unique<Layer>();
    p->kind = kind_of(value_of<std::string>(from["kind"], "kind"));
    p->lava = number(from, "lava", false);
    p->voltage = number(from, "voltage", false);
    p->graded = number(from, "graded", false);
    p->graded_inputs = number(from, "graded_inputs", true);
    p->inputs = size(from, "inputs");
    p->neurons = size(from, "neurons");
    p->weight_scale = number(from, "weight_scale", 64, 1);
    p->offset = number(from, "offset", 0);
    p->forward = planes(from, "forward");
    p->back = planes(from, "back");
    p->shift = row<int32_t>(from, "shift");
    p->wraps24 = number(from, "wraps24", false);
    p->wide_sums = number(from, "wide_sums", false);
    p->threshold = number<int64_t>(from, "threshold", 0);
    set_neuron(*p, from);
    p->threshold_step = number<int64_t>(from, "threshold_step", 0);
    p->thresholds = row<int64_t>(from, "thresholds");
    p->cumulative = number(from, "cumulative", false);
    p->rectified = number(from, "rectified", false);
    p->has_norm = from.contains("bias") || from.contains("factor");
    p->bias[0] = row<float>(from, "bias");
    p->bias[1] = row<float>(from, "bias_imag");
    p->factor[0] = row<float>(from, "factor");
    p->factor[1] = row<float>(from, "factor_imag");
    p->own_bias = row<float>(from, "own_bias");
    p->lava_bias = row<int32_t>(from, "lava_bias");
    p->delay = row<int32_t>(from, "delay");
    p->reset_interval = number(from, "reset_interval", 0, 0);
    p->reset_offset = number(from, "reset_offset", 0, 0);
    from.check_names();
    check(*p);
    return p;
}

// The arrays of a call, checked.
template <class T>
struct Batch {
    int64_t samples = 0, steps = 0;
    const T* input;
    T *output, *inputs, *outputs, *delayed;
    double *states, *trace = nullptr;

    Batch(const Layer& p, const py::object& in, const py::object& out, const py::dict& memory,
          const py::object& traced) {
        auto shape = py::reinterpret_borrow<py::array>(out);
        if (!py::isinstance<py::array>(out) || shape.ndim() != 3)
            refuse("output needs samples, steps and neurons.");
        samples = shape.shape(0), steps = shape.shape(1);
        const int64_t n = p.neurons, k = p.states();
        const auto kept = [&](const char* name, int64_t rows, int64_t width) {
            return data_of<T>(memory[name], name, {samples, rows, width}, Access::write);
        };
        input = data_of<T>(in, "input", {samples, steps, p.inputs}, Access::read);
        output = data_of<T>(out, "output", {samples, steps, n}, Access::write);
        states = data_of<double>(memory["states"], "states", {samples, k, n}, Access::write);
        inputs = kept("inputs", p.past_inputs(), p.inputs);
        outputs = kept("outputs", p.past_outputs(), n);
        delayed = kept("delayed", p.past_delayed(), n);
        if (!traced.is_none())
            trace = data_of<double>(traced, "trace", {samples, steps, k, n}, Access::write);
    }

    Call call(const Layer& p, int64_t i, int64_t time) const {
        const int64_t n = p.neurons, k = p.states();
        Call call;
        call.input = input + i * steps * p.inputs;
        call.output = output + i * steps * n;
        call.steps = steps;
        call.time = time;
        if (trace) call.trace = trace + i * steps * k * n;
        call.memory = {states + i * k * n, inputs + i * p.past_inputs() * p.inputs,
                       outputs + i * p.past_outputs() * n, delayed + i * p.past_delayed() * n};
        return call;
    }
};

void run(const Layer& p, const py::object& input, const py::object& output,
         const py::dict& memory, const py::object& trace, int64_t time, int threads,
         const std::string& simd) {
    const auto run_as = [&](auto message) {
        const Batch<decltype(message)> batch(p, input, output, memory, trace);
        const Runner runner = runner_of(simd);
        py::gil_scoped_release unlocked;
        const int used = int(std::min<int64_t>(threads, batch.samples));
        share(batch.samples, 1, used,
              [&](int, int64_t i, int64_t) { runner(p, batch.call(p, i, time)); });
    };
    if (p.lava)
        run_as(int32_t());
    else
        run_as(float());
}

// A layer bound to the arrays of one sample: they are checked once and kept.
class Prepared {
  public:
    Prepared(py::object layer, py::object input, py::object output, py::dict memory)
        : kept_(py::make_tuple(layer, input, output, memory.attr("copy")())),
          layer_(layer.cast<const Layer&>()), runner_(runner_of("")) {
        call_ = layer_.lava ? first<int32_t>(input, output, memory)
                            : first<float>(input, output, memory);
    }
    void run(int64_t time) {
        call_.time = time;
        py::gil_scoped_release unlocked;
        runner_(layer_, call_);
    }

  private:
    template <class T>
    Call first(const py::object& input, const py::object& output, const py::dict& memory) const {
        const Batch<T> batch(layer_, input, output, memory, py::none());
        if (batch.samples != 1) refuse("A prepared layer has one sample.");
        return batch.call(layer_, 0, 0);
    }
    py::tuple kept_;  // so that the arrays live as long
    const Layer& layer_;
    Runner runner_;
    Call call_;
};

// Samples (samples, neurons, steps) as rows (samples, rows, neurons) of messages; rows
// beyond the steps are left alone. Returns whether all values are finite.
template <class From, class To>
bool transpose_as(const py::array& values, const py::array& rows) {
    auto* in = static_cast<const From*>(values.data());
    auto* out = static_cast<To*>(const_cast<void*>(rows.data()));
    const int64_t samples = values.shape(0), neurons = values.shape(1), steps = values.shape(2);
    const int64_t length = rows.shape(1), used = std::min(steps, length);
    bool finite = true;
    py::gil_scoped_release unlocked;
    for (int64_t i = 0; i < samples; ++i)
        finite &= transpose(in + i * neurons * steps, neurons, steps, used, out + i * length * neurons);
    return finite;
}

template <class From>
bool holds(const py::array& values) {
    return py::isinstance<py::array_t<From, py::array::c_style>>(values) && is_aligned(values);
}

// The same, or nothing where the values are of none of these types.
template <class To, class... From>
std::optional<bool> transpose_from(const py::array& values, const py::array& rows) {
    data_of<To>(rows, "rows", Access::write);
    std::optional<bool> found;
    (void)((holds<From>(values) && (found = transpose_as<From, To>(values, rows), true)) || ...);
    return found;
}

template <class To>
std::optional<bool> transpose_to(const py::array& values, const py::array& rows) {
    return transpose_from<To, float, double, bool, uint8_t, int32_t, int64_t>(values, rows);
}

std::optional<bool> transpose_any(const py::array& values, const py::array& rows) {
    if (values.ndim() != 3 || rows.ndim() != 3 || values.shape(0) != rows.shape(0) ||
        values.shape(1) != rows.shape(2))
        refuse("rows need the samples and neurons of the values.");
    if (holds<float>(rows)) return transpose_to<float>(values, rows);
    if (holds<int32_t>(rows)) return transpose_to<int32_t>(values, rows);
    refuse("rows need to be contiguous float32 or int32.");
}

}  // namespace

PYBIND11_MODULE(_runtime, m) {
    m.attr("version") = LAVA_DL_VERSION;
    py::class_<Layer>(m, "Layer")
        .def(py::init(&make_layer), py::arg("description"))
        .def_readonly("inputs", &Layer::inputs)
        .def_readonly("neurons", &Layer::neurons)
        .def_readonly("lava", &Layer::lava)
        .def_property_readonly("states", &Layer::states)
        .def_property_readonly("past_inputs", &Layer::past_inputs)
        .def_property_readonly("past_outputs", &Layer::past_outputs)
        .def_property_readonly("past_delayed", &Layer::past_delayed)
        .def("run", &run, py::arg("input"), py::arg("output"), py::arg("memory"),
             py::arg("trace") = py::none(), py::arg("time") = 0, py::arg("threads") = 1,
             py::arg("simd") = "");
    py::class_<Prepared>(m, "Prepared")
        .def(py::init<py::object, py::object, py::object, py::dict>(), py::arg("layer"),
             py::arg("input"), py::arg("output"), py::arg("memory"))
        .def("run", &Prepared::run, py::arg("time"));
    m.def("transpose", &transpose_any, py::arg("values"), py::arg("rows"));
    m.def("levels", &instruction_sets);
}
