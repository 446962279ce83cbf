"""How training went, and what is mistaken for what."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from lava.lib.dl.slayer.plot._values import (
    Array,
    Values,
    axis_or_new,
    legend,
    with_axes,
)
from lava.lib.dl.slayer.utils.stats import LearningStats

_LABELS = {"Train": "Training", "Valid": "Validation", "Test": "Testing"}


def learning_curves(
    stats: LearningStats,
    axis: Any = None,
    *,
    kind: Literal["loss", "accuracy"] = "loss",
) -> Any:
    """Draws training, validation and testing over the epochs.

    Args:
        stats: statistics with at least one epoch; phases without samples are left out
            and an epoch without is a gap.
        axis: axis of matplotlib; a new one if None.
        kind: ``"loss"``, on a logarithmic axis, or ``"accuracy"``.

    Returns:
        The axis; each phase is a line, labelled.

    Raises:
        ValueError: for another kind.
    """
    if kind not in ("loss", "accuracy"):
        raise ValueError(f"kind is {kind!r}, needs 'loss' or 'accuracy'")
    axis = axis_or_new(axis)
    logs = {_LABELS[name]: log for name, log in stats._logs(kind).items()}
    for label, log in logs.items():
        values = [math.nan if value is None else value for value in log]
        draw = axis.semilogy if kind == "loss" else axis.plot
        draw(values, label=label)
    name = getattr(stats, f"{kind}_str").capitalize()
    axis.set(xlabel="Epoch", ylabel=f"{name} {getattr(stats, f'{kind}_unit')}")
    legend(axis, list(logs))
    return axis


def confusion(
    targets: Values,
    predictions: Values,
    axis: Any = None,
    *,
    classes: Sequence[str] | int | None = None,
) -> Any:
    """Draws how many samples of each class were taken for which.

    Args:
        targets: true classes from 0, shape (samples,).
        predictions: predicted classes, likewise.
        axis: axis of matplotlib; a new one if None.
        classes: names of all classes, or their number; if None, up to the highest
            that occurs.

    Returns:
        The axis; row and column of its image are true and predicted class, with the
        counts as text.

    Raises:
        ValueError: if shapes differ or a class is out of range.
    """
    counts = _counts(
        with_axes(targets, "targets", "samples").astype(np.int64),
        with_axes(predictions, "predictions", "samples").astype(np.int64),
        len(classes) if isinstance(classes, Sequence) else classes,
    )
    axis = axis_or_new(axis)
    axis.imshow(counts, cmap="Blues", vmin=0, vmax=max(1, int(counts.max())))
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if count > counts.max() / 2 else "black"
        axis.text(column, row, str(count), color=colour, ha="center", va="center")
    names = classes if isinstance(classes, Sequence) else range(len(counts))
    axis.set_xticks(range(len(counts)), [str(name) for name in names])
    axis.set_yticks(range(len(counts)), [str(name) for name in names])
    axis.set(xlabel="predicted", ylabel="true")
    return axis


def _counts(targets: Array, predictions: Array, classes: int | None) -> Array:
    """Samples by true and predicted class, shape (classes, classes)."""
    if targets.shape != predictions.shape:
        raise ValueError(
            f"targets have shape {targets.shape}, predictions {predictions.shape}"
        )
    both = np.concatenate([targets, predictions])
    highest = int(both.max(initial=0))
    number = highest + 1 if classes is None else classes
    if both.min(initial=0) < 0 or highest >= number:
        raise ValueError(f"classes must be from 0 to {number - 1}")
    counts = np.zeros((number, number), dtype=np.int64)
    np.add.at(counts, (targets, predictions), 1)
    return counts
