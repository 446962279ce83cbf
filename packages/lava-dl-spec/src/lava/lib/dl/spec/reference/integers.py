"""The few operations on numbers that all arithmetic of the format is made of."""

from __future__ import annotations

import struct
from fractions import Fraction

__all__ = ["clip", "float32", "shift", "single", "truncating_shift", "wrap"]

Real = int | Fraction
MANTISSA = 24
SMALLEST = -149
BYTES = struct.Struct("f")


def truncating_shift(value: int, bits: int = 12) -> int:
    """``value / 2**bits``, rounded toward zero."""
    return value >> bits if value >= 0 else -(-value >> bits)


def shift(value: int, bits: int) -> int:
    """``value * 2**bits``, rounded down where ``bits`` is negative."""
    return value << bits if bits >= 0 else value >> -bits


def wrap(value: int, bits: int) -> int:
    """The value modulo ``2**bits`` in the signed range."""
    half = 1 << (bits - 1)
    return (value + half) % (2 * half) - half


def clip(value: int, low: int, high: int) -> int:
    """The nearest value in ``low..high``."""
    return min(max(value, low), high)


def float32(value: Real) -> Fraction:
    """The nearest 32-bit float, ties to even; magnitudes beyond its range stay."""
    exact = value if isinstance(value, Fraction) else Fraction(value)
    top, bottom = abs(exact.numerator), exact.denominator
    is_dyadic = bottom & (bottom - 1) == 0 and bottom <= 1 << -SMALLEST
    if is_dyadic and top < 1 << MANTISSA:
        return exact
    power = top.bit_length() - bottom.bit_length()
    if top < bottom * Fraction(2) ** power:
        power -= 1
    unit = Fraction(2) ** max(power - MANTISSA + 1, SMALLEST)
    return round(exact / unit) * unit


def single(value: Real | float) -> float:
    """The same 32-bit float as a Python float, which holds each exactly.

    Python rounds sums, products and quotients to 53 bits. Where both operands are
    32-bit floats, rounding once more to 24 bits gives what one rounding gives:
    ``single(a / b)`` is ``float32(Fraction(a) / Fraction(b))``.
    """
    if not isinstance(value, float):
        top, bottom = value.numerator, value.denominator
        if bottom & (bottom - 1) or top.bit_length() > 53:
            return float(float32(value))
        value = top / bottom
    try:
        rounded: float = BYTES.unpack(BYTES.pack(value))[0]
    except OverflowError:
        return value
    return rounded
