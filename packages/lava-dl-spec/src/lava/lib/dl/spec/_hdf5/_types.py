"""Number and text types, and the values that stored bytes hold in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.spec._codec import RejectError
from lava.lib.dl.spec._hdf5._source import Source, damaged

INTEGER, FLOAT, STRING, BITS, ENUMERATION, VARIABLE = 0, 1, 3, 4, 8, 9
NAMES = {
    2: "a time",
    3: "a text",
    5: "opaque data",
    6: "a record",
    7: "a reference",
    8: "an enumeration",
    9: "a list",
    10: "an array",
}
IEEE = {2: (15, 10, 5, 0, 10, 15), 4: (31, 23, 8, 0, 23, 127)}
IEEE[8] = (63, 52, 11, 0, 52, 1023)
"""Sign, exponent and bits, mantissa and bits, bias: of the floats that numpy has."""
WIDEST = 16


@dataclass(frozen=True)
class Type:
    """A type; by itself one that holds no numbers.

    Attributes:
        size: Bytes of an element.
        name: What it is, for messages.
    """

    size: int
    name: str

    @property
    def dtype(self) -> np.dtype[Any]:
        """What its numbers are read as."""
        raise RejectError("not-numeric", f"expected numbers, found {self.name}")

    def numbers(self, content: bytes) -> NDArray[Any]:
        """The numbers in stored bytes, as a row."""
        return np.frombuffer(content, self.dtype)


@dataclass(frozen=True)
class PlainNumber(Type):
    """A number as numpy has it."""

    plain: np.dtype[Any]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type itself."""
        return self.plain


@dataclass(frozen=True)
class OddInteger(Type):
    """An integer of any width and precision up to 64 bits."""

    is_big: bool
    is_signed: bool
    first_bit: int
    bits: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """The widest integers."""
        return np.dtype(np.int64 if self.is_signed else np.uint64)

    def numbers(self, content: bytes) -> NDArray[Any]:
        """The numbers in stored bytes, as a row."""
        unsigned = field(content, self.size, self.is_big, self.first_bit, self.bits)
        unused = np.uint64(64 - self.bits)
        high: NDArray[Any] = (unsigned << unused).view(self.dtype)
        high >>= unused.astype(self.dtype)
        return high


@dataclass(frozen=True)
class OddFloat(Type):
    """A float of other fields than IEEE's, such as bfloat16."""

    is_big: bool
    sign: int
    exponent: tuple[int, int]
    mantissa: tuple[int, int]
    bias: int
    is_implied: bool

    @property
    def dtype(self) -> np.dtype[Any]:
        """The widest floats that every machine has."""
        return np.dtype(np.float64)

    def numbers(self, content: bytes) -> NDArray[Any]:
        """The numbers in stored bytes, as a row, cut toward zero to 53 bits."""
        sign = field(content, self.size, self.is_big, self.sign, 1)
        exponent = field(content, self.size, self.is_big, *self.exponent)
        mantissa = field(content, self.size, self.is_big, *self.mantissa)
        bits = self.mantissa[1]
        last = np.uint64((1 << self.exponent[1]) - 1)
        power = exponent.astype(np.int64) - (self.bias + bits)
        if self.is_implied:
            power += exponent == 0  # the least numbers share the next exponent
            implied = np.where(exponent == 0, 0.0, 2.0**bits)
        else:
            implied = np.zeros(1)
            power += 1
        cut = max(0, bits - (52 if self.is_implied else 53))
        whole = (mantissa >> np.uint64(cut) << np.uint64(cut)).astype(np.float64)
        with np.errstate(over="ignore", under="ignore"):
            value = np.ldexp(whole + implied, power.clip(-5000, 5000).astype(np.int32))
        fraction = mantissa << np.uint64(65 - bits) if not self.is_implied else mantissa
        value = np.where(exponent != last, value, np.where(fraction, np.nan, np.inf))
        return np.where(sign != 0, -value, value)


def field(
    content: bytes, size: int, is_big: bool, first: int, bits: int
) -> NDArray[np.uint64]:
    """Up to 64 bits of each element."""
    stored = np.frombuffer(content, np.uint8).reshape(-1, size)
    wide = np.zeros((len(stored), WIDEST + 8), np.uint8)
    wide[:, :size] = stored[:, ::-1] if is_big else stored
    start, shift = divmod(first, 8)
    low = np.ascontiguousarray(wide[:, start : start + 8]).view("<u8")[:, 0]
    high = wide[:, start + 8].astype(np.uint64)
    bit_fields: NDArray[np.uint64] = low >> np.uint64(shift)
    if shift:
        bit_fields |= high << np.uint64(64 - shift)
    bit_fields &= np.uint64((1 << bits) - 1)
    return bit_fields


@dataclass(frozen=True)
class FixedText(Type):
    """A text in a given number of bytes."""

    padding: int

    def text(self, content: bytes) -> bytes:
        """The text without its padding."""
        if self.padding == 0:
            return content.split(b"\0", 1)[0]
        return content.rstrip(b" " if self.padding == 2 else b"\0")


@dataclass(frozen=True)
class HeapText(Type):
    """A text of any length, kept in a global heap."""


def read_type(source: Source, body: bytes) -> Type:
    """The type that a message describes."""
    head, low, middle, _, size = source.unpack("BBBBI", body)
    kind = head & 15
    if not size:
        raise damaged("a type has no size")
    if kind in (INTEGER, BITS):
        first, bits = source.unpack("HH", body, 8)
        return _integer(size, low, first, bits, kind == INTEGER)
    if kind == FLOAT:
        return _float(size, low, middle, source.unpack("HHBBBBI", body, 8))
    if kind == STRING:
        return FixedText(size, "a text", low & 15)
    if kind == VARIABLE and low & 15 == 1:
        return HeapText(size, "a text")
    if kind == ENUMERATION and body[8:9] and body[8] & 15 == INTEGER:
        base = read_type(source, body[8:])
        return base if base.size == size else Type(size, "an enumeration")
    return Type(size, NAMES.get(kind, "an unknown type"))


def _integer(size: int, flags: int, first: int, bits: int, is_number: bool) -> Type:
    is_signed = is_number and bool(flags & 8)
    if not 0 < bits <= min(64, 8 * size) or first + bits > 8 * size or size > WIDEST:
        raise RejectError("not-numeric", f"integers of {bits} bits are not read")
    if size in (1, 2, 4, 8) and bits == 8 * size:
        order = ">" if flags & 1 else "<"
        plain = np.dtype(f"{order}{'i' if is_signed else 'u'}{size}")
        return PlainNumber(size, str(plain), plain)
    return OddInteger(size, "an integer", bool(flags & 1), is_signed, first, bits)


def _float(size: int, flags: int, sign: int, entry: tuple[int, ...]) -> Type:
    first, bits, where, wide, start, mantissa, bias = entry
    fields = sign, where, wide, start, mantissa, bias
    order, norm = flags & 0x41, flags >> 4 & 3
    if order not in (0, 1) or norm > 2:
        raise RejectError("not-numeric", "floats of a VAX are not read")
    if IEEE.get(size) == fields and norm == 2 and (first, bits) == (0, 8 * size):
        plain = np.dtype(f"{'>' if order else '<'}f{size}")
        return PlainNumber(size, str(plain), plain)
    ends = max(sign + 1, where + wide, start + mantissa)
    if size > WIDEST or ends > 8 * size or not (0 < wide <= 20 and 0 < mantissa <= 64):
        raise RejectError("not-numeric", f"such floats of {size} bytes are not read")
    return OddFloat(
        size,
        "a float",
        bool(order),
        sign,
        (where, wide),
        (start, mantissa),
        bias,
        norm == 2,
    )
