"""Products of weights with every window of an image, at every step.

All run in float32, in an order that neither the number of threads nor the instruction
set changes: each number is a chain of fused multiply-adds over channels, then the
taps of a window, or over positions and steps for gradients of weights. A dense layer is
the case of one pixel.
"""

from __future__ import annotations

import math

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._call import Floats, check_array
from lava.lib.dl.core.training._sparse import ConvGeometry, Pair


def fuses(*, simd: str = "") -> bool:
    """Whether the instruction set has fused multiply-adds; if not, products are slow.

    Args:
        simd: an instruction set to ask for.
    """
    return (simd or _training.default_level()) != "scalar"


def product(
    x: Floats, weight: Floats, image: ConvGeometry, *, simd: str = ""
) -> Floats:
    """Cross-correlation over space of every step.

    Args:
        x: float32 (N, C, H, W, T).
        weight: float32 (Out, C, kernel height, kernel width).
        image: how the windows lie.
        simd: an instruction set to force.

    Returns:
        float32 (N, Out, windows high, windows wide, T).
    """
    return _product("product", x, weight, image, image.size, image.windows, simd)


def product_adjoint(
    x: Floats, weight: Floats, image: ConvGeometry, *, simd: str = ""
) -> Floats:
    """The adjoint of `product`: from (N, Out, windows..., T) to (N, C, H, W, T)."""
    turned = np.ascontiguousarray(weight.swapaxes(0, 1))
    return _product(
        "product_adjoint", x, turned, image, image.windows, image.size, simd
    )


def product_weight_gradient(
    x: Floats, grad: Floats, image: ConvGeometry, *, simd: str = ""
) -> Floats:
    """Gradient (Out, C, kernel height, kernel width) of the weight of `product`.

    Args:
        x: float32 (N, C, H, W, T).
        grad: float32 (N, Out, windows high, windows wide, T).
        image: how the windows lie.
        simd: an instruction set to force.
    """
    samples, channels, steps = _sizes("x", x, image.size)
    outputs = grad.shape[1]
    check_array("grad", grad, (samples, outputs, *image.windows, steps))
    shape = samples, channels, outputs, steps
    name = "product_weight_gradient"
    sums = np.empty(_training.tiled_shape(name, shape, image.pairs), np.float32)
    _training.run_tiles(name, shape, [x, grad], sums, None, image.pairs, None, simd)
    total = sums[0] if len(sums) == 1 else np.add.reduce(sums, axis=0)
    taps = channels * math.prod(image.kernel)
    of_weight = np.ascontiguousarray(total[:, :taps])
    return of_weight.reshape(outputs, channels, *image.kernel)


def _product(
    name: str,
    x: Floats,
    weight: Floats,
    image: ConvGeometry,
    given: Pair,
    wanted: Pair,
    simd: str,
) -> Floats:
    samples, channels, steps = _sizes("x", x, given)
    outputs = weight.shape[0]
    check_array("weight", weight, (outputs, channels, *image.kernel))
    out = np.empty((samples, outputs, *wanted, steps), np.float32)
    shape = samples, channels, outputs, steps
    _training.run_tiles(name, shape, [x, weight], out, None, image.pairs, None, simd)
    return out


def _sizes(name: str, x: Floats, size: Pair) -> tuple[int, int, int]:
    """N, channels and T of an array over an image of that size."""
    if x.ndim != 5:
        raise ValueError(f"{name} has {x.ndim} dimensions, needs 5: (N, C, H, W, T).")
    samples, channels, _, _, steps = x.shape
    check_array(name, x, (samples, channels, *size, steps))
    return samples, channels, steps
