"""From a block's tensors to the integers of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer.neuron.norm import BatchNorm
from lava.lib.dl.spec.schema import items

if TYPE_CHECKING:
    from lava.lib.dl.slayer.axon import Delay
    from lava.lib.dl.slayer.block._block import Block

Fields = dict[str, Any]
"""Arguments of a record by name."""


ROUNDING = 2.0**-22
"""How far, relative to it, float32 leaves a whole number that went through units.

The step, its multiple, and that in file units round once each, by 2^-24 at most;
where the scale is a power of two none of them does.
"""


def integers(values: Tensor) -> NDArray[Any]:
    """Whole numbers as an array, rid of float32's rounding; fractions stay as they are.

    A weight of 10 / 100 is 9.999999 hundredths in float32.
    """
    array: NDArray[Any] = values.detach().cpu().numpy()
    whole = np.round(array)
    return np.where(np.abs(array - whole) <= ROUNDING * np.abs(whole), whole, array)


def parts(synapse: Any) -> list[tuple[str, Any]]:
    """Real synapses by suffix of the field: one, or real and imaginary."""
    if getattr(synapse, "complex", False):
        return [("", synapse.real), ("_imag", synapse.imag)]
    return [("", synapse)]


def weights(synapse: Any, name: str = "weight") -> Fields:
    """Weights (out, in) of a dense synapse as integers by field name."""
    whole = kernels(synapse, name)
    return {field: w.reshape(w.shape[0], -1) for field, w in whole.items()}


def kernels(synapse: Any, name: str = "weight") -> Fields:
    """Weights (out, in, height, width) as integers by field name.

    Norms, masks, pruning and parametrisations are folded in.
    """
    return {name + suffix: _integer_weights(part) for suffix, part in parts(synapse)}


def _integer_weights(synapse: Any) -> NDArray[Any]:
    if synapse.pre_hook_fx is None:
        raise ValueError(
            "pre_hook_fx is None, so the weights are no integers; leave the argument "
            "out to quantise them"
        )
    synapse.refresh()
    return integers(synapse.effective_weight(descale=True))[..., 0]


def norms(neuron: Any) -> list[tuple[str, Any]]:
    """Norms, or None, by suffix of the field: one, or real and imaginary."""
    if neuron.complex:
        return [("", neuron.real_norm), ("_imag", neuron.imag_norm)]
    return [("", neuron.norm)]


def biases(neuron: Any, channels: int) -> Fields:
    """What the norm adds to each channel, by field name; (channels,)."""
    return {
        f"bias{suffix}": np.broadcast_to(integers(norm.bias).flatten(), (channels,))
        for suffix, norm in norms(neuron)
        if hasattr(norm, "bias")
    }


def neuron_record(block: Block) -> spec.Neuron:
    """The block's neuron as a record."""
    neuron = block.neuron
    if any(isinstance(norm, BatchNorm) for _, norm in norms(neuron)):
        raise ValueError(
            "a BatchNorm has no place in a file; fold it with slayer.block.fold_norms, "
            "as slayer.io.export does"
        )
    names = {item.name: field for field, (_, item) in items(block.record).items()}
    parameters = neuron.device_params
    fields = {
        names[name]: value for name, value in parameters.items() if name != "type"
    }
    for suffix, norm in norms(neuron):
        if hasattr(norm, "weight_exp"):
            fields[f"weight_exp{suffix}"] = integers(norm.weight_exp).flatten()
            fields["weight_exp_bits"] = norm.weight_exp_bits
    if getattr(neuron, "bias_is_set", False):
        fields["bias"] = integers(neuron.bias)
    if getattr(getattr(neuron, "delta", None), "cum_error", False):
        fields["cum_error"] = True
    return block.record(**fields)


def delays(delay: Delay | None, name: str = "delay") -> Fields:
    """Learnt delays in whole steps as they are applied, by field name; {} for None."""
    if delay is None:
        return {}
    steps = delay.delay.detach().clamp(0, delay.max_delay) / delay.sampling_time
    return {name: integers(steps.floor()).flatten()}


@torch.no_grad()
def saturation(block: Block) -> float:
    """Share of the weights that the quantisation clips, 0 to 1."""
    synapse_parts = [part for s in synapses(block) for _, part in parts(s)]
    hooked = [part for part in synapse_parts if part.pre_hook_fx is not None]
    clipped = [_clipped(part, 1 / block.neuron.w_scale).float() for part in hooked]
    if not clipped:
        return 0.0
    return float(torch.cat([c.flatten() for c in clipped]).mean())


def synapses(block: Block) -> list[Any]:
    """The block's synapses."""
    names = ("synapse", "input_synapse", "recurrent_synapse")
    return [getattr(block, name) for name in names if hasattr(block, name)]


BEYOND = 1e6
"""A weight that every range of integers for the chip clips."""


def _clipped(synapse: Any, unit: float) -> Tensor:
    """Which weights lie outside the range that their quantisation gives at most.

    What a coarse quantisation rounds away is no clipping, however much it is.
    """
    exact = synapse.weight if synapse.mask is None else synapse.weight * synapse.mask
    hook = synapse.pre_hook_fx
    high, low = (hook(torch.full_like(exact, b)) for b in (BEYOND, -BEYOND))
    # Half a step is the most that rounding loses; a little more is float32's own.
    beyond = torch.maximum(exact - high, low - exact) > 0
    lost = (exact - synapse.effective_weight()).abs() * (1 - 1e-6)
    return beyond & (lost > unit)
