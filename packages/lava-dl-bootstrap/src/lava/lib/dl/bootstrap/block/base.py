"""What all bootstrap blocks share: the modes and the fitted activation."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.bootstrap.ann_sampler import AnnSampler
from lava.lib.dl.bootstrap.routine import Mode

__all__ = ["AbstractBlock", "Mode", "bootstrap_block", "doc_modifier"]


class AbstractBlock(torch.nn.Module):
    """Mixes the modes into a slayer block, whose arguments it takes.

    Attributes:
        f: the fitted activation, an ``AnnSampler``.
        mode: mode of the last call.
        drive_after_norm: record the drive after the neuron's norm, as the activation
            gets it. False by default: networks with a norm give lava-dl 0.6's numbers.

    Raises:
        ValueError: if an axonal delay is asked for, which an ANN does not have.
    """

    neuron: Any
    synapse: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if getattr(self, "delay", None) is not None:
            raise ValueError(
                "delay is True; bootstrap blocks have no axonal delay, leave it out"
            )
        self.f = AnnSampler()
        self.mode = Mode.SAMPLE
        self.drive_after_norm = False

    def forward(self, x: Tensor, mode: Mode = Mode.ANN) -> Any:
        """Runs the block.

        Args:
            x: shape (N, C, ..., T); T is 1 in ANN mode, as a rule.
            mode: a ``Mode``.

        Returns:
            Spikes or rates of shape (N, C, ..., T), and their mean event rate where
            the block was made with ``count_log``.

        Raises:
            ValueError: if the mode is none, or x has no axis of time.
        """
        if not isinstance(mode, Mode):
            raise ValueError(f"mode must be a bootstrap.Mode, got {mode!r}")
        if x.ndim < 3:
            raise ValueError(
                f"x has shape {tuple(x.shape)}; needed is (N, C, ..., T), where T is 1 "
                "for an ANN: x.unsqueeze(-1)"
            )
        self.mode = mode
        if mode in (Mode.SNN, Mode.SAMPLE):
            return self._forward_snn(x, sample=mode is Mode.SAMPLE)
        if mode is Mode.FIT:
            self.fit()
        return self._forward_ann(x)

    def fit(self) -> None:
        """Fits the activation to the recorded points, then forgets half of them."""
        legacy = self.neuron.norm is not None and not self.drive_after_norm
        self.f.fit(monotone=not legacy)
        self.f.soft_clear()

    def _forward_synapse(self, x: Tensor) -> Tensor:
        self._mask_synapse()
        return self.synapse(x)

    def _mask_synapse(self) -> None:
        mask = getattr(self, "mask", None)
        if mask is None:
            return
        if self.synapse.weight_norm_enabled:
            self.synapse.mask = mask
        else:  # Taken away from the weights only: their gradient stays whole.
            self.synapse.weight.data *= mask

    def _forward_ann(self, x: Tensor) -> Any:
        z = self._forward_synapse(x)
        if self.neuron.shape is None:
            self.neuron.shape = z.shape[1:-1]
        if self.neuron.norm is not None:
            z = self.neuron.norm(z)
        y = self.f(z)
        if self.neuron.drop is not None:
            y = self.neuron.drop(y)
        return self._logged(y)  # type: ignore[operator]

    def _forward_snn(self, x: Tensor, sample: bool = False) -> Any:
        z = self._forward_synapse(x)
        with _captured(self.neuron.norm) as normed:
            y = self.neuron(z)
        if sample:
            after = self.drive_after_norm and normed
            self.f.append(y, normed[-1] if after else z)
        return self._emit(y)  # type: ignore[operator]


@contextmanager
def _captured(module: torch.nn.Module | None) -> Iterator[list[Tensor]]:
    """Collects what the module returns, for instance the normalised drive."""
    outputs: list[Tensor] = []
    if module is None:
        yield outputs
        return
    hook = module.register_forward_hook(lambda _, __, output: outputs.append(output))
    try:
        yield outputs
    finally:
        hook.remove()


class Encoding(AbstractBlock):
    """An input block: its drive is the scaled and shifted data."""

    def __init__(self, neuron_params: Any, *args: Any, **kwargs: Any) -> None:
        if neuron_params is None:
            raise AssertionError(
                "neuron_params is None; a bootstrap Input needs the neuron's parameters"
            )
        super().__init__(neuron_params, *args, **kwargs)

    def _forward_synapse(self, x: Tensor) -> Tensor:
        return self._transformed(x)  # type: ignore[operator]


class Readout(AbstractBlock):
    """An affine block: the weighted sum, in every mode."""

    def forward(self, x: Tensor, mode: Mode = Mode.ANN) -> Tensor:
        """Weighted sum of shape (N, out, T); the mode has no effect."""
        self.mode = mode
        return self._forward_synapse(x)

    def fit(self) -> None:
        """Does nothing: there is no activation."""


class Same(AbstractBlock):
    """A block that is its own ANN: every mode is slayer's forward pass."""

    def forward(self, x: Tensor, mode: Mode = Mode.ANN) -> Any:
        """Slayer's forward pass; the mode has no effect."""
        self.mode = mode
        return super(AbstractBlock, self).forward(x)

    def fit(self) -> None:
        """Does nothing: there is nothing to fit."""


_KIND = {"Input": Encoding, "Affine": Readout, "Flatten": Same, "Average": Same}


def doc_modifier(doc: str | None) -> str:
    """A slayer block's docstring with what bootstrap adds."""
    note = "\n\nIts ``forward(x, mode=Mode.ANN)`` takes a ``bootstrap.Mode``."
    return (inspect.cleandoc(doc) if doc else "") + note


def bootstrap_block(
    family: ModuleType,
    name: str,
    module: str,
    kind: type | None = None,
    own_name: str = "",
) -> Any:
    """The bootstrap block of a slayer block.

    Args:
        family: module of a neuron's blocks, such as ``slayer.block.cuba``.
        name: name of the block in it.
        module: module that the class belongs to.
        kind: what to mix in; by name if None.
        own_name: name of the class, if another.

    Returns:
        A class derived from the mix-in and the slayer block.
    """
    kept = getattr(family, name)
    body = {
        "__module__": module,
        "__qualname__": own_name or name,
        "__doc__": doc_modifier(inspect.getdoc(kept)),
        "__signature__": inspect.signature(kept),
    }
    return type(own_name or name, (kind or _KIND.get(name, AbstractBlock), kept), body)


PLAIN = ("Input", "Flatten", "Average")
SYNAPTIC = ("Dense", "Conv", "ConvT", "Pool", "Unpool")


def bootstrap_blocks(
    family: ModuleType, names: Sequence[str], module: str, kind: type | None = None
) -> Any:
    """The bootstrap blocks of several slayer blocks, as :func:`bootstrap_block`."""
    return [bootstrap_block(family, name, module, kind) for name in names]
