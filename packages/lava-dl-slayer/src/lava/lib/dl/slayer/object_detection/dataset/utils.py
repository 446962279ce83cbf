"""Flips and sizes of images and event frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..boundingbox._annotations import Height, Width
from ..boundingbox._drawing import _pillow

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "Height",
    "Width",
    "flip_lr",
    "flip_ud",
    "fliplr_events",
    "resize_events_frame",
]


def flip_lr(img: Image) -> Image:
    """The image mirrored left to right."""
    return img.transpose(_pillow()[0].Transpose.FLIP_LEFT_RIGHT)


def flip_ud(img: Image) -> Image:
    """The image upside down."""
    return img.transpose(_pillow()[0].Transpose.FLIP_TOP_BOTTOM)


def resize_events_frame(
    events: NDArray[Any], size: tuple[Height, Width]
) -> NDArray[Any]:
    """An event frame of another size, each pixel taken from its nearest upper left.

    Args:
        events: Events (H, W, ...).
        size: New height and width in pixels.

    Returns:
        Events (size[0], size[1], ...).
    """
    rows = np.arange(size[0]) * events.shape[0] // size[0]
    columns = np.arange(size[1]) * events.shape[1] // size[1]
    return events[rows[:, None], columns]


def fliplr_events(events: NDArray[Any]) -> NDArray[Any]:
    """The event frame (H, W, ...) mirrored left to right."""
    return np.fliplr(events)


def existing(path: Path, name: str, content: str) -> Path:
    """The path, or an error that says what belongs there and where to get it."""
    if not path.exists():
        raise FileNotFoundError(
            f"{name} needs {content} at {path}, which is missing. Get the data set "
            "from its publisher, and pass its folder as root."
        )
    return path
