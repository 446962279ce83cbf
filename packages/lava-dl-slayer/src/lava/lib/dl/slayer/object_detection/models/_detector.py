"""What the detectors share: running, loading, exporting, watching gradients."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer._optional import optional

from .._base import YOLOBase
from ._layers import head_to_spec

_LOG = logging.getLogger(__name__)
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's colours


class Detector(YOLOBase):
    """A YOLO network of blocks."""

    @property
    def normalize_mean(self) -> Tensor:
        """Mean of each colour of the images trained on (1, 3, 1, 1, 1)."""
        return self._colours(_MEAN)

    @property
    def normalize_std(self) -> Tensor:
        """Standard deviation of each colour (1, 3, 1, 1, 1)."""
        return self._colours(_STD)

    def _colours(self, values: tuple[float, ...]) -> Tensor:
        return torch.tensor(values, device=self.anchors.device).reshape(1, 3, 1, 1, 1)

    def normalized(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W, T) of values 0 to 1 as the first block wants them."""
        return (images - self.normalize_mean) / self.normalize_std

    def _run(
        self,
        layers: Iterable[torch.nn.Module],
        x: Tensor,
        rates: list[Tensor],
        monitor: Any = None,
    ) -> Tensor:
        """Pass through layers, noting how often each output is not zero."""
        for layer in layers:
            x = layer(x)
            rates.append((x.detach() != 0).float().mean())
            if monitor is not None:
                monitor.append(x)
        return x

    def _answer(
        self, heads: list[Tensor], rates: list[Tensor]
    ) -> tuple[list[Tensor] | Tensor, Tensor]:
        """Raw heads in training, boxes otherwise; and the rates (1, layers)."""
        raw = [self.yolo_raw(head) for head in heads]
        return raw if self.training else self.joined(raw), torch.stack(rates)[None]

    def blocks_in_order(self) -> Iterator[torch.nn.Module]:
        """Every block and head layer, from the input on."""
        for group in self.children():
            if isinstance(group, torch.nn.ModuleList):
                yield from group

    def grad_flow(self, path: str | Path) -> list[float]:
        """Mean size of the gradient of each trained synapse, also drawn.

        Args:
            path: Beginning of the drawing's name, ``<path>gradFlow.png``.

        Returns:
            Norm of the gradient over the number of weights, from the input on.
        """
        synapses = [
            getattr(block, "synapse", block) for block in self.blocks_in_order()
        ]
        trained = [s for s in synapses if any(p.requires_grad for p in s.parameters())]
        norms: list[Any] = [s.grad_norm for s in trained if hasattr(s, "grad_norm")]
        _draw(norms, f"{path}gradFlow.png")
        return norms

    def load_model(self, model_file: str | Path) -> list[str]:
        """Take over the weights of a file where their shapes agree.

        Args:
            model_file: A ``state_dict`` that ``torch.save`` wrote.

        Returns:
            Names in the file or in this network that were not taken over.

        Raises:
            FileNotFoundError: There is no such file.
        """
        path = Path(model_file)
        if not path.exists():
            raise FileNotFoundError(
                f"{path} is missing. Trained weights do not come with the package: "
                "train the network, or pass a state_dict trained elsewhere."
            )
        saved = torch.load(path, map_location="cpu", weights_only=True)
        own = self.state_dict()
        fitting = {
            name: value
            for name, value in saved.items()
            if name in own and _fits(name, own[name], value)
        }
        for name, value in fitting.items():
            self._resize(name, value)
        self.load_state_dict(fitting, strict=False)
        left = sorted((saved.keys() | own.keys()) - fitting.keys())
        if left:
            _LOG.warning("not loaded from %s: %s", path, ", ".join(left))
        return left

    def _resize(self, name: str, value: Tensor) -> None:
        """Give statistics not seen yet the size of those to be loaded."""
        module, _, buffer = name.rpartition(".")
        norm: Any = self.get_submodule(module)
        if buffer in dict(norm.named_buffers(recurse=False)) and norm is not self:
            current = getattr(norm, buffer)
            if current.shape != value.shape:
                setattr(norm, buffer, value.to(current))
                norm.num_features = len(value)

    def to_spec(self) -> spec.Network:
        """The network as it stands in a file, its last head last.

        Raises:
            ValueError: No frame has run through the network.
        """
        raise NotImplementedError

    def export_hdf5(self, filename: str | Path) -> None:
        """Write the network as a ``.net`` file.

        What the file takes is what the first block takes: normalised images, or events.

        Args:
            filename: The file to write.

        Raises:
            ValueError: No frame has run through the network; call ``init_model``.
        """
        spec.write(self.to_spec(), filename)


class Chain(Detector):
    """A detector of one head at the end of a chain of blocks.

    A subclass makes ``input_blocks`` (may be empty), ``blocks`` and ``heads``.
    """

    input_blocks: torch.nn.ModuleList
    blocks: torch.nn.ModuleList
    heads: torch.nn.ModuleList

    def forward(
        self, input: Tensor, sparsity_monitor: Any = None
    ) -> tuple[list[Tensor] | Tensor, Tensor]:
        """Detect.

        Args:
            input: Images or events (N, C, H, W, T).
            sparsity_monitor: Its ``append`` is given every block's output.

        Returns:
            In training the raw heads (N, anchors, H, W, P, T), otherwise boxes
            (N, boxes, P, T); and the rate of events of each layer (1, layers).
        """
        rates: list[Tensor] = []
        x = self._run(self.input_blocks, self.prepared(input), rates)
        x = self._run(self.blocks, x, rates, sparsity_monitor)
        return self._answer([self._run(self.heads, x, rates)], rates)

    def prepared(self, input: Tensor) -> Tensor:
        """The input as the first block wants it."""
        return self.normalized(input)

    def to_spec(self) -> spec.Network:
        """The network as it stands in a file, its head last."""
        blocks: list[Any] = [*self.input_blocks, *self.blocks]
        synapses, sigma = self.heads
        final = head_to_spec(synapses, sigma)  # type: ignore[arg-type]
        return spec.Network([*(block.to_spec() for block in blocks), final])


def _fits(name: str, own: Tensor, saved: Tensor) -> bool:
    unseen = name.endswith("running_mean") and own.numel() == 1 and saved.ndim == 1
    return own.shape == saved.shape or unseen


def _draw(norms: list[float], path: str) -> None:
    figure = optional("matplotlib.figure", "drawing needs matplotlib", "obd").Figure()
    axes = figure.add_subplot()
    axes.plot(norms)
    if any(norms):
        axes.set_yscale("log")
    axes.set_xlabel("layer")
    axes.set_ylabel("mean gradient")
    figure.savefig(path)
