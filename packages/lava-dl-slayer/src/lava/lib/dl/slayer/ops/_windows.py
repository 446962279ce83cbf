"""Sums over windows of an image, and their adjoint, as operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer._plain import windows as plain
from lava.lib.dl.slayer.ops._launch import array, four, placed, runs_on, stream_of
from lava.lib.dl.slayer.ops._operator import Operator, Tensors

_NO_SETTINGS = training.Settings()


class Geometry(NamedTuple):
    """How windows lie over an image.

    Attributes:
        pairs: (height, width) of the image, the number of windows, their kernel,
            stride, padding and dilation, one after the other.
    """

    pairs: Sequence[int]


@lru_cache(maxsize=256)
def geometry_of(*pairs: int) -> training.ConvGeometry:
    """The same as core has it."""
    return training.ConvGeometry(*zip(pairs[::2], pairs[1::2], strict=True))


def sums_windows(x: torch.Tensor, taps: torch.Tensor) -> bool:
    """Whether a kernel takes such tensors."""
    return bool(runs_on(x)) and bool(runs_on(taps))


def window_sum(
    image: torch.Tensor, taps: torch.Tensor, geometry: Sequence[int]
) -> torch.Tensor:
    """Sums over windows of each channel by itself.

    Args:
        image: shape (N, C, H, W, T).
        taps: shape (kernel height, kernel width), factor of each.
        geometry: as :class:`Geometry`'s pairs.

    Returns:
        Tensor of shape (N, C, windows high, windows wide, T).
    """
    return _SUM((image, taps), Geometry(geometry))[0]


def window_spread(
    values: torch.Tensor, taps: torch.Tensor, geometry: Sequence[int]
) -> torch.Tensor:
    """The adjoint of :func:`window_sum`, from its output's shape to its input's."""
    return _SPREAD((values, taps), Geometry(geometry))[0]


def _run(kernel: str, first: int, tensors: Tensors, geometry: Geometry) -> Tensors:
    image = geometry_of(*geometry.pairs)
    if not sums_windows(*tensors):
        return [getattr(plain, kernel)(*tensors, image)]
    if runs_on(tensors[0]) == "cuda":
        (output,) = _fake(first, tensors, geometry)
        return [_on_gpu(kernel, output, tensors, image)]
    compute: Callable[..., Any] = getattr(training, kernel)
    return [torch.from_numpy(compute(*map(array, tensors), image))]


def _on_gpu(
    kernel: str, output: torch.Tensor, tensors: Tensors, image: training.ConvGeometry
) -> torch.Tensor:
    x, taps = placed(tensors, output.device)
    training.run_on_gpu(
        kernel,
        four(output.shape),
        _NO_SETTINGS,
        stream_of(output.device),
        [x.data_ptr()],
        [output.data_ptr()],
        taps=taps.data_ptr(),
        tap_count=taps.numel(),
        geometry=image,
    )
    return output


def _fake(first: int, tensors: Tensors, geometry: Geometry) -> Tensors:
    """An empty tensor with the size that stands at this place of the pairs."""
    x, size = tensors[0], geometry.pairs[first : first + 2]
    return [x.new_empty((*x.shape[:2], *size, x.shape[4]))]


def _saved(tensors: Tensors, _: Tensors) -> Tensors:
    """The image only for the gradient of the taps."""
    x, taps = tensors
    return [x if taps.requires_grad else None, taps]


def _gradient(
    spreads: bool,
    grads: Tensors,
    saved: Tensors,
    geometry: Geometry,
    needs: Sequence[bool],
) -> Tensors:
    (grad,), (x, taps), to_taps = grads, saved, None
    if needs[1]:
        pair = (grad, x) if spreads else (x, grad)
        to_taps = plain.tap_gradient(*pair, geometry_of(*geometry.pairs))
    adjoint = window_sum if spreads else window_spread
    return [adjoint(grad, taps, geometry.pairs), to_taps]


_SUM = Operator(
    "window_sum",
    ("image", "taps"),
    partial(_run, "window_sum", 2),
    partial(_fake, 2),
    Geometry,
    gradient=partial(_gradient, False),
    save=_saved,
)
_SPREAD = Operator(
    "window_spread",
    ("values", "taps"),
    partial(_run, "window_spread", 0),
    partial(_fake, 0),
    Geometry,
    gradient=partial(_gradient, True),
    save=_saved,
)
