"""The layers all detectors are made of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch

from lava.lib.dl import spec
from lava.lib.dl.slayer import synapse
from lava.lib.dl.slayer._quantize import quantize_hook_fx
from lava.lib.dl.slayer.block import sigma_delta
from lava.lib.dl.slayer.block._records import kernels
from lava.lib.dl.slayer.dendrite import Sigma
from lava.lib.dl.slayer.neuron.norm import MeanOnlyBatchNorm

_WEIGHTS = partial(quantize_hook_fx, scale=64, num_bits=8)
_CONV = {"weight_norm": True, "delay_shift": False, "pre_hook_fx": _WEIGHTS}


def sigma_delta_params(
    threshold: float, tau_grad: float, scale_grad: float
) -> dict[str, Any]:
    """Parameters of a detector's sigma-delta neurons, without norm."""
    return {
        "threshold": threshold,
        "tau_grad": tau_grad,
        "scale_grad": scale_grad,
        "requires_grad": False,
        "shared_param": True,
        "activation": torch.nn.functional.relu,
    }


def entry(params: Mapping[str, Any]) -> torch.nn.Module:
    """Block that encodes images as changes."""
    return sigma_delta.Input(dict(params))


def conv(
    params: Mapping[str, Any],
    inputs: int,
    outputs: int,
    kernel_size: int = 3,
    stride: int = 1,
    weight_scale: float = 1,
    family: Any = sigma_delta,
) -> torch.nn.Module:
    """Convolution that keeps the size, divided by the stride; sigma-delta or other."""
    return family.Conv(
        {**params, "norm": MeanOnlyBatchNorm},
        inputs,
        outputs,
        kernel_size,
        stride=stride,
        padding=kernel_size // 2,
        weight_scale=weight_scale,
        **_CONV,
    )


def unpool(params: Mapping[str, Any]) -> torch.nn.Module:
    """Sigma-delta block that doubles the size."""
    return sigma_delta.Unpool(dict(params), kernel_size=2, stride=2, **_CONV)


def head(inputs: int, outputs: int) -> list[torch.nn.Module]:
    """A head: weighted changes, and their running sum."""
    return [synapse.Conv(inputs, outputs, 1, pre_hook_fx=_WEIGHTS), Sigma()]


def head_to_spec(synapses: Any, sigma: Sigma) -> spec.Conv:
    """A head as it stands in a file: a convolution whose neuron only sums up.

    Raises:
        ValueError: No frame has run through the head, so its size is unknown.
    """
    if sigma.shape is None:
        raise ValueError(
            "the head's size is not known yet; call init_model or run a frame, then "
            "export."
        )
    return spec.Conv(
        tuple(sigma.shape),
        **kernels(synapses),
        stride=synapses.stride[:-1],
        padding=synapses.padding[:-1],
        dilation=synapses.dilation[:-1],
        groups=synapses.groups,
        neuron=spec.Sigma(),
    )
