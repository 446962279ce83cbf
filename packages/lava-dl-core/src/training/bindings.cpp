// Python bindings of the training kernels. No logic here.
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(_training, m) {
    m.attr("version") = LAVA_DL_VERSION;
}
