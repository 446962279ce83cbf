// Tensors of PyTorch as arrays over their memory, and results as tensors.
//
// Both ways go by the table of C functions that DLPack has a type name, in a tenth of the time
// of `numpy()` and `from_numpy()`, which serve where PyTorch has no such table yet.
#pragma once

#include <pybind11/numpy.h>

#include <vector>

namespace lava_dl {

namespace py = pybind11;

struct TensorTable;  // DLPackExchangeAPI

// How the arguments of a call come: as its first one does.
class Arguments {
  public:
    explicit Arguments(const py::object& first);

    // An array over a tensor's memory, copied where it isn't contiguous; what else there is
    // stays itself.
    py::object array(const py::object& given) const;
    std::vector<py::object> arrays(const std::vector<py::object>& given) const;

    // What is given back: arrays, as tensors where the first argument is one.
    py::object result(const py::object& array) const;
    py::list results(const py::list& arrays) const;

  private:
    bool tensors_;
    const TensorTable* table_ = nullptr;
};

}  // namespace lava_dl
