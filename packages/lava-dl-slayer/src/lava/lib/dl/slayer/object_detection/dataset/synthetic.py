"""Generated data: shapes that move over a grey ground, as frames and as events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

Annotation = dict[str, Any]
_Array = NDArray[np.float32]
__all__ = ["SyntheticEvents", "SyntheticShapes"]

_CLASSES = ("square", "disc", "triangle")
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_SPLITS = {True: 0, False: 1}


@dataclass(eq=False, repr=False)
class SyntheticShapes(Dataset[tuple[Tensor, list[Annotation]]]):
    """Squares, discs and triangles that drift over a noisy grey ground.

    A sample depends on nothing but the seed, the split and its index; shapes bounce
    off the frame's edges, and later ones cover earlier ones.

    Args:
        num_samples: Number of sequences.
        size: Height and width of a frame.
        seq_len: Frames in a sequence.
        train: Use the training split, which shares no sample with the other.
        max_objects: Most shapes in a sequence; there is at least one.
        seed: Seed of the data set.
    """

    classes = _CLASSES

    num_samples: int = 256
    size: tuple[int, int] = (64, 64)
    seq_len: int = 8
    train: bool = True
    max_objects: int = 2
    seed: int = 0

    def __len__(self) -> int:
        return self.num_samples

    def __getitem__(self, index: int) -> tuple[Tensor, list[Annotation]]:
        """Images (3, H, W, T), values 0 to 1, and T annotations."""
        video, annotations = self._scene(index)
        return torch.from_numpy(video), annotations

    def _scene(self, index: int) -> tuple[_Array, list[Annotation]]:
        if not 0 <= index < self.num_samples:
            raise IndexError(f"sample {index} of {self.num_samples}.")
        random = np.random.default_rng([self.seed, _SPLITS[self.train], index])
        height, width = self.size
        ground = 0.4 + 0.05 * random.standard_normal((3, height, width, 1))
        video = np.repeat(ground, self.seq_len, axis=-1).astype(np.float32)
        objects: list[list[dict[str, Any]]] = [[] for _ in range(self.seq_len)]
        for _ in range(int(random.integers(1, self.max_objects + 1))):
            self._add(video, objects, random)
        size = {"height": height, "width": width}
        annotations = [{"annotation": {"size": size, "object": o}} for o in objects]
        return video.clip(0, 1), annotations

    def _add(
        self,
        video: _Array,
        objects: list[list[dict[str, Any]]],
        random: np.random.Generator,
    ) -> None:
        """Draw one shape into every frame, and note its boxes."""
        label = int(random.integers(len(_CLASSES)))
        half = random.uniform(0.11, 0.19) * min(self.size)
        colour = np.where(random.random(3) < 0.5, 0.05, 0.95)[:, None, None]
        angle, pace = random.uniform(0, 2 * np.pi), random.uniform(0.015, 0.03)
        speed = pace * min(self.size) * np.array([np.sin(angle), np.cos(angle)])
        room = np.array(self.size) - 2 * half
        place = random.uniform(0, room)
        for step, frame_objects in enumerate(objects):
            y, x = half + _bounced(place + step * speed, room)
            inside = _inside(_CLASSES[label], self.size, y, x, half)
            video[..., step] = np.where(inside, colour, video[..., step])
            corners = (x - half, y - half, x + half, y + half)
            box = dict(zip(_CORNERS, map(float, corners), strict=True))
            frame_objects.append({"id": label, "name": _CLASSES[label], "bndbox": box})


class SyntheticEvents(SyntheticShapes):
    """The scenes of ``SyntheticShapes`` as an event camera sees them.

    A pixel holds an event where its log intensity changed by more than 0.2 since the
    frame before.
    """

    def __getitem__(self, index: int) -> tuple[Tensor, list[Annotation]]:
        """Events (2, H, W, T), brighter and darker, values 0 and 1; T annotations."""
        video, annotations = self._scene(index)
        intensity = np.log(0.05 + video.mean(axis=0))
        change = np.diff(intensity, axis=-1, prepend=intensity[..., :1])
        events = np.stack([change > 0.2, change < -0.2])
        return torch.from_numpy(events.astype(np.float32)), annotations


def _bounced(place: NDArray[np.float64], room: NDArray[np.float64]) -> Any:
    """A straight path folded into 0 to ``room``."""
    return room - np.abs(place % (2 * room) - room)


def _inside(
    name: str, size: tuple[int, int], y: float, x: float, half: float
) -> NDArray[np.bool_]:
    """Which pixels (H, W) the shape covers."""
    down = (np.arange(size[0]) + 0.5 - y)[:, None]
    across = (np.arange(size[1]) + 0.5 - x)[None]
    covered: NDArray[np.bool_] = np.maximum(np.abs(down), np.abs(across)) <= half
    if name == "disc":
        covered = down**2 + across**2 <= half**2
    elif name == "triangle":
        covered &= np.abs(across) <= (down + half) / 2
    return covered
