"""Dense layers that multiply only the inputs that are not zero."""

from __future__ import annotations

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core.training._call import Floats, check_array

_SLICE = 64  # outputs the gradient kernel works on at a time


def sparse_dense(
    x: Floats, weight: Floats, *, out: Floats | None = None, simd: str = ""
) -> Floats:
    """z[n, o, t] = sum_i weight[o, i] x[n, i, t], skipping zeros of x.

    Faster than a dense product while few of x are events (about one in twenty). Sums
    run in float32 in the order of the inputs.

    Args:
        x: float32 (N, In, T).
        weight: float32 (Out, In).
        out: float32 (N, Out, T) to write to.
        simd: an instruction set to force.
    """
    samples, inputs, steps = _check_events(x)
    if weight.ndim != 2 or weight.shape[1] != inputs:
        raise ValueError(f"weight has shape {weight.shape}, needs (Out, {inputs}).")
    outputs = weight.shape[0]
    z = np.empty((samples, outputs, steps), np.float32) if out is None else out
    check_array("out", z, (samples, outputs, steps))
    turned = np.ascontiguousarray(weight.T, dtype=np.float32)
    _training.sparse_dense((samples, inputs, outputs, steps), x, turned, z, simd)
    return z


def sparse_dense_weight_gradient(x: Floats, grad: Floats, *, simd: str = "") -> Floats:
    """Gradient (Out, In) of the weight: sum_nt grad[n, :, t] x[n, :, t]^T."""
    samples, inputs, steps = _check_events(x)
    if grad.ndim != 3:
        raise ValueError(f"grad has {grad.ndim} dimensions, needs 3: (N, Out, T).")
    outputs = grad.shape[1]
    check_array("grad", grad, (samples, outputs, steps))
    slices = np.empty((-(-outputs // _SLICE), inputs, _SLICE), np.float32)
    _training.sparse_weight_gradient(
        (samples, inputs, outputs, steps), x, grad, slices, simd
    )
    whole = slices.transpose(0, 2, 1).reshape(-1, inputs)
    return np.ascontiguousarray(whole[:outputs])


def _check_events(x: Floats) -> tuple[int, int, int]:
    if x.ndim != 3:
        raise ValueError(f"x has {x.ndim} dimensions, needs 3: (N, In, T).")
    check_array("x", x, x.shape)
    samples, inputs, steps = x.shape
    return samples, inputs, steps
