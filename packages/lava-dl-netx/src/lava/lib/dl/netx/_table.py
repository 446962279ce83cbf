"""The familiar table of a network's layers, and columns of any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lava.lib.dl import spec

HEADER = "|   Type   |  W  |  H  |  C  | ker | str | pad | dil | grp |delay|"


def table(layers: Sequence[spec.Layer]) -> str:
    """One row per layer; sizes and pairs in (width, height) order."""
    return "\n".join((HEADER, *map(row, layers)))


def row(layer: spec.Layer) -> str:
    """One row, under the first word of the kind."""
    kind = layer.type.partition("_")[0]
    shape = layer.shape[::-1]
    whole = {1: (1, 1, *shape), 2: (*shape, 1)}.get(len(shape), shape)
    text = f"|{kind[:1].upper() + kind[1:]:<10}|"
    text += "".join(f"{size:>5}|" for size in whole)
    for name in ("kernel_size", "stride", "padding", "dilation"):
        text += _pair(getattr(layer, name, None))
    groups = getattr(layer, "groups", None)
    text += " " * 5 + "|" if groups is None else f"{groups:>5}|"
    has_delay = getattr(layer, "delay", None) is not None
    return f"{text}{has_delay!s:<5}|"


def _pair(pair: Any) -> str:
    return "     |" if pair is None else f"{pair[1]:2d},{pair[0]:2d}|"


def aligned(
    rows: Sequence[Sequence[str]], pad: Callable[[str, int], str] = str.ljust
) -> str:
    """Lines of cells, each column as wide as its widest one."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(pad, row, widths)) for row in rows)
