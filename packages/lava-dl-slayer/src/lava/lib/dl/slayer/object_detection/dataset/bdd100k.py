"""Berkeley DeepDrive (BDD100K) sequences, from a local copy."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..boundingbox._drawing import _pillow
from ..boundingbox.utils import fliplr_bounding_boxes, resize_bounding_boxes
from .utils import Height, Width, existing, flip_lr

if TYPE_CHECKING:
    from PIL.Image import Image

Annotation = dict[str, Any]
__all__ = ["BDD"]


class BDD(Dataset[tuple[Tensor, list[Annotation]]]):
    """Image sequences of BDD100K with their boxes.

    Args:
        root: Folder of the local copy, with ``labels/box_<dataset>_20/{train,val}`` and
            ``images/<dataset>/{train,val}``.
        dataset: Which part, ``"track"`` for sequences.
        size: Height and width images are resized to.
        train: Use the training split rather than the validation split.
        seq_len: Frames in a sequence; a shorter one repeats its last.
        randomize_seq: Start at a random frame rather than the first.
        augment_prob: Probability of each augmentation: mirroring, blur, greys.

    Raises:
        FileNotFoundError: The local copy is not there.
    """

    def __init__(
        self,
        root: str | Path = "./",
        dataset: str = "track",
        size: tuple[Height, Width] = (448, 448),
        train: bool = False,
        seq_len: int = 32,
        randomize_seq: bool = False,
        augment_prob: float = 0.0,
    ) -> None:
        split = "train" if train else "val"
        content = f"the {split} split of BDD100K"
        labels = Path(root) / "labels" / f"box_{dataset}_20" / split
        self.labels = sorted(existing(labels, "BDD", content).glob("*.json"))
        self.images = existing(Path(root) / "images" / dataset / split, "BDD", content)
        self.size = size
        self.seq_len = seq_len
        self.randomize_seq = randomize_seq
        self.augment_prob = augment_prob
        names = {
            label["category"]
            for path in self.labels
            for frame in _frames(path)
            for label in _boxed(frame)
        }
        self.classes = sorted(names)
        self.idx_map = {name: index for index, name in enumerate(self.classes)}

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, list[Annotation]]:
        """Images (3, H, W, T), values 0 to 1, and T annotations."""
        path = self.labels[index]
        frames = _frames(path)
        if not frames:
            raise ValueError(f"{path} lists no frames.")
        spare = len(frames) - self.seq_len
        start = np.random.randint(spare) if self.randomize_seq and spare > 0 else 0
        frames = frames[start : start + self.seq_len]
        augment = _Augmentation(self.augment_prob)
        samples = [self._sample(path.stem, frame, augment) for frame in frames]
        while len(samples) < self.seq_len:
            samples.append(deepcopy(samples[-1]))
        return torch.stack([image for image, _ in samples], -1), [a for _, a in samples]

    def _sample(
        self, name: str, frame: dict[str, Any], augment: _Augmentation
    ) -> tuple[Tensor, Annotation]:
        picture, _ = _pillow()
        with picture.open(self.images / name / frame["name"]) as file:
            image = file.convert("RGB")
        annotation = self._annotation(frame, image.size)
        height, width = self.size
        image = image.resize((width, height), picture.Resampling.BILINEAR)
        resize_bounding_boxes(annotation, self.size)
        image, annotation = augment(image, annotation)
        pixels = torch.from_numpy(np.array(image, dtype=np.float32) / 255)
        return pixels.permute(2, 0, 1), annotation

    def _annotation(self, frame: dict[str, Any], size: tuple[int, int]) -> Annotation:
        objects = [
            {
                "id": self.idx_map[label["category"]],
                "name": label["category"],
                "bndbox": {
                    "xmin": label["box2d"]["x1"],
                    "ymin": label["box2d"]["y1"],
                    "xmax": label["box2d"]["x2"],
                    "ymax": label["box2d"]["y2"],
                },
            }
            for label in _boxed(frame)
        ]
        extent = {"height": size[1], "width": size[0]}
        return {"annotation": {"size": extent, "object": objects}}


class _Augmentation:
    """One draw of augmentations for all frames of a sequence."""

    def __init__(self, probability: float) -> None:
        mirror, blur, grey = np.random.random(3) < probability
        self.steps: list[Callable[[Image], Image]] = []
        self.mirror = bool(mirror)
        if blur:
            from PIL import ImageFilter

            kernel = ImageFilter.GaussianBlur(np.random.uniform(0.1, 2.0))
            self.steps.append(lambda image: image.filter(kernel))
        if grey:
            self.steps.append(lambda image: image.convert("L").convert("RGB"))

    def __call__(
        self, image: Image, annotation: Annotation
    ) -> tuple[Image, Annotation]:
        if self.mirror:
            image, annotation = flip_lr(image), fliplr_bounding_boxes(annotation)
        for step in self.steps:
            image = step(image)
        return image, annotation


def _frames(path: Path) -> list[dict[str, Any]]:
    with path.open() as file:
        return json.load(file)


def _boxed(frame: dict[str, Any]) -> list[dict[str, Any]]:
    return [label for label in frame.get("labels") or [] if "box2d" in label]
