// Arrays of Python as a kernel's call, and kernels of rows on them.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <array>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "engine.hpp"
#include "memory.hpp"

namespace lava_dl {

using Array = py::array_t<float, py::array::c_style>;
using Objects = std::vector<py::object>;  // arrays, or None
using ArrayShape = std::vector<int64_t>;
using FourSizes = std::array<int64_t, 4>;

// Scalars of a call, and the instruction set to force.
struct CallSettings : Settings {
    std::string simd;
};

// What a kernel of rows wrote.
struct Result {
    py::list outputs, states, gradients, earlier;
};

// An array that is not cleared, in memory that outlives it where such is kept.
Array empty(const ArrayShape& shape);

// Has this function make the arrays of kernels of rows instead; None takes it away. Tests lay
// guards around them so.
void set_allocator(const py::object& function);

Call make_call(const FourSizes& shape, const Settings& settings);

// What rows have before a step: one value for all of them, or an array of this shape.
void fill_states(const float** to, const Call& call, const Objects& states,
                 const ArrayShape& shape, std::vector<Array>& held);

// One value or one for each channel, in the range that the arithmetic is exact in.
void fill_parameters(Call& call, const std::string& kernel, const Objects& given,
                     std::vector<Array>& held);

// Arrays of a shape to write to, and their addresses.
py::list written(float** to, int count, const ArrayShape& shape);

// Sums each row's values to its channel's, or all to one value, in row order.
void reduce(const Call& call, const std::vector<double>& rows, float* to, int64_t size,
            float divisor);

// Gradients of the first parameters: those of rows, then their sums.
class ParameterGradients {
   public:
    ParameterGradients(Call& call, int learned, const std::vector<Array>& parameters);
    void sum(const Call& call, float divisor);
    py::list arrays;

   private:
    std::vector<std::vector<double>> rows_;
    std::vector<float*> to_;
    std::vector<int64_t> sizes_;
};

// Whether a kernel's parameters are 4096 times a decay each.
bool takes_decays(const std::string& kernel);

// Gradients of its parameters are those of 4096 times a decay, divided by this.
inline float divisor_of(const std::string& kernel) { return takes_decays(kernel) ? 4096.0f : 1.0f; }

Result run_rows(const std::string& name, const Objects& inputs, const CallSettings& settings,
                const Objects& parameters, const Objects& states, const py::object& taps,
                int outputs, int last, int learned, const Objects& later, int earlier,
                const py::object& returning_delays);

}  // namespace lava_dl
