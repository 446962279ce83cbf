"""Dense and convolutional layers that multiply only the inputs that are not zero.

Sums run in float32 in a fixed order. Where they are exact, as those of quantised
weights over binary spikes are below 2^24 steps of quantisation, results equal the dense
product; elsewhere each of k summands adds a rounding error of at most 2^-24 of the sum
of their magnitudes, as in any product in float32.
"""

from __future__ import annotations

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core._training import ConvGeometry
from lava.lib.dl.core.training._call import Floats, check_array
from lava.lib.dl.core.training._events import Events, all_events

Pair = tuple[int, int]
Shape = tuple[int, int, int, int]


def sparse_dense(
    x: Floats | Events,
    weight: Floats,
    *,
    out: Floats | None = None,
    by_steps: bool = False,
    simd: str = "",
) -> Floats:
    """z[n, o, t] = sum_i weight[o, i] x[n, i, t], skipping zeros of x.

    Args:
        x: float32 (N, In, T), or its events.
        weight: float32 (Out, In).
        out: what to write to, float32 and of z's shape.
        by_steps: gives z as (N, T, Out), else as (N, Out, T).
        simd: an instruction set to force.
    """
    events = _events("x", x, ("N", "In", "T"), simd)
    samples, inputs, steps = events.shape
    if weight.ndim != 2 or weight.shape[1] != inputs:
        raise ValueError(f"weight has shape {weight.shape}, needs (Out, {inputs}).")
    outputs = weight.shape[0]
    sizes = (samples, steps, outputs) if by_steps else (samples, outputs, steps)
    z = _training.empty(sizes) if out is None else out
    check_array("out", z, sizes)
    transposed = _transposed("transpose_dense_weight", weight, simd)
    name = "sparse_dense_by_steps" if by_steps else "sparse_dense"
    _run(name, (samples, inputs, outputs, steps), transposed, z, events, simd)
    return z


def sparse_dense_weight_gradient(
    x: Floats | Events, grad: Floats, *, by_steps: bool = False, simd: str = ""
) -> Floats:
    """Gradient (Out, In) of the weight: sum_nt grad[n, :, t] x[n, :, t]^T.

    Args:
        x: float32 (N, In, T), or its events.
        grad: float32 (N, Out, T), or (N, T, Out).
        by_steps: which of the two.
        simd: an instruction set to force.
    """
    name = "sparse_dense_weight_gradient"
    if by_steps:
        return _gradient_by_steps(f"{name}_by_steps", x, grad, simd)
    events, shape = _gradient_events(x, grad, (1, 2), simd)
    transposed = _tiled("transpose_gradient", shape)
    _run("transpose_gradient", shape, grad, transposed, None, simd)
    of_weight = np.empty((shape[2], shape[1]), np.float32)
    _run(name, shape, transposed, of_weight, events, simd)
    return of_weight


def returning_weight_gradient(
    spikes: Floats | Events, grad: Floats, *, simd: str = ""
) -> Floats:
    """Gradient (Out, In) of what spikes add a step later.

    Args:
        spikes: float32 (N, In, T), or their events.
        grad: float32 (N, T, Out).
        simd: an instruction set to force.
    """
    return _gradient_by_steps("returning_weight_gradient", spikes, grad, simd)


def _gradient_by_steps(
    name: str, x: Floats | Events, grad: Floats, simd: str
) -> Floats:
    events, shape = _gradient_events(x, grad, (2, 1), simd)
    of_weight = np.empty((shape[2], shape[1]), np.float32)
    _run(name, shape, grad, of_weight, events, simd)
    return of_weight


def _gradient_events(
    x: Floats | Events, grad: Floats, axes: Pair, simd: str
) -> tuple[Events, Shape]:
    """Events of x, and the sizes; outputs and steps are these axes of the gradient."""
    events = _events("x", x, ("N", "In", "T"), simd)
    samples, inputs, steps = events.shape
    if grad.ndim != 3:
        raise ValueError(f"grad has {grad.ndim} dimensions, needs 3: (N, Out, T).")
    outputs = grad.shape[axes[0]]
    sizes = {0: samples, axes[0]: outputs, axes[1]: steps}
    check_array("grad", grad, (sizes[0], sizes[1], sizes[2]))
    return events, (samples, inputs, outputs, steps)


def sparse_conv(
    x: Floats | Events, weight: Floats, image: ConvGeometry, *, simd: str = ""
) -> Floats:
    """Cross-correlation over space of every step, skipping zeros of x.

    Args:
        x: float32 (N, C, H, W, T), or its events.
        weight: float32 (Out, C, kernel height, kernel width).
        image: how the windows lie.
        simd: an instruction set to force.

    Returns:
        float32 (N, Out, windows high, windows wide, T).
    """
    events = _events("x", x, ("N", "C", "H", "W", "T"), simd)
    samples, channels, _, _, steps = events.shape
    check_size(events, image)
    outputs = weight.shape[0]
    transposed = transposed_kernels(weight, channels, image, simd)
    z = np.empty((samples, outputs, *image.windows, steps), np.float32)
    shape = samples, channels, outputs, steps
    _run("sparse_conv", shape, transposed, z, events, simd, image)
    return z


def sparse_conv_weight_gradient(
    x: Floats | Events, grad: Floats, image: ConvGeometry, *, simd: str = ""
) -> Floats:
    """Gradient (Out, C, kernel height, kernel width) of a convolution's weight.

    Args:
        x: float32 (N, C, H, W, T), or its events.
        grad: float32 (N, Out, windows high, windows wide, T).
        image: how the windows lie.
        simd: an instruction set to force.
    """
    events = _events("x", x, ("N", "C", "H", "W", "T"), simd)
    samples, channels, _, _, steps = events.shape
    check_size(events, image)
    outputs = grad.shape[1]
    check_array("grad", grad, (samples, outputs, *image.windows, steps))
    of_groups = conv_gradients(events, image, outputs)
    shape = (samples, channels, outputs, steps)
    name = "sparse_conv_weight_gradient"
    _run(name, shape, grad, of_groups, events, simd, image)
    return added(of_groups, outputs, image)


def conv_gradients(events: Events, image: ConvGeometry, outputs: int) -> Floats:
    """Room for the gradients of groups of lines, (groups, slices, taps, outputs)."""
    samples, channels, _, _, steps = events.shape
    shape = samples, channels, outputs, steps
    return _tiled("sparse_conv_weight_gradient", shape, image)


def added(of_groups: Floats, outputs: int, image: ConvGeometry) -> Floats:
    """The gradient of the weight, groups added in order."""
    taps = of_groups.shape[2]
    sums: Floats = np.add.reduce(of_groups, axis=0)
    whole = sums.transpose(0, 2, 1).reshape(-1, taps)[:outputs]
    return np.ascontiguousarray(whole).reshape(outputs, -1, *image.kernel)


def transposed_kernels(
    weight: Floats, channels: int, image: ConvGeometry, simd: str
) -> Floats:
    """Weights (Out, C, kernel...) as the kernels of convolutions take them."""
    outputs = weight.shape[0]
    check_array("weight", weight, (outputs, channels, *image.kernel))
    flat = weight.reshape(outputs, -1)
    return _transposed("transpose_conv_weight", flat, simd)


def window_sum(
    x: Floats, taps: Floats, image: ConvGeometry, *, simd: str = ""
) -> Floats:
    """Sums over windows of each channel by itself, taps in C order.

    Args:
        x: float32 (N, C, H, W, T).
        taps: float32 (kernel height, kernel width), the factors.
        image: how the windows lie.
        simd: an instruction set to force.

    Returns:
        float32 (N, C, windows high, windows wide, T).
    """
    return _windows("window_sum", x, taps, image, image.size, image.windows, simd)


def window_spread(
    x: Floats, taps: Floats, image: ConvGeometry, *, simd: str = ""
) -> Floats:
    """The adjoint of `window_sum`: from (N, C, windows..., T) to (N, C, H, W, T)."""
    return _windows("window_spread", x, taps, image, image.windows, image.size, simd)


def _windows(
    name: str,
    x: Floats,
    taps: Floats,
    image: ConvGeometry,
    input_size: Pair,
    output_size: Pair,
    simd: str,
) -> Floats:
    if x.ndim != 5:
        raise ValueError(f"x has {x.ndim} dimensions, needs 5: (N, C, H, W, T).")
    samples, channels, _, _, steps = x.shape
    check_array("x", x, (samples, channels, *input_size, steps))
    check_array("taps", taps, image.kernel)
    out = np.empty((samples, channels, *output_size, steps), np.float32)
    shape = samples, channels, channels, steps
    _training.run_tiles(name, shape, [x], out, None, image, taps, simd)
    return out


def _run(
    name: str,
    shape: Shape,
    array: Floats,
    out: Floats,
    events: Events | None,
    simd: str,
    image: ConvGeometry | None = None,
) -> None:
    lists = None if events is None else events.lists
    _training.run_tiles(name, shape, [array], out, lists, image, None, simd)


def _tiled(name: str, shape: Shape, image: ConvGeometry | None = None) -> Floats:
    """Room for what a kernel writes by tiles."""
    return np.empty(_training.tiled_shape(name, shape, image), np.float32)


def _events(name: str, x: Floats | Events, axes: tuple[str, ...], simd: str) -> Events:
    if len(x.shape) != len(axes):
        raise ValueError(
            f"{name} has {len(x.shape)} dimensions, needs {len(axes)}: "
            f"({', '.join(axes)})."
        )
    return x if isinstance(x, Events) else all_events(x, simd=simd)


def check_size(events: Events, image: ConvGeometry) -> None:
    if events.shape[2:4] != image.size:
        raise ValueError(
            f"x has height and width {events.shape[2:4]}, the image {image.size}."
        )


def _transposed(name: str, weight: Floats, simd: str) -> Floats:
    """Weights (Out, In) as slices (slice, In, lanes), outputs filled up with zeros."""
    check_array("weight", weight, weight.shape)
    outputs, inputs = weight.shape
    shape = 1, inputs, outputs, 1
    transposed = _tiled(name, shape)
    _run(name, shape, weight, transposed, None, simd)
    return transposed
