"""Loss and accuracy of training, validation and testing, by epoch."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from lava.lib.dl.spec.files import replacing

__all__ = ["LearningStat", "LearningStats"]

_UP = "\x1b[{}A"
_ERASE_LINE = "\x1b[2K"


@dataclass(eq=False, repr=False)
class LearningStat:
    """Running sums of one phase and its log by epoch.

    Attributes:
        loss_sum: sum of the samples' losses since ``reset``.
        correct_samples: samples classified right since ``reset``.
        num_samples: samples seen since ``reset``.
        not_finite: batches since ``reset`` that met NaN or infinity.
        loss_log: loss of each epoch, None for one without samples.
        accuracy_log: likewise.
        min_loss: smallest loss of any epoch, None before the first; NaN never is.
        max_accuracy: likewise.
        best_loss: the last epoch's loss was the smallest so far.
        best_accuracy: likewise.
    """

    loss_str: str = "loss"
    loss_unit: str = ""
    accuracy_str: str = "accuracy"
    accuracy_unit: str = ""
    loss_sum: float = field(default=0, init=False)
    correct_samples: float = field(default=0, init=False)
    num_samples: int = field(default=0, init=False)
    not_finite: int = field(default=0, init=False)
    min_loss: float | None = field(default=None, init=False)
    max_accuracy: float | None = field(default=None, init=False)
    loss_log: list[float | None] = field(default_factory=list, init=False)
    accuracy_log: list[float | None] = field(default_factory=list, init=False)
    best_loss: bool = field(default=False, init=False)
    best_accuracy: bool = field(default=False, init=False)

    def reset(self) -> None:
        """Starts a new epoch's sums."""
        self.loss_sum = 0
        self.correct_samples = 0
        self.num_samples = 0
        self.not_finite = 0

    @property
    def loss(self) -> float | None:
        """Mean loss since ``reset``; None without samples."""
        return self.loss_sum / self.num_samples if self.num_samples > 0 else None

    @property
    def accuracy(self) -> float | None:
        """Share of samples classified right since ``reset``; None without samples."""
        return self.correct_samples / self.num_samples if self.num_samples > 0 else None

    @property
    def valid_loss_log(self) -> bool:
        """Whether some epoch had samples."""
        return any(value is not None for value in self.loss_log)

    @property
    def valid_accuracy_log(self) -> bool:
        """Whether some epoch had samples."""
        return any(value is not None for value in self.accuracy_log)

    def update(self) -> None:
        """Logs the epoch and notes whether it was the best; sums are kept."""
        loss, accuracy = self.loss, self.accuracy
        self.loss_log.append(loss)
        self.accuracy_log.append(accuracy)
        self.best_loss = _is_best(loss, self.min_loss, -1)
        self.best_accuracy = _is_best(accuracy, self.max_accuracy, 1)
        if self.best_loss:
            self.min_loss = loss
        if self.best_accuracy:
            self.max_accuracy = accuracy

    def __str__(self) -> str:
        if self.loss is None:
            return f"{self.not_finite} batches not finite" if self.not_finite else ""
        broken = f" ({self.not_finite} batches not finite)" if self.not_finite else ""
        return self._values() + broken

    def _values(self) -> str:
        loss = f"{self.loss_str} = {self.loss:11.5f}"
        accuracy = f"{self.accuracy_str} = {self.accuracy:7.5f}"
        if self.min_loss is None:
            gap = " " * 24
            return f"{loss}  {self.loss_unit}{gap}{accuracy} {self.accuracy_unit}"
        return (
            f"{loss} (min = {self.min_loss:11.5f}) {self.loss_unit}    "
            f"{accuracy} (max = {self.max_accuracy:7.5f}) {self.accuracy_unit}"
        )


class LearningStats:
    """Statistics of training, testing and validation.

    Args:
        loss_str: name of the loss.
        loss_unit: its unit.
        accuracy_str: name of the accuracy.
        accuracy_unit: its unit.

    Attributes:
        training: a ``LearningStat``.
        testing: likewise.
        validation: likewise.
        lines_printed: lines that the next ``print`` overwrites.
    """

    def __init__(
        self,
        loss_str: str = "loss",
        loss_unit: str = "",
        accuracy_str: str = "accuracy",
        accuracy_unit: str = "",
    ) -> None:
        names = loss_str, loss_unit, accuracy_str, accuracy_unit
        self.loss_str, self.loss_unit, self.accuracy_str, self.accuracy_unit = names
        self.training = LearningStat(*names)
        self.testing = LearningStat(*names)
        self.validation = LearningStat(*names)
        self.lines_printed = 0

    @property
    def _phases(self) -> dict[str, LearningStat]:
        return {"Train": self.training, "Valid": self.validation, "Test": self.testing}

    def update(self) -> None:
        """Ends the epoch: logs every phase and resets its sums."""
        for phase in self._phases.values():
            phase.update()
            phase.reset()

    def new_line(self) -> None:
        """Makes the next ``print`` start below instead of overwriting."""
        self.lines_printed = 0

    def __str__(self) -> str:
        text = f"Train {self.training}"
        if str(self.validation):
            text += f" | Valid {self.validation}"
        if str(self.testing):
            text += f" | Test  {self.testing}"
        return text

    def print(
        self,
        epoch: int,
        iter: int | None = None,
        time_elapsed: float | None = None,
        header: Iterable[str] | None = None,
        dataloader: Any = None,
    ) -> None:
        """Prints the statistics over what it printed last.

        Args:
            epoch: number of the epoch.
            iter: number of the batch.
            time_elapsed: time a sample took, in seconds.
            header: lines to print first.
            dataloader: the loader of the batches, to print the progress.
        """
        lines = [_UP.format(self.lines_printed)]
        lines += [f"{_ERASE_LINE}{item}" for item in header or ()]
        elapsed = (
            "" if time_elapsed is None else f", {time_elapsed * 1000:12.4f} ms elapsed"
        )
        lines.append(f"Epoch {epoch:4d}{_progress(iter, dataloader)}{elapsed}{' ' * 8}")
        lines += str(self).split("| ")
        sys.stdout.write("".join(line + "\n" for line in lines))
        sys.stdout.flush()
        self.lines_printed = len(lines)

    def save(self, path: str = "") -> None:
        """Writes the logs as text, one line an epoch.

        Args:
            path: what the names ``<loss_str>.txt`` and ``<accuracy_str>.txt`` begin
                with; no separator is put between.
        """
        _write_log(f"{path}{self.loss_str}.txt", self._logs("loss"))
        if accuracies := self._logs("accuracy"):
            _write_log(f"{path}{self.accuracy_str}.txt", accuracies)

    def _logs(self, kind: str) -> dict[str, list[float | None]]:
        """The logs of the phases that had samples, by their names."""
        return {
            name: getattr(phase, f"{kind}_log")
            for name, phase in self._phases.items()
            if getattr(phase, f"valid_{kind}_log")
        }

    def load(self, path: str = "") -> None:
        """Does nothing; ``Assistant.load`` restores statistics from a checkpoint."""

    def plot(
        self,
        figures: tuple[int, int] = (1, 2),
        figsize: tuple[float, float] | None = None,
        path: str | None = None,
    ) -> None:
        """Plots the logs, with matplotlib.

        Args:
            figures: numbers of the two figures.
            figsize: their size in inches.
            path: what the names ``loss.png`` and ``accuracy.png`` begin with; None
                saves nothing.
        """
        import matplotlib.pyplot as plt

        # Not at the top, since the pictures import this module.
        from lava.lib.dl.slayer.plot import learning_curves

        kinds: tuple[Literal["loss", "accuracy"], ...] = "loss", "accuracy"
        for number, kind in zip(figures, kinds, strict=True):
            figure = plt.figure(number, figsize=figsize)
            learning_curves(self, figure.gca(), kind=kind)
            if path is not None:
                figure.savefig(f"{path}{kind}.png")

    def log(self, writer: Any, epoch: int) -> None:
        """Writes the last epoch's values to TensorBoard.

        Args:
            writer: a ``torch.utils.tensorboard.SummaryWriter`` or anything with its
                ``add_scalar(tag, value, step)``.
            epoch: number of the epoch.
        """
        for name, phase in self._phases.items():
            for kind in ("loss", "accuracy"):
                log = getattr(phase, f"{kind}_log")
                if log and log[-1] is not None:
                    label = getattr(phase, f"{kind}_str")
                    writer.add_scalar(f"{label}/{name.lower()}", float(log[-1]), epoch)


def _is_best(value: float | None, best: float | None, sign: int) -> bool:
    """Whether a value is above (sign 1) or below (-1) the best so far; NaN isn't."""
    if value is None or math.isnan(value):
        return False
    return best is None or math.isnan(best) or sign * value > sign * best


def _progress(iter: int | None, dataloader: Any) -> str:
    if iter is None:
        return ""
    if dataloader is None:
        return f": i = {iter:5d} "
    samples = len(dataloader.dataset)
    width = math.ceil(math.log10(samples)) if samples > 0 else 1
    processed = f"{iter * dataloader.batch_size:{width}d}"
    return f": {processed}/{samples} ({100 * iter / len(dataloader):.0f}%)"


def _write_log(path: str, logs: dict[str, list[float | None]]) -> None:
    lines = ["#" + "".join(f" {name:<12}" for name in logs)]
    for row in zip(*logs.values(), strict=True):
        lines.append("".join(f"{value:12.6f} " for value in row if value is not None))
    with replacing(path) as file:
        file.write("".join(line + "\r\n" for line in lines).encode())
