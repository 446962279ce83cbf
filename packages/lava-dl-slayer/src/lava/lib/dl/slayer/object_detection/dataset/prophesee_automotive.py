"""Prophesee's automotive event recordings, from a local copy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ..boundingbox.utils import fliplr_bounding_boxes, resize_bounding_boxes
from ._dat import DatFile
from .utils import Height, Width, existing, fliplr_events, resize_events_frame

Annotation = dict[str, Any]
__all__ = ["PropheseeAutomotive"]

_SKIP = 100_000  # microseconds: the sensor settles, as the publisher's filter has it
_LEAST_DIAGONAL, _LEAST_SIDE = 60, 20


class PropheseeAutomotive(Dataset[tuple[Tensor, list[Annotation]]]):
    """Event frames of Prophesee's automotive recordings with their boxes.

    A frame carries the boxes of the last label before its end. Boxes are left out
    that are labelled in the first 0.1 s, shorter than 60 pixels across corners, or
    narrower or lower than 20 pixels.

    Args:
        root: Folder of the local copy, with ``label_map_dictionary.json`` and
            ``{train,val}/*_td.dat``, each beside its ``*_bbox.npy``.
        delta_t: Length of a frame in milliseconds.
        size: Height and width frames are resized to.
        train: Use the training split rather than the validation split.
        seq_len: Frames in a sequence.
        events_ratio: A random start moves on until this share of the frame's pixels
            holds an event.
        randomize_seq: Start at a random time rather than with the first label.
        augment_prob: Probability of mirroring.

    Raises:
        FileNotFoundError: The local copy is not there.
    """

    def __init__(
        self,
        root: str | Path = "./",
        delta_t: int = 1,
        size: tuple[Height, Width] = (448, 448),
        train: bool = False,
        seq_len: int = 32,
        events_ratio: float = 0.07,
        randomize_seq: bool = False,
        augment_prob: float = 0.0,
    ) -> None:
        name = "PropheseeAutomotive"
        names = existing(Path(root) / "label_map_dictionary.json", name, "class names")
        split = existing(Path(root) / ("train" if train else "val"), name, "recordings")
        self.files = sorted(split.glob("*_td.dat"))
        with names.open() as file:
            listed = json.load(file)
        self.idx_map = {int(key): value for key, value in listed.items()}
        self.classes = [self.idx_map[key] for key in sorted(self.idx_map)]
        self.delta_t = delta_t
        self.size = size
        self.seq_len = seq_len
        self.events_ratio = events_ratio
        self.randomize_seq = randomize_seq
        self.augment_prob = augment_prob

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Tensor, list[Annotation]]:
        """Event frames (2, H, W, T), values 0 and 1, and T annotations."""
        path = self.files[index]
        recording = DatFile(path)
        boxes = _boxes(path.with_name(path.name.replace("_td.dat", "_bbox.npy")))
        step = self.delta_t * 1000
        start = self._start(recording, boxes, step)
        mirror = np.random.random() < self.augment_prob
        times = range(start, start + step * self.seq_len, step)
        samples = [self._sample(recording, boxes, t, t + step, mirror) for t in times]
        frames = torch.from_numpy(np.stack([frame for frame, _ in samples], axis=-1))
        return frames.float(), [annotation for _, annotation in samples]

    def _start(self, recording: DatFile, boxes: NDArray[np.void], step: int) -> int:
        """Time of the sequence's first frame in microseconds."""
        if not self.randomize_seq:
            return int(boxes["ts"][0]) // step * step if len(boxes) else 0
        last = max(recording.duration // step - self.seq_len, 0)
        first = int(np.random.randint(last + 1))
        for number in range(first, last):
            frame = recording.frame(number * step, (number + 1) * step)
            if frame.any(axis=0).mean() >= self.events_ratio:
                return number * step
        return first * step

    def _sample(
        self,
        recording: DatFile,
        boxes: NDArray[np.void],
        start: int,
        stop: int,
        mirror: bool,
    ) -> tuple[NDArray[np.uint8], Annotation]:
        frame = recording.frame(start, stop).transpose(1, 2, 0)
        size = {"height": recording.height, "width": recording.width}
        objects = [self._object(row) for row in _current(boxes, stop)]
        annotation: Annotation = {"annotation": {"size": size, "object": objects}}
        frame = resize_events_frame(frame, self.size)
        resize_bounding_boxes(annotation, self.size)
        if mirror:
            frame, annotation = fliplr_events(frame), fliplr_bounding_boxes(annotation)
        return frame.transpose(2, 0, 1), annotation

    def _object(self, row: np.void) -> dict[str, Any]:
        label = int(row["class_id"])
        x, y, w, h = (float(row[key]) for key in ("x", "y", "w", "h"))
        corners = {"xmin": x, "ymin": y, "xmax": x + w, "ymax": y + h}
        return {"id": label, "name": self.idx_map[label], "bndbox": corners}


def _boxes(path: Path) -> NDArray[np.void]:
    """Labelled boxes in order of time, those too early or too small left out."""
    boxes = np.load(existing(path, "PropheseeAutomotive", "the boxes of a recording"))
    if "t" in boxes.dtype.names:  # the name newer recordings give the time
        boxes.dtype.names = tuple("ts" if n == "t" else n for n in boxes.dtype.names)
    large = np.hypot(boxes["w"], boxes["h"]) >= _LEAST_DIAGONAL
    large &= (boxes["w"] >= _LEAST_SIDE) & (boxes["h"] >= _LEAST_SIDE)
    kept = boxes[large & (boxes["ts"] > _SKIP)]
    return kept[np.argsort(kept["ts"], kind="stable")]


def _current(boxes: NDArray[np.void], stop: int) -> NDArray[np.void]:
    """Boxes of the last label before ``stop``."""
    end = int(np.searchsorted(boxes["ts"], stop))
    if not end:
        return boxes[:0]
    return boxes[np.searchsorted(boxes["ts"], boxes["ts"][end - 1]) : end]
