"""One row per layer of the table that printing a network shows."""

from __future__ import annotations

HEADER = "|   Type   |  W  |  H  |  C  | ker | str | pad | dil | grp |delay|"
_BLANK = "     |"


def row(
    kind: str,
    shape: tuple[int, ...],
    *,
    kernel: tuple[int, int] | None = None,
    stride: tuple[int, int] | None = None,
    padding: tuple[int, int] | None = None,
    dilation: tuple[int, int] | None = None,
    groups: int | None = None,
    delay: bool = False,
) -> str:
    """One row; sizes in (width, height) order."""
    whole = {1: (1, 1, *shape), 2: (*shape, 1)}.get(len(shape), shape)
    text = f"|{kind:<10}|" + "".join(f"{size:>5}|" for size in whole)
    for pair in (kernel, stride, padding, dilation):
        text += _BLANK if pair is None else f"{pair[0]:2d},{pair[1]:2d}|"
    text += _BLANK if groups is None else f"{groups:>5}|"
    return f"{text}{delay!s:<5}|"
