"""When to sample, when to fit and which layers run as ANN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from lava.lib.dl import slayer

__all__ = ["LayerMode", "Mode", "Scheduler"]


class Mode(Enum):
    """How a block runs.

    SNN: spiking. ANN: through the fitted activation. SAMPLE: spiking, recording drive
    and rate. FIT: fits the activation to what was recorded, then as ANN.
    """

    SNN = 0
    ANN = 1
    SAMPLE = 2
    FIT = 3


class LayerMode:
    """Gives each block its mode, without end: ``zip(net.blocks, layer_mode)``.

    Args:
        crossover: number of blocks, from the first, that always run spiking.
        base_mode: mode of the others.

    Attributes:
        count: index of the block whose mode was given last.
    """

    def __init__(self, crossover: int, base_mode: Mode) -> None:
        self.crossover = crossover
        self.base_mode = base_mode
        self.count = 0

    def __iter__(self) -> Iterator[Mode]:
        """Modes from the first block on."""
        self.count = 0
        while True:
            yield self._mode(self.count)
            self.count += 1

    def _mode(self, index: int) -> Mode:
        if self.base_mode is Mode.SAMPLE or index >= self.crossover:
            return self.base_mode
        return Mode.SNN

    def __str__(self) -> str:
        crossing = f", Crossover at: {self.crossover}" if self.crossover else ""
        return f"Mode: {self.base_mode.name}{crossing}"


class Scheduler:
    """Decides each batch's mode.

    Every ``sample_period`` epochs the first ``num_sample_iter`` batches sample and the
    next one fits; all others run as ANN. Tests in these epochs run spiking.

    Args:
        num_sample_iter: batches that sample.
        sample_period: epochs from one sampling to the next.
        crossover_epochs: epochs at whose first batch one more block starts to run
            spiking always.

    Raises:
        ValueError: if there are fewer than 0 batches or 1 epoch.

    Attributes:
        crossover: blocks that run spiking always.
        snn_stat: ``LearningStat`` of the spiking network.
    """

    def __init__(
        self,
        num_sample_iter: int = 10,
        sample_period: int = 10,
        crossover_epochs: Sequence[int] | None = None,
    ) -> None:
        if num_sample_iter < 0 or sample_period < 1:
            raise ValueError(
                f"num_sample_iter is {num_sample_iter} and sample_period "
                f"{sample_period}; needed are 0 or more batches and 1 or more epochs"
            )
        self.num_sample_iter = num_sample_iter
        self.sample_period = sample_period
        self.crossover_epochs = crossover_epochs
        self.crossover = 0
        self.snn_stat = slayer.utils.LearningStat()
        self._last_crossing: int | None = None
        self._unfitted = False

    def mode(self, epoch: int, iteration: int, train: bool = True) -> LayerMode:
        """Modes of one batch.

        Args:
            epoch: number of the epoch, from 0.
            iteration: number of the batch, from 0.
            train: False for a test.

        Returns:
            A new ``LayerMode``.
        """
        sampling = epoch % self.sample_period == 0
        if not train:
            return LayerMode(self.crossover, Mode.SNN if sampling else Mode.ANN)
        self._cross(epoch, iteration)
        return LayerMode(self.crossover, self._train_mode(sampling, iteration))

    def _cross(self, epoch: int, iteration: int) -> None:
        due = epoch in (self.crossover_epochs or ()) and iteration == 0
        if due and epoch != self._last_crossing:
            self._last_crossing = epoch
            self.crossover += 1

    def _train_mode(self, sampling: bool, iteration: int) -> Mode:
        if sampling and iteration < self.num_sample_iter:
            self._unfitted = True
            return Mode.SAMPLE
        # An epoch of few batches ends before its fit, which is made up for here.
        if self._unfitted or (sampling and iteration == self.num_sample_iter):
            self._unfitted = False
            return Mode.FIT
        return Mode.ANN

    def sync_snn_stat(self, stat: slayer.utils.LearningStat) -> None:
        """Takes over the sums of another ``LearningStat``."""
        self.snn_stat.num_samples = stat.num_samples
        self.snn_stat.loss_sum = stat.loss_sum
        self.snn_stat.correct_samples = stat.correct_samples

    def update_snn_stat(self) -> None:
        """Ends the epoch of ``snn_stat``: logs and resets it."""
        self.snn_stat.update()
        self.snn_stat.reset()
