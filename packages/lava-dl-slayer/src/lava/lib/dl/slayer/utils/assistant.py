"""Training, testing and validation of a network, batch by batch."""

from __future__ import annotations

import copy
import sys
import warnings
from collections.abc import Callable, Iterable
from os import PathLike
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from lava.lib.dl.slayer.utils import _checkpoint, _finite
from lava.lib.dl.slayer.utils.stats import LearningStat, LearningStats

__all__ = ["Assistant", "Step"]


class Step(NamedTuple):
    """What one forward pass gave.

    Attributes:
        loss: the error, without the network's own loss.
        output: the network's output.
        count: the network's event counts, None without ``count_log``.
        net_loss: the network's own loss, None without ``lam``.
    """

    loss: Tensor
    output: Tensor
    count: Any = None
    net_loss: Tensor | None = None


class Assistant:
    """Runs a network on batches, takes optimizer steps and keeps statistics.

    Override ``to_device``, ``step``, ``update_stats`` or ``backward`` to change one
    part of it, or ``train``, ``test`` and ``valid`` as a whole.

    Args:
        net: the network. It returns its output; ``(output, count)`` with
            ``count_log``, ``(output, net_loss)`` with ``lam``,
            ``(output, net_loss, count)`` with both.
        error: called as ``error(output, target)``, returns the loss; also given
            ``mask=`` where the batch has one.
        optimizer: a torch optimizer of the network's parameters.
        stats: a ``LearningStats`` to add to.
        classifier: called as ``classifier(output)``, returns classes to compare with
            the target.
        count_log: the network returns event counts.
        lam: weight of the network's own loss.
        not_finite: what a batch does that meets NaN or infinity in its input, loss,
            gradients or weights. Neurons take them for silence, so that the loss may
            not show them. ``"raise"`` a ``FloatingPointError`` before the optimizer's
            step; ``"skip"`` the step with a warning; ``"ignore"`` looks for none.
            Statistics count such batches.

    Attributes:
        device: device of the network, found at the first batch.
    """

    def __init__(
        self,
        net: torch.nn.Module,
        error: Callable[..., Tensor],
        optimizer: torch.optim.Optimizer,
        stats: LearningStats | None = None,
        classifier: Callable[[Tensor], Tensor] | None = None,
        count_log: bool = False,
        lam: float | None = None,
        *,
        not_finite: Literal["raise", "skip", "ignore"] = "raise",
    ) -> None:
        if not_finite not in ("raise", "skip", "ignore"):
            raise ValueError(
                f"not_finite must be 'raise', 'skip' or 'ignore', got {not_finite!r}"
            )
        self.not_finite = not_finite
        self.net = net
        self.error = error
        self.optimizer = optimizer
        self.stats = stats
        self.classifier = classifier
        self.count_log = count_log
        self.lam = lam
        self.device: torch.device | None = None

    def reduce_lr(self, factor: float = 10 / 3) -> None:
        """Divides the learning rate of every parameter group, and says so."""
        for group in self.optimizer.param_groups:
            print(f"\nLearning rate reduction from {group['lr']}")
            group["lr"] /= factor

    def train(self, input: Tensor, target: Tensor, mask: Tensor | None = None) -> Any:
        """One optimizer step on a batch.

        Args:
            input: shape (N, ..., T).
            target: as the error takes it.
            mask: shape (N, T), zero at time steps that don't count.

        Returns:
            The output, or ``(output, count)`` with ``count_log``.

        Raises:
            FloatingPointError: Input, loss, gradients or weights hold NaN or infinity;
                the weights are what they were.
        """
        self.net.train()
        stat = self._stat("training")
        batch = self.to_device(input, target, mask)
        if not self._accepts(stat, {"input": batch[0]}):
            return self._returned(self._evaluated(batch))
        step = self.step(*batch)
        if self._accepts(stat, _losses(step)):
            self.update_stats(stat, step, target)
            self.backward(self._total(step))
        return self._returned(step)

    def test(self, input: Tensor, target: Tensor, mask: Tensor | None = None) -> Any:
        """Runs a batch in evaluation mode, without gradients; as ``train`` else."""
        return self._evaluate(self._stat("testing"), input, target, mask)

    def valid(self, input: Tensor, target: Tensor, mask: Tensor | None = None) -> Any:
        """As ``test``, into the statistics of validation."""
        return self._evaluate(self._stat("validation"), input, target, mask)

    def _stat(self, phase: str) -> LearningStat | None:
        return None if self.stats is None else getattr(self.stats, phase)

    def _evaluate(
        self,
        stat: LearningStat | None,
        input: Tensor,
        target: Tensor,
        mask: Tensor | None,
    ) -> Any:
        batch = self.to_device(input, target, mask)
        step = self._evaluated(batch)
        if self._accepts(stat, {"input": batch[0], **_losses(step)}):
            self.update_stats(stat, step, target)
        return self._returned(step)

    def _evaluated(self, batch: tuple[Tensor, Tensor, Tensor | None]) -> Step:
        """A step in evaluation mode, without gradients."""
        self.net.eval()
        with torch.no_grad():
            return self.step(*batch)

    def _accepts(
        self, stat: LearningStat | None, values: dict[str, Tensor | None]
    ) -> bool:
        """Whether the values are finite, or it doesn't matter.

        Raises:
            FloatingPointError: They are not, and it does.
        """
        broken = [] if self.not_finite == "ignore" else _finite.broken(values)
        if not broken:
            return True
        if stat is not None:
            stat.not_finite += 1
        told = f"NaN or infinity in {', '.join(broken)} of this batch"
        if self.not_finite == "raise":
            raise FloatingPointError(
                f"{told}; the weights are what they were before it. Look at the data, "
                "lower the learning rate, or pass not_finite='skip' to leave out such "
                "batches"
            )
        warnings.warn(f"{told}; it is left out", RuntimeWarning, stacklevel=3)
        return False

    def to_device(
        self, input: Tensor, target: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """The batch on the network's device."""
        if self.device is None:
            first = next(self.net.parameters(), None)
            self.device = input.device if first is None else first.device
        moved = None if mask is None else mask.to(self.device)
        return input.to(self.device), target.to(self.device), moved

    def step(self, input: Tensor, target: Tensor, mask: Tensor | None = None) -> Step:
        """Forward pass and error of a batch on the network's device."""
        outputs = self.net(input)
        output, *rest = (
            outputs if self.count_log or self.lam is not None else (outputs,)
        )
        extra = {} if mask is None else {"mask": mask}
        return Step(
            self.error(output, target, **extra),
            output,
            count=rest[-1] if self.count_log else None,
            net_loss=rest[0] if self.lam is not None else None,
        )

    def update_stats(
        self, stat: LearningStat | None, step: Step, target: Tensor
    ) -> None:
        """Adds a batch to one phase's statistics; None takes none."""
        if stat is None:
            return
        samples = step.output.shape[0]
        stat.num_samples += samples
        stat.loss_sum += step.loss.detach().cpu().item() * samples
        if self.classifier is not None:
            predicted = self.classifier(step.output.detach())
            right = predicted == target.to(predicted.device)
            stat.correct_samples += right.sum().cpu().item()

    def backward(self, loss: Tensor) -> None:
        """Gradients of the loss, and the optimizer's step where they are finite."""
        self.optimizer.zero_grad()
        loss.backward()
        if self._accepts(self._stat("training"), _finite.weights(self.net)):
            self.optimizer.step()

    def run(
        self, loader: Iterable[Any], phase: str = "train", progress: bool = False
    ) -> None:
        """Runs every batch of a loader.

        Args:
            loader: gives ``(input, target)`` or ``(input, target, mask)``.
            phase: 'train', 'test' or 'valid'.
            progress: show a bar with the statistics.

        Raises:
            ValueError: if the phase is none of these.
        """
        phases = {
            "train": (self.train, "training"),
            "test": (self.test, "testing"),
            "valid": (self.valid, "validation"),
        }
        if phase not in phases:
            raise ValueError(f"phase must be one of {tuple(phases)}, got {phase!r}")
        method, name = phases[phase]
        stat = self._stat(name)
        bar = _bar(loader, phase) if progress else None
        for batch in bar or loader:
            method(*batch)
            if bar is not None and stat is not None:
                bar.set_postfix(loss=stat.loss, accuracy=stat.accuracy)

    def save(self, path: str | PathLike[str], **extra: Any) -> None:
        """Writes a checkpoint, whole or not at all.

        It holds network, neuron states, optimizer, statistics and the states of the
        random generators: after ``load`` the next step is the same as without it.

        Args:
            path: path of the file.
            extra: what else is to be kept, e.g. ``epoch=3`` or
                ``scheduler=scheduler.state_dict()``; numbers, strings, tensors and
                lists and dicts of them.
        """
        _checkpoint.write(path, {**self._state(), "extra": extra})

    def _state(self) -> dict[str, Any]:
        return {
            "net": self.net.state_dict(),
            "buffers": _checkpoint.buffers(self.net),
            "optimizer": self.optimizer.state_dict(),
            "stats": _stats_state(self.stats),
            "random": _checkpoint.random_state(),
        }

    def load(self, path: str | PathLike[str]) -> dict[str, Any]:
        """Continues from a checkpoint, wholly or not at all.

        Args:
            path: path of the file that ``save`` wrote. Its statistics are left out
                where the assistant has none.

        Returns:
            The ``extra`` that was given to ``save``.

        Raises:
            ValueError: The file is no checkpoint, or that of another optimizer.
            RuntimeError: It is that of another network.
        """
        state = _checkpoint.read(path, (*self._state(), "extra"))
        _checkpoint.check_optimizer(self.optimizer, state["optimizer"])
        before = copy.deepcopy(self._state())
        try:
            self._restore(state)
        except BaseException:
            self._restore(before)
            raise
        return state["extra"]

    def _restore(self, state: dict[str, Any]) -> None:
        self.net.load_state_dict(state["net"])
        _checkpoint.restore_buffers(self.net, state["buffers"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.stats is not None:
            for name, values in state["stats"].items():
                vars(getattr(self.stats, name)).update(values)
        _checkpoint.restore_random_state(state["random"])

    def _total(self, step: Step) -> Tensor:
        if self.lam is None or step.net_loss is None:
            return step.loss
        return step.loss + self.lam * step.net_loss

    def _returned(self, step: Step) -> Any:
        return (step.output, step.count) if self.count_log else step.output


def _losses(step: Step) -> dict[str, Tensor | None]:
    return {"loss": step.loss, "net_loss": step.net_loss}


def _bar(loader: Iterable[Any], phase: str) -> Any:
    from tqdm import tqdm

    return tqdm(loader, desc=phase, unit="batch", file=sys.stderr)


def _stats_state(stats: LearningStats | None) -> dict[str, dict[str, Any]]:
    if stats is None:
        return {}
    names = ("training", "testing", "validation")
    return {name: dict(vars(getattr(stats, name))) for name in names}
