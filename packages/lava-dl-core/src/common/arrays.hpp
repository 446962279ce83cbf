// Checks of what crosses from Python: both modules' only way to an array's memory.
#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "errors.hpp"

namespace lava_dl {

namespace py = pybind11;

enum class Access { read, write };

inline std::string text_of(const std::vector<int64_t>& shape) {
    std::string text;
    for (int64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "(" + text + ")";
}

inline bool is_aligned(const py::array& array) {
    return array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_;
}

inline std::vector<int64_t> shape_of(const py::array& array) {
    return {array.shape(), array.shape() + array.ndim()};
}

// The given object as an array of type T; a TypeError says what it is else.
template <class T>
py::array array_of(const py::object& given, const std::string& name) {
    if (!py::isinstance<py::array>(given))
        throw py::type_error(name + " is a " + Py_TYPE(given.ptr())->tp_name + ", needs a numpy array.");
    auto array = py::reinterpret_borrow<py::array>(given);
    if (!py::isinstance<py::array_t<T>>(given)) {
        const auto text = [](const py::dtype& type) { return std::string(py::str(type)); };
        throw py::type_error(name + " is " + text(array.dtype()) + ", needs " +
                             text(py::dtype::of<T>()) + "; use astype.");
    }
    return array;
}

// The data of a C-contiguous array of type T, aligned, and writable where it is written.
template <class T>
T* data_of(const py::object& given, const std::string& name, Access access) {
    if (!py::isinstance<py::array_t<T>>(given)) refuse(name + " has the wrong type.");
    const auto array = py::reinterpret_borrow<py::array>(given);
    if (!(array.flags() & py::array::c_style))
        refuse(name + " is not contiguous; use numpy.ascontiguousarray.");
    if (!is_aligned(array)) refuse(name + " is not aligned.");
    if (access == Access::write && !array.writeable()) refuse(name + " is read-only.");
    return static_cast<T*>(const_cast<void*>(array.data()));
}

// The same for an array of exactly this shape; None is an array of no values.
template <class T>
T* data_of(const py::object& given, const std::string& name, const std::vector<int64_t>& shape,
           Access access) {
    int64_t size = 1;
    for (int64_t n : shape) size *= n;
    if (given.is_none() && size) refuse(name + " is missing.");
    if (given.is_none()) return nullptr;
    T* data = data_of<T>(given, name, access);
    const auto found = shape_of(py::reinterpret_borrow<py::array>(given));
    if (found != shape) refuse(name + " has shape " + text_of(found) + ", needs " + text_of(shape) + ".");
    return data;
}

// The same for an array of so many values, whatever its shape; None gives null.
template <class T>
T* values_of(const py::object& given, const std::string& name, int64_t size, Access access) {
    if (given.is_none()) return nullptr;
    T* data = data_of<T>(given, name, access);
    const int64_t found = py::reinterpret_borrow<py::array>(given).size();
    if (found != size)
        refuse(name + " holds " + std::to_string(found) + " values, needs " + std::to_string(size) + ".");
    return data;
}

// Values of any array or list as numbers of type T, which they must fit.
template <class T>
std::vector<T> row_of(const py::object& given, const std::string& name) {
    auto any = py::array::ensure(given);
    if (!any) throw py::error_already_set();
    const bool whole = std::string("iub").find(any.dtype().kind()) != std::string::npos;
    if (any.size() && !whole && (std::is_integral<T>::value || any.dtype().kind() != 'f'))
        refuse(name + " holds " + (std::is_integral<T>::value ? "no whole numbers." : "no numbers."));
    using Wide = std::conditional_t<std::is_integral<T>::value, int64_t, double>;
    auto wide = py::array_t<Wide, py::array::c_style | py::array::forcecast>::ensure(any);
    if (!wide) throw py::error_already_set();
    std::vector<T> result(wide.size());
    for (size_t i = 0; i < result.size(); ++i) {
        const Wide value = wide.data()[i];
        if (!(value >= Wide(std::numeric_limits<T>::lowest()) && value <= Wide(std::numeric_limits<T>::max())))
            refuse(name + " holds " + std::to_string(value) + ", which doesn't fit its type.");
        result[i] = T(value);
    }
    return result;
}

// What a Python object is as T.
template <class T>
T value_of(const py::object& given, const std::string& name) {
    try {
        return given.cast<T>();
    } catch (const py::cast_error&) {
        refuse(name + " is " + std::string(py::repr(given)) + ", which doesn't fit its type.");
    }
}

// A whole number, truth value or float within limits.
template <class T>
T number_of(const py::object& given, const std::string& name, T low = std::numeric_limits<T>::lowest(),
            T high = std::numeric_limits<T>::max()) {
    const T value = value_of<T>(given, name);
    if (value < low || value > high) refuse(name + " is " + std::to_string(value) + ", which is out of range.");
    return value;
}

// Lists of events: row r has those from start[r] to start[r + 1], steps within [0, steps).
// Where they are only found yet, their steps say nothing.
inline void check_events(const py::object& start, const py::object& step, const py::object& value,
                         int64_t rows, int64_t steps, Access access) {
    const auto* begin = values_of<int64_t>(start, "start of events", rows + 1, Access::read);
    const auto* at = data_of<int32_t>(step, "step of events", access);
    const int64_t count = py::reinterpret_borrow<py::array>(step).size();
    values_of<float>(value, "value of events", count, access);
    bool rising = begin[0] == 0 && begin[rows] == count;
    for (int64_t r = 0; r < rows; ++r) rising &= begin[r] <= begin[r + 1];
    if (!rising) refuse("start of events must rise from 0 to their number, " + std::to_string(count) + ".");
    if (access == Access::write) return;
    const uint32_t last = steps > INT32_MAX ? INT32_MAX : uint32_t(steps - 1);
    uint32_t signs = 0;  // a vector of steps at once tells whether one is negative or too late
    for (int64_t i = 0; i < count; ++i) signs |= uint32_t(at[i]) | (last - uint32_t(at[i]));
    if (signs >> 31) refuse("step of events must be from 0 to " + std::to_string(steps - 1) + ".");
}

}  // namespace lava_dl
