"""Sequences with their predicted and true boxes, as frames and as video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from ._annotations import annotation_from_tensor
from ._drawing import (
    Colour,
    _pillow,
    image_from_tensor,
    mark_bounding_boxes,
)

if TYPE_CHECKING:
    from PIL.Image import Image

Boxes = Sequence[Sequence[Tensor]]
Create = TypeVar("Create", bound=Callable[..., Any])
_FRAMES_A_SECOND = 10


def create_frames(
    inputs: Tensor,
    targets: Boxes,
    predictions: Boxes,
    classes: Sequence[str],
    batch: int = 0,
    box_color_map: Sequence[Colour] | None = None,
) -> list[Image]:
    """Images of a sequence, predicted boxes on the left and true ones on the right.

    Args:
        inputs: Images (N, C, H, W, T), values 0 to 1.
        targets: Boxes (n, 6), by time and then by sample.
        predictions: As ``targets``.
        classes: Name of each class.
        batch: Which sample to draw.
        box_color_map: Colour of each class; drawn by ``np.random`` if not given.

    Returns:
        T images, twice as wide as a frame.
    """
    colours = box_color_map
    if colours is None:
        colours = np.random.randint(0, 256, (len(classes), 3)).tolist()
    frames = []
    for step in range(inputs.shape[-1]):
        image = image_from_tensor(inputs[batch, ..., step])
        sides = (("Prediction", predictions), ("Ground Truth", targets))
        marked = [
            _marked(image.copy(), title, boxes[step][batch], classes, colours)
            for title, boxes in sides
        ]
        frames.append(_beside(*marked))
    return frames


def _marked(
    image: Image,
    title: str,
    boxes: Tensor,
    classes: Sequence[str],
    colours: Sequence[Colour],
) -> Image:
    size = {"height": image.height, "width": image.width}
    annotation = annotation_from_tensor(boxes, size, classes)["annotation"]
    mark_bounding_boxes(image, annotation["object"], colours)
    _pillow()[1].Draw(image).text((5, 5), title, fill=(255, 255, 255))
    return image


def _beside(left: Image, right: Image) -> Image:
    both: Image = _pillow()[0].new("RGB", (left.width + right.width, left.height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


def create_video(
    inputs: Tensor,
    targets: Boxes,
    predictions: Boxes,
    output_path: str | Path,
    classes: Sequence[str],
    batch: int = 0,
    box_color_map: Sequence[Colour] | None = None,
) -> Path:
    """Write what ``create_frames`` draws as ``<output_path>.mp4``, 10 frames a second.

    Without imageio's ffmpeg, ``<output_path>.gif`` is written instead.

    Returns:
        The file written.
    """
    frames = create_frames(inputs, targets, predictions, classes, batch, box_color_map)
    imageio = _imageio()
    if imageio is None:
        path = Path(f"{output_path}.gif")
        options: dict[str, Any] = {"duration": 1000 // _FRAMES_A_SECOND, "loop": 0}
        frames[0].save(path, save_all=True, append_images=frames[1:], **options)
        return path
    path = Path(f"{output_path}.mp4")
    pictures = [np.asarray(frame) for frame in frames]
    # Colour at half the resolution needs even sides; by default they grow to 16s.
    imageio.mimwrite(path, pictures, fps=_FRAMES_A_SECOND, macro_block_size=2)
    return path


def _for_events(create: Create) -> Create:
    @wraps(create)
    def created(inputs: Tensor, *args: Any, **kwargs: Any) -> Any:
        positive, negative = inputs.float().unbind(1)
        colours = torch.stack([positive, torch.zeros_like(positive), negative], dim=1)
        return create(colours, *args, **kwargs)

    created.__name__ = created.__qualname__ = f"{create.__name__}_events"
    created.__doc__ = f"As ``{create.__name__}``, for events (N, 2, H, W, T)."
    decorated: Any = created
    return decorated


create_frames_events = _for_events(create_frames)
create_video_events = _for_events(create_video)


def _imageio() -> Any:
    try:
        import_module("imageio_ffmpeg")
        return import_module("imageio.v2")
    except ImportError:
        return None
