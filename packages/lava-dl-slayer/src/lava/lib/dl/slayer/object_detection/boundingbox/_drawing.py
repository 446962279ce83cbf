"""Boxes and events drawn with Pillow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from lava.lib.dl.slayer._optional import optional

if TYPE_CHECKING:
    from PIL.Image import Image

    Picture = TypeVar("Picture", Image, Tensor)

Colour = tuple[int, int, int]
_LABEL = (40, 10)


def _pillow() -> Any:
    """Pillow's Image and ImageDraw, which plain slayer does without."""
    names = "PIL.Image", "PIL.ImageDraw"
    return tuple(optional(name, "images need Pillow", "obd") for name in names)


def image_from_tensor(frame: Tensor) -> Image:
    """A frame (C, H, W) of one or three channels, values 0 to 1, as RGB image."""
    levels = (frame.detach().cpu().clamp(0, 1) * 255).to(torch.uint8)
    pixels = levels.expand(3, *levels.shape[1:]).permute(1, 2, 0).contiguous()
    return _pillow()[0].fromarray(pixels.numpy())


def render_events_img(inputs: Tensor) -> Image:
    """Events of one frame as an image, channel 0 in red and channel 1 in blue.

    Args:
        inputs: Events (2, H, W), values 0 to 1.

    Returns:
        RGB image.
    """
    positive, negative = torch.as_tensor(inputs).float()
    return image_from_tensor(
        torch.stack([positive, torch.zeros_like(positive), negative])
    )


def mark_bounding_boxes(
    image: Picture,
    objects: Iterable[Mapping[str, Any]],
    box_color_map: Sequence[Colour] = (),
    box_color: Colour = (0, 255, 0),
    text_color: Colour = (0, 0, 255),
    thickness: int = 5,
) -> Picture:
    """Draw boxes and their names onto an image, in place.

    Args:
        image: RGB image, or frame (C, H, W) with values 0 to 1.
        objects: The ``"object"`` entries of an annotation, in pixels.
        box_color_map: Colours to take in turn by class; text has the complement.
        box_color: Colour of boxes where there is no map.
        text_color: Colour of names where there is no map.
        thickness: Width in pixels of the outline of a box of confidence 1.

    Returns:
        ``image``.
    """
    canvas = image_from_tensor(image) if isinstance(image, Tensor) else image
    draw = _pillow()[1].Draw(canvas)
    for item in objects:
        box, text = box_color, text_color
        if len(box_color_map):
            chosen = box_color_map[item["id"] % len(box_color_map)]
            red, green, blue = (int(level) for level in chosen)
            box, text = (red, green, blue), (255 - red, 255 - green, 255 - blue)
        width = max(int(thickness * item.get("confidence", 1.0)), 1)
        _mark(draw, canvas.size, item, box, text, width)
    if isinstance(image, Tensor):
        _copy_into(image, canvas)
    return image


def _mark(
    draw: Any,
    size: tuple[int, int],
    item: Mapping[str, Any],
    box: Colour,
    text: Colour,
    width: int,
) -> None:
    left, right = (_inside(item["bndbox"][k], size[0]) for k in ("xmin", "xmax"))
    top, bottom = (_inside(item["bndbox"][k], size[1]) for k in ("ymin", "ymax"))
    if right < left or bottom < top:
        return
    draw.rectangle((left, top, right, bottom), outline=box, width=width)
    draw.rectangle((left, top, left + _LABEL[0], top + _LABEL[1]), fill=box)
    draw.text((left, top), item["name"], fill=text)


def _inside(value: float, extent: int) -> int:
    return min(max(int(value), 0), extent - 1)


def _copy_into(frame: Tensor, canvas: Image) -> None:
    pixels = torch.from_numpy(np.array(canvas)).permute(2, 0, 1)[: len(frame)]
    frame.copy_(pixels.to(frame) / 255)
