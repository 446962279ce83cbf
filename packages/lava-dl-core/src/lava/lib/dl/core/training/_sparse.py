"""Dense and convolutional layers that multiply only the inputs that are not zero.

Sums run in float32 in a fixed order. Where they are exact, as those of quantised
weights over binary spikes are below 2^24 steps of quantisation, results equal the dense
product; elsewhere each of k summands adds a rounding error of at most 2^-24 of the sum
of their magnitudes, as in any product in float32.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._call import Floats, check_array
from lava.lib.dl.core.training._events import Events, all_events

_SLICE = 64  # outputs a task works on, of dense layers
_CONV_SLICE = 16  # and of convolutions
_CONV_ROOM = 1 << 16  # floats of a convolution's sums
_GROUPS = 8  # of output lines with a gradient each, added up in order

Pair = tuple[int, int]


@dataclass(frozen=True)
class ConvGeometry:
    """How windows lie over an image; each pair is (height, width).

    Attributes:
        size: of the image.
        windows: how many there are.
        kernel: positions a window sees.
        stride: from window to window.
        padding: of zeros around the image.
        dilation: from one position a window sees to the next.
    """

    size: Pair
    windows: Pair
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair

    def __post_init__(self) -> None:
        for name in ("windows", "kernel", "stride", "dilation"):
            if min(getattr(self, name)) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, needs 1 or more.")

    @property
    def pairs(self) -> Sequence[Pair]:
        """As the kernels take them."""
        return (
            *(self.size, self.windows, self.kernel),
            *(self.stride, self.padding, self.dilation),
        )


def sparse_dense(
    x: Floats | Events, weight: Floats, *, out: Floats | None = None, simd: str = ""
) -> Floats:
    """z[n, o, t] = sum_i weight[o, i] x[n, i, t], skipping zeros of x.

    Args:
        x: float32 (N, In, T), or its events.
        weight: float32 (Out, In).
        out: float32 (N, Out, T) to write to.
        simd: an instruction set to force.
    """
    events = _events("x", x, ("N", "In", "T"), simd)
    samples, inputs, steps = events.shape
    if weight.ndim != 2 or weight.shape[1] != inputs:
        raise ValueError(f"weight has shape {weight.shape}, needs (Out, {inputs}).")
    outputs = weight.shape[0]
    shape, slices = (samples, inputs, outputs, steps), -(-outputs // _SLICE)
    z = np.empty((samples, outputs, steps), np.float32) if out is None else out
    check_array("out", z, (samples, outputs, steps))
    turned = _turned("transpose_dense_weight", weight, _SLICE, simd)
    work = _work(events, outputs) + z.size
    _run(
        "sparse_dense",
        slices * samples,
        work,
        steps * _SLICE,
        shape,
        turned,
        z,
        events,
        simd,
    )
    return z


def sparse_dense_weight_gradient(
    x: Floats | Events, grad: Floats, *, simd: str = ""
) -> Floats:
    """Gradient (Out, In) of the weight: sum_nt grad[n, :, t] x[n, :, t]^T.

    Args:
        x: float32 (N, In, T), or its events.
        grad: float32 (N, Out, T).
        simd: an instruction set to force.
    """
    events = _events("x", x, ("N", "In", "T"), simd)
    samples, inputs, steps = events.shape
    if grad.ndim != 3:
        raise ValueError(f"grad has {grad.ndim} dimensions, needs 3: (N, Out, T).")
    outputs = grad.shape[1]
    check_array("grad", grad, (samples, outputs, steps))
    shape, slices = (samples, inputs, outputs, steps), -(-outputs // _SLICE)
    turned = np.empty((slices, samples, steps, _SLICE), np.float32)
    _run(
        "turn_gradient", slices * samples, grad.size, 0, shape, grad, turned, None, simd
    )
    of_weight = np.empty((outputs, inputs), np.float32)
    items, work = slices * -(-inputs // _SLICE), _work(events, outputs) + of_weight.size
    _run(
        "sparse_dense_weight_gradient",
        items,
        work,
        _SLICE * _SLICE,
        shape,
        turned,
        of_weight,
        events,
        simd,
    )
    return of_weight


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
    outputs, turned = weight.shape[0], turned_kernels(weight, channels, image, simd)
    z = np.empty((samples, outputs, *image.windows, steps), np.float32)
    items = samples * image.windows[0] * turned.shape[0]
    work, shape = z.size, (samples, channels, outputs, steps)
    _run(
        "sparse_conv",
        items,
        work,
        conv_room(steps),
        shape,
        turned,
        z,
        events,
        simd,
        image,
    )
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
    _run(
        "sparse_conv_weight_gradient",
        of_groups.shape[0] * of_groups.shape[1],
        grad.size,
        conv_room(steps),
        shape,
        grad,
        of_groups,
        events,
        simd,
        image,
    )
    return added(of_groups, outputs, image)


def conv_gradients(events: Events, image: ConvGeometry, outputs: int) -> Floats:
    """Room for the gradients of groups of lines, (groups, slices, taps, 16)."""
    groups = min(events.shape[0] * image.windows[0], _GROUPS)
    taps = events.shape[1] * math.prod(image.kernel)
    return np.empty((groups, conv_slices(outputs), taps, _CONV_SLICE), np.float32)


def conv_slices(outputs: int) -> int:
    """Slices of outputs that a convolution works on, one a task."""
    return -(-outputs // _CONV_SLICE)


def added(of_groups: Floats, outputs: int, image: ConvGeometry) -> Floats:
    """The gradient of the weight, groups added in order."""
    taps = of_groups.shape[2]
    sums: Floats = np.add.reduce(of_groups, axis=0)
    whole = sums.transpose(0, 2, 1).reshape(-1, taps)[:outputs]
    return np.ascontiguousarray(whole).reshape(outputs, -1, *image.kernel)


def turned_kernels(
    weight: Floats, channels: int, image: ConvGeometry, simd: str
) -> Floats:
    """Weights (Out, C, kernel...) as the kernels of convolutions take them."""
    outputs = weight.shape[0]
    check_array("weight", weight, (outputs, channels, *image.kernel))
    return _turned(
        "transpose_conv_weight", weight.reshape(outputs, -1), _CONV_SLICE, simd
    )


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
    given: Pair,
    wanted: Pair,
    simd: str,
) -> Floats:
    if x.ndim != 5:
        raise ValueError(f"x has {x.ndim} dimensions, needs 5: (N, C, H, W, T).")
    samples, channels, _, _, steps = x.shape
    check_array("x", x, (samples, channels, *given, steps))
    check_array("taps", taps, image.kernel)
    out = np.empty((samples, channels, *wanted, steps), np.float32)
    shape = (samples, channels, channels, steps)
    _training.run_tiles(
        name,
        samples * channels,
        max(x.size, out.size),
        0,
        shape,
        [x],
        out,
        None,
        image.pairs,
        taps,
        0,
        simd,
    )
    return out


def _run(
    name: str,
    items: int,
    work: int,
    scratch: int,
    shape: tuple[int, int, int, int],
    given: Floats,
    out: Floats,
    events: Events | None,
    simd: str,
    image: ConvGeometry | None = None,
) -> None:
    lists = None if events is None else events.lists
    pairs = [] if image is None else image.pairs
    _training.run_tiles(
        name, items, work, scratch, shape, [given], out, lists, pairs, None, 0, simd
    )


def _events(name: str, x: Floats | Events, axes: tuple[str, ...], simd: str) -> Events:
    if len(x.shape) != len(axes):
        raise ValueError(
            f"{name} has {len(x.shape)} dimensions, needs {len(axes)}: "
            f"({', '.join(axes)})."
        )
    return x if isinstance(x, Events) else all_events(x, simd=simd)


def check_size(events: Events, image: ConvGeometry) -> None:
    if events.shape[2:4] != tuple(image.size):
        raise ValueError(
            f"x has height and width {events.shape[2:4]}, the image {image.size}."
        )


def _turned(name: str, weight: Floats, lanes: int, simd: str) -> Floats:
    """Weights (Out, In) as slices (slice, In, lanes), outputs filled up with zeros."""
    check_array("weight", weight, weight.shape)
    outputs, inputs = weight.shape
    turned = np.empty((-(-outputs // lanes), inputs, lanes), np.float32)
    shape = (1, inputs, outputs, 1)
    _run(
        name,
        turned.shape[0],
        weight.size,
        0,
        shape,
        weight,
        turned,
        None,
        simd,
    )
    return turned


def _work(events: Events, outputs: int) -> int:
    return events.step.size * outputs // 4


def conv_room(steps: int) -> int:
    """Floats for the sums of at least one column."""
    return max(_CONV_ROOM, steps * _CONV_SLICE)
