"""Groups of parameters, each with a learning rate that suits its unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from lava.lib.dl.slayer.axon.delay import Delay
from lava.lib.dl.slayer.neuron.base import Neuron
from lava.lib.dl.slayer.neuron.norm import BatchNorm, MeanOnlyBatchNorm

__all__ = ["parameter_groups"]

# A delay counts in time steps and a decay in units of 1 / 4096, both rounded to whole
# ones, where a weight is about 1.
_DELAY_RATE = 50
_DECAY_RATE = 50

_NORMS = (
    BatchNorm,
    MeanOnlyBatchNorm,
    torch.nn.modules.batchnorm._NormBase,
    torch.nn.GroupNorm,
    torch.nn.LayerNorm,
)


def parameter_groups(
    net: torch.nn.Module,
    lr: float,
    *,
    delay_lr: float | None = None,
    decay_lr: float | None = None,
    norm_lr: float | None = None,
) -> list[dict[str, Any]]:
    """Groups of an optimizer, so that delays and decays learn as fast as weights.

    A delay acts in whole time steps: nothing changes before it has moved by one. An
    optimizer as Adam moves every parameter by about its rate an update, so at 0.001
    a delay needs 1000 updates for a step, while weights, which are about 1, have long
    settled. Decays are rounded too and held in units of 1 / 4096.

    ::

        groups = slayer.utils.parameter_groups(net, lr=1e-3)
        optimizer = torch.optim.Adam(groups)

    The rates suit optimizers that scale each gradient by its own size (Adam, RMSprop).
    With ``torch.optim.SGD`` a step is the rate times the gradient: start from equal
    rates there.

    Args:
        net: a block, or any module that holds blocks. Delays and decays that the first
            input will draw belong to it already.
        lr: rate of weights and of whatever belongs to no other group, such as
            thresholds.
        delay_lr: rate of axonal delays in time units (those of ``sampling_time``) an
            update; 50 ``lr`` if None, sensible values are 10 to 100 ``lr``.
        decay_lr: rate of neurons' decays in units of 1 / 4096 an update; 50 ``lr`` if
            None.
        norm_lr: rate of affine parameters of normalisations; ``lr`` if None.

    Returns:
        Groups named ``weights``, ``delays``, ``decays`` and ``norms``, each a dict of
        ``params``, ``lr`` and ``name``. Each parameter that requires a gradient is in
        exactly one, frozen ones in none; groups without parameters are left out.

    >>> import lava.lib.dl.slayer as slayer
    >>> neuron = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03}
    >>> net = slayer.block.cuba.Dense(neuron, 64, 10, delay=True)
    >>> groups = parameter_groups(net, lr=1e-3, delay_lr=0.1)
    >>> sorted({group["lr"] for group in groups})
    [0.001, 0.1]
    """
    rates = {
        "weights": lr,
        "delays": _DELAY_RATE * lr if delay_lr is None else delay_lr,
        "decays": _DECAY_RATE * lr if decay_lr is None else decay_lr,
        "norms": lr if norm_lr is None else norm_lr,
    }
    members: dict[str, list[torch.nn.Parameter]] = {name: [] for name in rates}
    for group, parameter in _grouped(net):
        members[group].append(parameter)
    return [
        {"params": members[name], "lr": rate, "name": name}
        for name, rate in rates.items()
        if members[name]
    ]


def _grouped(net: torch.nn.Module) -> Iterator[tuple[str, torch.nn.Parameter]]:
    """Each parameter that learns, once, with the name of its group."""
    known = set()
    for module in net.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.requires_grad and parameter not in known:
                known.add(parameter)
                yield _group(module, name), parameter


def _group(module: torch.nn.Module, name: str) -> str:
    if isinstance(module, Delay):
        return "delays" if name == "delay" else "weights"
    if isinstance(module, Neuron):
        return "decays" if name.endswith("_decay") else "weights"
    return "norms" if isinstance(module, _NORMS) else "weights"
