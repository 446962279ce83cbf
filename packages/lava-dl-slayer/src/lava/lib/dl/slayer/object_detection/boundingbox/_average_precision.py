"""Average precision of detections, an image at a time or over all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ._overlap import EPS, bbox_iou

_Array = NDArray[np.float64]
_GRID = np.linspace(0, 1, 101)


def compute_ap(precision: ArrayLike, recall: ArrayLike) -> float:
    """Area under the curve of precision over recall, read at COCO's 101 recalls.

    Between the curve's points it runs straight, as in lava-dl 0.6, where COCO and
    torchmetrics take steps: up to about 0.01 apart.

    Args:
        precision: Precision after each detection, most confident first (n,).
        recall: Recall after each detection (n,), not decreasing.

    Returns:
        Average precision, 0 to 1.
    """
    recall = np.asarray(recall, dtype=np.float64)
    if not recall.size:
        return 0.0
    recall = np.concatenate([[0.0], recall, [recall[-1] + 0.01]])
    precision = np.concatenate([[1.0], precision, [0.0]])
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    heights = np.interp(_GRID, recall, envelope)
    return float(((heights[1:] + heights[:-1]) / 2 * np.diff(_GRID)).sum())


def _thresholds(iou_threshold: float | ArrayLike) -> _Array:
    return np.atleast_1d(np.asarray(iou_threshold, dtype=np.float64))


def _hits(output: Tensor, target: Tensor, thresholds: _Array) -> NDArray[np.bool_]:
    """Which detections, most confident first, find a target (n, K).

    A detection stands for the target of its class it overlaps most, and finds it if
    the overlap exceeds the threshold and no more confident one found it before.
    """
    iou = bbox_iou(output[:, :4], target[:, :4])
    iou *= output[:, 5:6] == target[:, 5]
    best, index = (value.numpy() for value in iou.max(dim=1))
    hits = best[:, None] > thresholds
    for column in hits.T:
        able = np.flatnonzero(column)
        first = able[np.unique(index[able], return_index=True)[1]]
        column[:] = False
        column[first] = True
    return hits


def _ranked(output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Detections, most confident first, and targets, as plain CPU tensors."""
    output, target = output.detach().cpu(), target.detach().cpu()
    return output[torch.argsort(-output[:, 4], stable=True)], target


def _curve(hits: NDArray[np.bool_], count: int) -> tuple[_Array, _Array]:
    """Precision and recall after each detection of a class (n, K)."""
    true_positives = hits.cumsum(0)
    ranks = np.arange(1, len(hits) + 1)[:, None]
    return true_positives / ranks, true_positives / (count + EPS)


def _summary(hits: NDArray[np.bool_], count: int) -> _Array:
    """Precision, recall, average precision and F1 of one class (4, K)."""
    if not len(hits):
        return np.zeros((4, hits.shape[1]))
    precision, recall = _curve(hits, count)
    ap = [compute_ap(p, r) for p, r in zip(precision.T, recall.T, strict=True)]
    p, r = precision[-1], recall[-1]
    return np.stack([p, r, ap, 2 * p * r / (p + r + EPS)])


def average_precision_metrics(
    outputs: Sequence[Tensor | None],
    targets: Sequence[Tensor],
    iou_threshold: float | ArrayLike,
) -> tuple[list[_Array], list[_Array], list[_Array], list[_Array], list[_Array]]:
    """Precision, recall, average precision and F1 of each image, class by class.

    Args:
        outputs: One tensor (n, 6) an image: x, y, width, height, confidence, class;
            None where there is no answer. Such an image is left out.
        targets: One tensor (m, 6) an image. One without targets is left out.
        iou_threshold: Least overlap of a detection with its target, or K of them.

    Returns:
        Lists, an entry an image, of precision, recall, average precision and F1
        (classes, K), and of the classes among the targets (classes,) as float32.
    """
    thresholds = _thresholds(iou_threshold)
    results: tuple[list[_Array], ...] = ([], [], [], [], [])
    for output, target in zip(outputs, targets, strict=True):
        if output is None or not len(target):
            continue
        output, target = _ranked(output, target)
        hits = _hits(output, target, thresholds)
        labels, target_labels = output[:, 5].numpy(), target[:, 5].numpy()
        classes, counts = np.unique(target_labels, return_counts=True)
        rows = [
            _summary(hits[labels == c], n) for c, n in zip(classes, counts, strict=True)
        ]
        summary = (*np.stack(rows, axis=1), classes)
        for result, value in zip(results, summary, strict=True):
            result.append(value)
    return results  # type: ignore[return-value]


def mean_average_precision(
    outputs: Sequence[Tensor],
    targets: Sequence[Tensor],
    iou_threshold: float | ArrayLike = 0.5,
) -> _Array:
    """Mean over classes of the average precision over all images together.

    Detections of all images are ranked by confidence in one list per class
    (Everingham et al., The PASCAL Visual Object Classes Challenge, IJCV 2010).

    Args:
        outputs: One tensor (n, 6) an image: x, y, width, height, confidence, class.
        targets: One tensor (m, 6) an image.
        iou_threshold: Least overlap of a detection with its target, or K of them.

    Returns:
        Mean average precision for each threshold (K,); zeros without any target.
    """
    thresholds = _thresholds(iou_threshold)
    pairs = [_ranked(o, t) for o, t in zip(outputs, targets, strict=True)]
    if not sum(len(target) for _, target in pairs):
        return np.zeros(len(thresholds))
    detections = torch.cat([output for output, _ in pairs]).numpy()
    target_labels = torch.cat([t for _, t in pairs if len(t)])[:, 5].numpy()
    hits = np.concatenate(
        [
            _hits(o, t, thresholds)
            if len(t)
            else np.zeros((len(o), len(thresholds)), bool)
            for o, t in pairs
        ]
    )
    order = np.argsort(-detections[:, 4], kind="stable")
    hits, labels = hits[order], detections[order, 5]
    classes, counts = np.unique(target_labels, return_counts=True)
    scores = [
        _summary(hits[labels == c], n)[2] for c, n in zip(classes, counts, strict=True)
    ]
    return np.mean(scores, axis=0)


class APstats:
    """Running mean of average precision over images and their classes.

    ``stats[:]`` is the mean over thresholds, ``stats[0.5]`` the score at that
    threshold, ``stats[i]`` and ``stats[a:b]`` index the scores.

    Args:
        iou_threshold: Least overlap of a detection with its target, or K of them.
    """

    def __init__(self, iou_threshold: float | ArrayLike) -> None:
        self.iou_threshold = _thresholds(iou_threshold)
        self.num_iou = len(self.iou_threshold)
        self.reset()

    def reset(self) -> None:
        """Forget everything seen."""
        self.ap_sum = np.zeros(self.num_iou)
        self.count = 0

    def update(
        self, predictions: Sequence[Tensor | None], targets: Sequence[Tensor]
    ) -> None:
        """Add images.

        Args:
            predictions: One tensor (n, 6) an image, or None.
            targets: One tensor (m, 6) an image.
        """
        scores = average_precision_metrics(predictions, targets, self.iou_threshold)[2]
        for score in scores:
            self.ap_sum += score.sum(axis=0)
            self.count += len(score)

    def ap_scores(self) -> _Array:
        """Mean average precision for each threshold (K,)."""
        return self.ap_sum / self.count if self.count else self.ap_sum

    def __getitem__(self, key: float | int | slice) -> float | _Array:
        """The score, or scores, at a threshold, an index or a slice."""
        scores = self.ap_scores()
        if isinstance(key, slice):
            return float(scores.mean()) if key == slice(None) else scores[key]
        if not isinstance(key, float):
            return scores[key]
        (indices,) = np.nonzero(np.isclose(self.iou_threshold, key))
        if not len(indices):
            known = ", ".join(f"{t:g}" for t in self.iou_threshold)
            raise IndexError(f"threshold {key:g} is not among those kept: {known}.")
        return float(scores[indices[0]])
