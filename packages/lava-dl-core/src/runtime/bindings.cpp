// Python bindings of the runtime kernels. No logic here.
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(_runtime, m) {
    m.attr("version") = LAVA_DL_VERSION;
}
