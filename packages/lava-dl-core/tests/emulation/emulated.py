"""The CUDA kernels without a GPU: their source, compiled for the CPU, by blocks.

`Emulated.run_cuda` takes what `_training.run_cuda` takes, with addresses in this
machine's memory. It shows that kernels and callers are right, not that a driver loads
them or how fast they are.
"""

import ctypes
import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

from lava.lib.dl.core import _training

HERE = Path(__file__).parent
CORE = HERE.parent.parent
FLAGS = ["-std=c++17", "-O1", "-ffp-contract=off", "-fwrapv", "-shared", "-fPIC"]
SOURCES = (".cpp", ".hpp", ".cu", ".cuh")
PLANES, DECAYS, WARP = 6, 4, 32
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
        ("later", ctypes.c_uint64 * PLANES),
        ("earlier", ctypes.c_uint64 * PLANES),
        ("row_gradient", ctypes.c_uint64 * DECAYS),
        ("gradient", ctypes.c_uint64 * DECAYS),
        ("gradient_factor", ctypes.c_float),
        ("rule", ctypes.c_float * 3),
        ("by_samples", ctypes.c_bool),
        ("by_steps", ctypes.c_bool),
        ("held_rows", ctypes.c_int),
        ("returning_delays", ctypes.c_uint64),
        ("delay_gradient", ctypes.c_uint64),
        ("settings", Settings),
        ("coefficients", ctypes.c_uint64),
        ("coefficient_rows", ctypes.c_int64),
        ("geometry", ctypes.c_int64 * 12),
        ("events", ctypes.c_uint64 * 3),
        ("scratch", ctypes.c_uint64),
    ]


def compiled(folder):
    """The library; in the folder ``LAVA_DL_EMULATED`` processes share one."""
    folder = Path(os.environ.get("LAVA_DL_EMULATED", folder))
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / f"{digest()}.so"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not library.exists():
            compile_to(library)
    return ctypes.CDLL(str(library))


def digest():
    """Hash of all that the library is compiled from."""
    total = hashlib.sha256(" ".join(FLAGS).encode())
    for place in (HERE, CORE / "include", CORE / "src"):
        for path in sorted(p for p in place.rglob("*.*") if p.suffix in SOURCES):
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


def compile_to(library):
    source = CORE / "src" / "training"
    places = [CORE / "include", source, source / "programs", source / "cuda"]
    includes = [f"-I{place}" for place in places]
    command = ["c++", *FLAGS, "-DLAVA_DL_ABI=emulated", *includes]
    partial = library.with_suffix(".partial")
    subprocess.run([*command, HERE / "emulated.cpp", "-o", partial], check=True)
    partial.rename(library)


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
        settings,
        stream,
        inputs,
        outputs,
        parameters,
        sizes,
        states,
        last,
        gradients,
        sums,
        gradient_factor,
        taps,
        tap_count,
        rule,
        returning_delays,
        geometry=None,
        later=(),
        earlier=(),
    ):
        batch, channels, inner, steps = shape
        call = Call(batch * channels * inner, channels, inner, steps)
        call.by_samples = by_samples = name.startswith("recurrent_")
        fields = {
            "input": inputs,
            "output": outputs,
            "parameter": parameters,
            "parameter_stride": [0 if size == 1 else 1 for size in sizes],
            "state": states,
            "last": last,
            "row_gradient": addresses(
                sums, call.rows, sizes[: len(gradients)], by_samples
            ),
            "gradient": gradients,
            "later": later,
            "earlier": earlier,
            "rule": rule,
        }
        for field, values in fields.items():
            getattr(call, field)[: len(values)] = values
        call.gradient_factor = gradient_factor
        call.returning_delays = returning_delays
        call.coefficients, call.coefficient_rows = taps, tap_count
        if geometry is not None:
            call.geometry[:], call.by_steps = sizes_of(geometry), True
        for field in _training.settings:
            setattr(call.settings, field, getattr(settings, field))
        self.launch(name, call, False)
        if gradients:
            self.launch("sum_gradients", call, True)

    def launch(self, name, call, sums):
        kernel = getattr(self.library, name)
        self.library.launch(kernel, ctypes.byref(call), ctypes.c_bool(sums))


def sizes_of(geometry):
    names = ("size", "windows", "kernel", "stride", "padding", "dilation")
    return [each for name in names for each in getattr(geometry, name)]


def addresses(start, rows, sizes, by_samples):
    """Of each parameter's sums: one a row, or one a warp where a value serves all."""
    found = []
    for size in sizes:
        found.append(start)
        start += 8 * (rows if size != 1 or by_samples else -(-rows // WARP))
    return found
