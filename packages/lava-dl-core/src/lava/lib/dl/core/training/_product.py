"""Products of weights with every window of an image, at every step.

All run in float32, in an order that neither the number of threads nor the instruction
set changes: each number is a chain of fused multiply-adds over channels, then the
taps of a window, or over positions and steps for gradients of weights. A dense layer is
the case of one pixel.
"""

from __future__ import annotations

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core._training import ConvGeometry, product, product_weight_gradient
from lava.lib.dl.core.training._call import Floats

__all__ = ["fuses", "product", "product_adjoint", "product_weight_gradient"]


def fuses(*, simd: str = "") -> bool:
    """Whether the instruction set has fused multiply-adds; if not, products are slow.

    Args:
        simd: an instruction set to ask for.
    """
    return (simd or _training.default_level()) != "scalar"


def product_adjoint(
    x: Floats, weight: Floats, geometry: ConvGeometry, *, simd: str = ""
) -> Floats:
    """The adjoint of `product`: from (N, Out, windows..., T) to (N, C, H, W, T)."""
    transposed = weight.swapaxes(0, 1)
    if isinstance(transposed, np.ndarray):
        transposed = np.ascontiguousarray(transposed)
    return _training.product_adjoint(x, transposed, geometry, simd=simd)
