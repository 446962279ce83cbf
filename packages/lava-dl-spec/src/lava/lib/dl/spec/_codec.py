"""How one value of a record is checked, held in memory and written.

A codec takes whatever a caller or a file offers and returns the canonical value, or
raises :class:`RejectError` with the defect's code and a sentence. Arrays in memory are
read-only, C-contiguous int32 (float32 where the value is a real number).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]
RealArray = NDArray[np.float32]

INT32 = (-(2**31), 2**31 - 1)


class RejectError(ValueError):
    """A value doesn't fit its declaration.

    Attributes:
        code: The defect's code.
        path: Where it is, below the object being read.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code, self.path = code, ""
        super().__init__(message)


@dataclass(frozen=True)
class Checked:
    """A value that went through its codec already, so that none is checked twice."""

    value: Any


def numeric(value: object) -> NDArray[Any]:
    """The value as an array of numbers."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise RejectError(
            "not-numeric", f"expected numbers, got {value!r:.60}"
        ) from error
    if array.dtype.kind not in "iufb":
        raise RejectError(
            "not-numeric", f"expected numbers, got data of type {array.dtype}"
        )
    return array


def single(value: object, what: str) -> NDArray[Any]:
    """The value as an array of one number."""
    array = numeric(value)
    if array.size != 1:
        raise RejectError("not-scalar", f"expected one {what}, got shape {array.shape}")
    return array.reshape(())


def in_range(low: Any, high: Any, limits: tuple[int, int]) -> None:
    """Refuse values outside the limits, or that are not numbers."""
    # A narrow numpy scalar would have to hold the limits to be compared with them.
    low, high = low.item(), high.item()
    if not (limits[0] <= low and high <= limits[1]):
        finite = np.isfinite(low) and np.isfinite(high)
        raise RejectError(
            "value-range" if finite else "not-finite",
            f"values from {low} to {high} are outside {limits[0]}..{limits[1]}",
        )


def integers(value: object, limits: tuple[int, int], truncate: bool) -> IntArray:
    """The value as int32, fractions dropped toward zero or refused."""
    array = numeric(value)
    if array.size:
        in_range(array.min(), array.max(), limits)
    whole = np.array(array, dtype=np.int32, order="C")
    if array.dtype.kind == "f" and not truncate and not np.array_equal(whole, array):
        raise RejectError("fraction", "expected integers in file units, got fractions")
    whole.setflags(write=False)
    return whole


@dataclass(frozen=True)
class Codec:
    """Base of the codecs.

    Attributes:
        written: HDF5 type the value is written as.
        low: Smallest legal value, where the value is a number.
        high: Largest legal value.
        kind: What the value is, in one or two words.
        reads: What a reader accepts.
        layout: Shape of what is written.
        axes: Names of the axes, where all values of the codec have the same.
    """

    written: str = "int64"
    low: int = INT32[0]
    high: int = INT32[1]
    kind = "value"
    reads = "number"
    layout = "scalar"
    axes: ClassVar[tuple[str, ...]] = ()

    def coerce(self, value: Any, *, truncate: bool = False) -> Any:
        """The canonical value, or :class:`RejectError`."""
        raise NotImplementedError

    def encode(self, value: Any) -> Any:
        """What h5py is given to write."""
        return np.asarray(value, dtype=self.written)

    @property
    def limits(self) -> tuple[int, int]:
        """Smallest and largest legal value."""
        return self.low, self.high


@dataclass(frozen=True)
class Integer(Codec):
    """One integer; a one-element array is accepted."""

    kind = "integer"
    reads = "number, 1 element"

    def coerce(self, value: Any, *, truncate: bool = False) -> int:
        """The value as a Python int."""
        return int(integers(single(value, "number"), self.limits, truncate))


@dataclass(frozen=True)
class IntegerRow(Integer):
    """One integer, written as a row of length one."""

    layout = "(1)"

    def encode(self, value: Any) -> Any:
        """A float row of one element, as upstream stores an input's weight."""
        return np.full((1,), value, dtype=self.written)


@dataclass(frozen=True)
class Flag(Codec):
    """A truth value."""

    written: str = "bool"
    kind = "boolean"
    reads = "number, 1 element"

    def coerce(self, value: Any, *, truncate: bool = False) -> bool:
        """The value as a Python bool; any number but zero is true."""
        return bool(single(value, "flag"))


@dataclass(frozen=True)
class Text(Codec):
    """A short text, optionally one of a few words."""

    written: str = "vlen-str"
    choices: tuple[str, ...] = ()
    longest: int = 256
    kind = "string"
    reads = "text, 1 element"

    def coerce(self, value: Any, *, truncate: bool = False) -> str:
        """The value as str."""
        text = decode_text(value, self.longest)
        if self.choices and text not in self.choices:
            raise RejectError(
                "text", f"{text!r} is not one of {', '.join(self.choices)}"
            )
        return text

    def encode(self, value: Any) -> Any:
        """The text itself: h5py stores str as variable-length UTF-8."""
        return value


def decode_text(value: object, longest: int = 256) -> str:
    """A text from str, bytes or an array holding one of them."""
    if isinstance(value, np.ndarray):
        if value.size != 1:
            raise RejectError("text", f"expected one text, got shape {value.shape}")
        value = value.reshape(-1)[0]
    if isinstance(value, bytes):
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise RejectError("text", "the text is not valid UTF-8") from error
    if not isinstance(value, str) or not 0 < len(value) <= longest or "\0" in value:
        raise RejectError(
            "text", f"expected a text of 1 to {longest} characters, got {value!r:.60}"
        )
    return str(value)


@dataclass(frozen=True)
class Pair(Codec):
    """Two integers in (height, width) order; one integer stands for both."""

    low: int = 0
    high: int = 2**15
    kind = "pair"
    reads = "number, 1 or 2 elements"
    axes: ClassVar[tuple[str, ...]] = ("height, width",)
    layout = "(2)"

    def coerce(self, value: Any, *, truncate: bool = False) -> tuple[int, int]:
        """The value as (height, width)."""
        array = integers(value, self.limits, truncate).reshape(-1)
        if array.size not in (1, 2):
            raise RejectError(
                "shape", f"expected (height, width), got {array.size} numbers"
            )
        return int(array[0]), int(array[-1])


@dataclass(frozen=True)
class Shape(Codec):
    """A list of positive integers."""

    low: int = 1
    high: int = 2**24
    longest: int = 3
    kind = "list"
    reads = "number, 1 to 3 elements"
    layout = "row"

    def coerce(self, value: Any, *, truncate: bool = False) -> tuple[int, ...]:
        """The value as a tuple of ints."""
        array = integers(value, self.limits, truncate).reshape(-1)
        if not 0 < array.size <= self.longest:
            raise RejectError(
                "shape", f"expected 1 to {self.longest} numbers, got {array.size}"
            )
        return tuple(int(n) for n in array)


@dataclass(frozen=True)
class Array(Codec):
    """An array of integers with a given number of axes."""

    written: str = "float32"
    ranks: tuple[int, ...] = (1,)
    kind = "array"
    layout = "array"

    def coerce(self, value: Any, *, truncate: bool = False) -> IntArray:
        """The value as read-only int32; a scalar becomes a row of one."""
        return self.arrange(integers(value, self.limits, truncate))

    def arrange(self, array: IntArray) -> IntArray:
        """The array with its canonical axes, read-only."""
        if array.ndim == 0 and 1 in self.ranks:
            array = array.reshape(1)
        if array.ndim == 5 and array.shape[-1] == 1 and 4 in self.ranks:
            array = array[..., 0]
        if array.ndim not in self.ranks or array.size == 0:
            ranks = " or ".join(map(str, self.ranks))
            raise RejectError(
                "shape", f"expected {ranks} axes, got shape {array.shape}"
            )
        array.setflags(write=False)
        return array


@dataclass(frozen=True)
class Channels(Codec):
    """One integer for all channels, or one per channel."""

    low: int = 0
    high: int = 4096
    kind = "integer or array"
    reads = "number, scalar or row"
    axes: ClassVar[tuple[str, ...]] = ("1 | channel",)
    layout = "scalar or row"

    def coerce(self, value: Any, *, truncate: bool = False) -> int | IntArray:
        """The value as int, or as int32 of shape (channels,)."""
        array = integers(value, self.limits, truncate)
        if array.ndim == 0:
            return int(array)
        if array.ndim != 1 or array.size == 0:
            raise RejectError(
                "shape", f"expected one number per channel, got {array.shape}"
            )
        return array


@dataclass(frozen=True)
class Reals(Codec):
    """An array of real numbers."""

    written: str = "float32"
    kind = "real array"
    layout = "row"

    def coerce(self, value: Any, *, truncate: bool = False) -> RealArray:
        """The value as a read-only row of float32, in C order."""
        array = np.array(numeric(value), dtype=np.float32, order="C").reshape(-1)
        if not np.isfinite(array).all():
            raise RejectError(
                "not-finite", "expected finite numbers, got nan or infinity"
            )
        array.setflags(write=False)
        return array
