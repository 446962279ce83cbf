"""The CUDA kernels without a GPU: their source, compiled for the CPU, by blocks.

`Emulated.run_cuda` takes what `_training.run_cuda` takes, with addresses in this
machine's memory. It shows that kernels and callers are right, not that a driver loads
them or how fast they are.
"""

import ctypes
import subprocess
from pathlib import Path

from lava.lib.dl.core import _training

HERE = Path(__file__).parent
CORE = HERE.parent.parent
FLAGS = ["-std=c++17", "-O1", "-ffp-contract=off", "-fwrapv", "-shared", "-fPIC"]
PLANES, DECAYS = 6, 4
TYPES = {float: ctypes.c_double, bool: ctypes.c_bool, int: ctypes.c_int64}
DEFAULTS = _training.Settings()


class Settings(ctypes.Structure):
    """`lava_dl::Settings` of src/training/settings.hpp."""

    _fields_ = [
        (name, TYPES[type(getattr(DEFAULTS, name))]) for name in _training.settings
    ]


class Call(ctypes.Structure):
    """`lava_dl::Call` of src/training/call.hpp, field by field."""

    _fields_ = [
        ("rows", ctypes.c_int64),
        ("channels", ctypes.c_int64),
        ("inner", ctypes.c_int64),
        ("steps", ctypes.c_int64),
        ("lanes", ctypes.c_int64),
        ("row_stride", ctypes.c_int64),
        ("input", ctypes.c_uint64 * PLANES),
        ("output", ctypes.c_uint64 * PLANES),
        ("parameter", ctypes.c_uint64 * DECAYS),
        ("parameter_stride", ctypes.c_int64 * DECAYS),
        ("state", ctypes.c_uint64 * PLANES),
        ("last", ctypes.c_uint64 * PLANES),
        ("row_gradient", ctypes.c_uint64 * DECAYS),
        ("delay_gradient", ctypes.c_uint64),
        ("settings", Settings),
        ("coefficients", ctypes.c_uint64),
        ("coefficient_rows", ctypes.c_int64),
        ("geometry", ctypes.c_int64 * 12),
        ("events", ctypes.c_uint64 * 3),
        ("scratch", ctypes.c_uint64),
    ]


def compiled(folder):
    library = folder / "emulated.so"
    source = CORE / "src" / "training"
    places = [CORE / "include", source, source / "programs"]
    includes = [f"-I{place}" for place in places]
    command = ["c++", *FLAGS, "-DLAVA_DL_ABI=emulated", *includes]
    subprocess.run([*command, HERE / "emulated.cpp", "-o", library], check=True)
    return ctypes.CDLL(str(library))


class Emulated:
    def __init__(self, folder):
        self.library = compiled(folder)
        self.library.call_size.restype = ctypes.c_int64
        assert self.library.call_size() == ctypes.sizeof(Call)

    def has(self, name):
        return hasattr(self.library, name)

    def run_cuda(
        self,
        name,
        shape,
        inputs,
        outputs,
        decays,
        decay_strides,
        states,
        last,
        row_gradients,
        taps,
        tap_count,
        scratch,
        settings,
        stream,
    ):
        batch, channels, inner, steps = shape
        call = Call(batch * channels * inner, channels, inner, steps)
        fields = {
            "input": inputs,
            "output": outputs,
            "parameter": decays,
            "parameter_stride": decay_strides,
            "state": states,
            "last": last,
            "row_gradient": row_gradients,
        }
        for field, values in fields.items():
            getattr(call, field)[: len(values)] = values
        call.coefficients, call.coefficient_rows = taps, tap_count
        call.scratch = scratch
        for field in _training.settings:
            setattr(call.settings, field, getattr(settings, field))
        self.library.launch(getattr(self.library, name), ctypes.byref(call))
