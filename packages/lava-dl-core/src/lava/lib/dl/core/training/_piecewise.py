"""Piecewise linear functions of single values."""

from __future__ import annotations

from lava.lib.dl.core._training import run_values
from lava.lib.dl.core.training._call import Floats, check_array


def piecewise(z: Floats, pieces: Floats, *, simd: str = "") -> Floats:
    """The value base + slope (z - begin) of the last piece that begins left of z.

    Left of all it is 0.

    Args:
        z: float32 of any shape.
        pieces: float32 (pieces, 4), rows of (knot, begin, slope, base), knots rising.
        simd: an instruction set to force.
    """
    _check_table("pieces", pieces, 4)
    return run_values("piecewise", [z], pieces, simd=simd)


def piecewise_backward(
    z: Floats, grad: Floats, factors: Floats, *, simd: str = ""
) -> Floats:
    """The gradient times the factor of the last knot that z is right of.

    Args:
        z: float32 of any shape.
        grad: float32 of the same shape.
        factors: float32 (pieces, 2), rows of (knot, factor); the first is also for what
            is right of none.
        simd: an instruction set to force.
    """
    check_array("grad", grad, z.shape)
    _check_table("factors", factors, 2)
    return run_values("piecewise_backward", [z, grad], factors, simd=simd)


def _check_table(name: str, table: Floats, columns: int) -> None:
    check_array(name, table, (len(table), columns))
    if len(table) == 0 or bool((table[1:, 0] < table[:-1, 0]).any()):
        raise ValueError(f"{name} needs a row at least, and knots that rise.")
