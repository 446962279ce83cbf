"""The kernels on a GPU: device arrays in, results in device arrays the caller made.

Any array with `__cuda_array_interface__` will do (torch tensors, cupy arrays). Nothing
is allocated here and nothing waits: the kernel is put on the caller's stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._call import Settings
from lava.lib.dl.core.training._neurons import (
    Neuron,
    Surrogate,
    Threshold,
    neuron_settings,
)


class DeviceArray(Protocol):
    """An array in GPU memory."""

    @property
    def __cuda_array_interface__(self) -> Mapping[str, Any]: ...


Shape: TypeAlias = tuple[int, int, int, int]
Arrays: TypeAlias = Sequence["DeviceArray | None"]


def cuda_problem() -> str:
    """Empty where kernels run on a GPU here, else why not."""
    return _training.cuda_problem()


def neuron_forward_cuda(
    neuron: Neuron,
    inputs: Arrays,
    decays: Arrays,
    states: Arrays,
    threshold: Threshold,
    *,
    out: Arrays,
    last: Arrays,
    stream: int,
) -> None:
    """`neuron_forward` on device arrays; every array has its full shape.

    Args:
        neuron: as on the CPU, and so are the next four, in device memory.
        inputs: float32 (N, C, S, T).
        decays: float32, one value or one per channel.
        states: float32 (N, C, S).
        threshold: when it spikes.
        out: arrays like the inputs, None where not wanted.
        last: arrays like the states, likewise.
        stream: the CUDA stream's address.
    """
    settings = neuron_settings(neuron, threshold)
    run_on_gpu(
        neuron.name,
        inputs,
        out,
        decays=decays,
        states=states,
        last=last,
        settings=settings,
        stream=stream,
    )


def neuron_backward_cuda(
    neuron: Neuron,
    inputs: Arrays,
    decays: Arrays,
    states: Arrays,
    grads: Arrays,
    threshold: Threshold,
    surrogate: Surrogate,
    *,
    out: Arrays,
    row_gradients: Arrays,
    scratch: DeviceArray,
    stream: int,
) -> None:
    """`neuron_backward` on device arrays.

    Beyond the CPU's arguments: `row_gradients`, float64 (N, C, S) for each decay that
    learns or empty, to be summed by the caller over what a decay serves and divided by
    4096; `scratch`, float32 with (number of outputs) * N * C * S * T values.
    """
    shape = _shape_of(inputs[0])
    needed = len(neuron.outputs) * shape[0] * shape[1] * shape[2] * shape[3]
    _address("scratch", scratch, needed)
    run_on_gpu(
        f"{neuron.name}_backward",
        [*inputs, *grads],
        out,
        decays=decays,
        states=states,
        row_gradients=row_gradients,
        scratch=scratch,
        settings=neuron_settings(neuron, threshold, surrogate),
        stream=stream,
    )


def run_on_gpu(
    name: str,
    inputs: Arrays,
    out: Arrays,
    *,
    decays: Arrays = (),
    states: Arrays = (),
    last: Arrays = (),
    row_gradients: Arrays = (),
    taps: DeviceArray | None = None,
    scratch: DeviceArray | None = None,
    settings: Settings,
    stream: int,
) -> None:
    """Any kernel by name, arguments in the order its CPU function documents.

    Decays have one value or one per channel; a `<neuron>_backward` needs scratch as
    `neuron_backward_cuda` says.
    """
    shape = _shape_of(inputs[0])
    rows = shape[0] * shape[1] * shape[2]
    whole = rows * shape[3]
    sizes = [_size(decay) for decay in decays]
    if any(size not in (1, shape[1]) for size in sizes):
        raise ValueError(f"decays have {sizes} values, need 1 or {shape[1]} each.")
    _training.run_cuda(
        name,
        shape,
        [_address("input", array, whole) for array in inputs],
        [_address("out", array, whole) for array in out],
        [
            _address("decay", array, size)
            for array, size in zip(decays, sizes, strict=True)
        ],
        [0 if size == 1 else 1 for size in sizes],
        [_address("state", array, rows) for array in states],
        [_address("last", array, rows) for array in last],
        [_address("row gradient", array, rows, "<f8") for array in row_gradients],
        _address("taps", taps, None),
        0 if taps is None else _size(taps),
        _address("scratch", scratch, None),
        settings,
        stream,
    )


def _shape_of(array: DeviceArray | None) -> Shape:
    shape: tuple[int, ...] = ()
    if array is not None:
        shape = tuple(array.__cuda_array_interface__["shape"])
    if len(shape) != 4:
        raise ValueError(f"The first input has shape {shape}, needs (N, C, S, T).")
    batch, channels, inner, steps = shape
    return batch, channels, inner, steps


def _size(array: DeviceArray | None) -> int:
    size = 1
    for length in () if array is None else array.__cuda_array_interface__["shape"]:
        size *= length
    return size


def _address(
    role: str, array: DeviceArray | None, size: int | None, kind: str = "<f4"
) -> int:
    if array is None:
        return 0
    view = array.__cuda_array_interface__
    if view["typestr"] != kind:
        raise TypeError(f"{role} has type {view['typestr']}, needs {kind}.")
    if view.get("strides") is not None:
        raise ValueError(f"{role} is not contiguous; make it so first.")
    if size is not None and _size(array) < size:
        raise ValueError(f"{role} holds {_size(array)} values, needs {size}.")
    return int(view["data"][0])
