"""Batch norms folded into the weights before them."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

import torch
from torch import Tensor

from lava.lib.dl.slayer.block._records import norms, parts, synapses
from lava.lib.dl.slayer.neuron.norm import BatchNorm, MeanOnlyBatchNorm

Net = TypeVar("Net", bound=torch.nn.Module)


def fold_norms(net: Net) -> Net:
    """Folds all batch norms of a network's blocks into their weights, for good.

    The network then computes in training what its file will: weights times the norm's
    factor, quantised, and a bias that no longer learns. Train it some more if its
    results changed.

    Args:
        net: A network with blocks; changed in place.

    Returns:
        The network.

    Raises:
        ValueError: If a norm scales more than weights, as in an input layer.
    """
    for block in net.modules():
        if hasattr(block, "to_spec") and _foldable(block):
            _fold(block)
    return net


def folded(block: Any) -> Any:
    """The block itself, or a copy with its batch norms folded."""
    return fold_norms(copy.deepcopy(block)) if _foldable(block) else block


def _foldable(block: Any) -> bool:
    neuron = getattr(block, "neuron", None)
    kinds = ("norm", "real_norm", "imag_norm")
    return any(isinstance(getattr(neuron, kind, None), BatchNorm) for kind in kinds)


@torch.no_grad()
def _fold(block: Any) -> None:
    neuron = block.neuron
    block_synapses = synapses(block)
    if not block_synapses or hasattr(block, "num_winners"):
        raise ValueError(
            f"the norm of this {type(block).__name__} scales more than learnt weights; "
            "use MeanOnlyBatchNorm or none"
        )
    for suffix, norm in norms(neuron):
        if not isinstance(norm, BatchNorm):
            continue
        factor, mean = norm.folded()
        for synapse in block_synapses:
            _scale(dict(parts(synapse))[suffix], factor)
        frozen = MeanOnlyBatchNorm(norm.num_features, pre_hook_fx=neuron.quantize_8bit)
        frozen.running_mean, frozen.update = mean, False
        frozen.train(norm.training)
        name = "norm" if not neuron.complex else "imag_norm" if suffix else "real_norm"
        setattr(neuron, name, frozen)


def _scale(synapse: Any, factor: Tensor) -> None:
    """Multiplies the weights of every output channel."""
    if synapse.weight_norm_enabled:
        synapse.disable_weight_norm()
    weight = synapse.weight
    if getattr(synapse, "transposed", False):
        groups = synapse.groups
        grouped = weight.data.unflatten(0, (groups, -1))
        each = factor.reshape(groups, 1, -1, *[1] * (weight.ndim - 2))
        weight.data = (grouped * each).flatten(0, 1)
    else:
        weight.data = weight.data * factor.reshape(-1, *[1] * (weight.ndim - 1))
