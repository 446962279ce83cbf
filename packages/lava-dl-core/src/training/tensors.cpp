#include "tensors.hpp"

#include <cstdint>
#include <memory>

#include "errors.hpp"

namespace lava_dl {

// The structures of DLPack 1, as its specification lays them out.

namespace {

constexpr int32_t kCpu = 1;
constexpr uint8_t kFloat = 2;

struct Version {
    uint32_t major, minor;
};

struct View {
    void* data;
    int32_t device, device_index;
    int32_t axes;
    uint8_t kind, bits;
    uint16_t lanes;
    int64_t *shape, *strides;
    uint64_t offset;
};

struct Managed {
    Version version;
    void* owner;
    void (*release)(Managed*);
    uint64_t flags;
    View view;
};

}  // namespace

struct TensorTable {
    Version version;
    const TensorTable* older;
    int (*allocate)(View*, Managed**, void*, void (*)(void*, const char*, const char*));
    int (*managed_of)(void*, Managed**);
    int (*tensor_of)(Managed*, void** tensor);
    int (*view_of)(void* tensor, View*);  // null where there is none
    int (*stream_of)(int32_t, int32_t, void**);
};

namespace {

bool is_tensor(const py::object& given) {
    return PyObject_HasAttrString(py::type::handle_of(given).ptr(), "__torch_function__");
}

// The table of a type of tensors, null where there is none that this knows.
const TensorTable* table_of(const py::object& tensor) {
    const py::handle type = py::type::handle_of(tensor);
    auto capsule = py::reinterpret_steal<py::object>(
        PyObject_GetAttrString(type.ptr(), "__dlpack_c_exchange_api__"));
    if (!capsule) PyErr_Clear();
    if (!capsule || !PyCapsule_IsValid(capsule.ptr(), "dlpack_exchange_api")) return nullptr;
    auto* table = static_cast<const TensorTable*>(
        PyCapsule_GetPointer(capsule.ptr(), "dlpack_exchange_api"));
    while (table && table->version.major != 1) table = table->older;
    return table && table->view_of ? table : nullptr;
}

bool is_contiguous(const View& view) {
    int64_t step = 1;
    for (int axis = view.axes - 1; axis >= 0; step *= view.shape[axis--])
        if (view.strides && view.shape[axis] != 1 && view.strides[axis] != step) return false;
    return true;
}

// A float32 array over a tensor's memory; none where it has none of its own, such as inside of
// torch.func, is of another kind or not contiguous.
py::object array_over(const TensorTable& table, const py::object& tensor) {
    View view;
    if (table.view_of(tensor.ptr(), &view)) {
        PyErr_Clear();
        return py::none();
    }
    if (view.device != kCpu || view.kind != kFloat || view.bits != 32 || view.lanes != 1)
        return py::none();
    bool empty = false;
    for (int axis = 0; axis < view.axes; ++axis) empty |= view.shape[axis] == 0;
    if (!empty && !is_contiguous(view)) return py::none();
    const auto* data = reinterpret_cast<const float*>(static_cast<char*>(view.data) + view.offset);
    return py::array_t<float, py::array::c_style>(
        std::vector<py::ssize_t>(view.shape, view.shape + view.axes), data, tensor);
}

// The tensor that takes over an array.
py::object tensor_over(const TensorTable& table, const py::array& array) {
    struct Held {
        Managed managed;
        std::vector<int64_t> shape, strides;
        py::object array;
    };
    auto held = std::make_unique<Held>();
    held->shape.assign(array.shape(), array.shape() + array.ndim());
    held->strides.resize(held->shape.size());
    int64_t step = 1;
    for (size_t axis = held->shape.size(); axis-- > 0; step *= held->shape[axis])
        held->strides[axis] = step;
    held->array = array;
    const auto release = [](Managed* managed) {
        if (!Py_IsInitialized()) return;
        py::gil_scoped_acquire acquire;
        delete static_cast<Held*>(managed->owner);
    };
    held->managed = {{1, 0}, held.get(), release, 0,
                     {const_cast<void*>(array.data()), kCpu, 0, int32_t(array.ndim()), kFloat, 32,
                      1, held->shape.data(), held->strides.data(), 0}};
    void* tensor = nullptr;
    if (table.tensor_of(&held->managed, &tensor)) throw py::error_already_set();
    held.release();
    return py::reinterpret_steal<py::object>(static_cast<PyObject*>(tensor));
}

}  // namespace

Arguments::Arguments(const py::object& first)
    : tensors_(!py::isinstance<py::array>(first) && is_tensor(first)) {
    if (tensors_) table_ = table_of(first);
}

py::object Arguments::array(const py::object& given) const {
    if (!tensors_ || given.is_none() || py::isinstance<py::array>(given) || !is_tensor(given))
        return given;
    if (table_) {
        auto array = array_over(*table_, given);
        if (!array.is_none()) return array;
    }
    return given.attr("detach")().attr("contiguous")().attr("numpy")();
}

std::vector<py::object> Arguments::arrays(const std::vector<py::object>& given) const {
    if (!tensors_) return given;
    std::vector<py::object> result;
    result.reserve(given.size());
    for (const auto& each : given) result.push_back(array(each));
    return result;
}

py::object Arguments::result(const py::object& array) const {
    if (!tensors_) return array;
    if (table_) return tensor_over(*table_, py::reinterpret_borrow<py::array>(array));
    return py::module_::import("torch").attr("from_numpy")(array);
}

py::list Arguments::results(const py::list& arrays) const {
    if (!tensors_) return arrays;
    py::list results(arrays.size());
    for (size_t i = 0; i < arrays.size(); ++i)
        results[i] = result(py::reinterpret_borrow<py::object>(arrays[i]));
    return results;
}

}  // namespace lava_dl
