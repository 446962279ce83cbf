"""Our networks in other people's tools, which need not be there otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

__all__ = ["lightning", "neurobench"]


def neurobench(net: torch.nn.Module, time_axis: int = 1) -> Any:
    """A network as NeuroBench's benchmarks take it.

    Synaptic operations are counted with the weights as a file holds them: quantised,
    masked and normalised. They are those of ``netx.profile`` for the exported network.

    Args:
        net: A network of blocks that takes (N, C, ..., T).
        time_axis: Where NeuroBench's data and the predictions have their time.

    Returns:
        A ``neurobench.models.NeuroBenchModel``.

    Raises:
        ImportError: If neurobench isn't there.
    """
    from lava.lib.dl.slayer.adapters._neurobench import Model

    return Model(net, time_axis)


def lightning(
    net: torch.nn.Module,
    error: Callable[..., Tensor],
    optimizer: Callable[[Iterable[Any]], Any],
    classifier: Callable[[Tensor], Tensor] | None = None,
    count_log: bool = False,
    lam: float | None = None,
    lr: float = 0.001,
) -> Any:
    """A network with loss and classifier as Lightning's trainer takes it.

    It logs what ``Assistant`` does, in each phase: loss and accuracy, with
    ``count_log`` the event rate of every layer, with ``lam`` the network's own loss.

    Args:
        net: The network; what it returns is said at ``Assistant``.
        error: Called as ``error(output, target)``, returns the loss.
        optimizer: Makes the optimizer of the groups that
            ``slayer.utils.parameter_groups`` gives, such as ``torch.optim.Adam``; or
            whatever ``configure_optimizers`` may return.
        classifier: Called as ``classifier(output)``, returns classes.
        count_log: The network returns event rates.
        lam: Weight of the network's own loss.
        lr: Learning rate of the weights.

    Returns:
        A ``lightning.pytorch.LightningModule``.

    Raises:
        ImportError: If lightning isn't there.
    """
    from lava.lib.dl.slayer.adapters._lightning import Module

    return Module(net, error, optimizer, classifier, count_log, lam, lr)
