"""Recurrent neurons on a GPU: all steps in one launch, on arrays (N, T, C).

The forward pass keeps the neuron's states of each step, from which the backward pass
walks back without stepping again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer.ops._launch import handed_on, placed, stream_of
from lava.lib.dl.slayer.ops._operator import Tensors


class Given(NamedTuple):
    """What both passes take: the neuron, and tensors of it on the GPU.

    Attributes:
        neuron: which.
        weights: (C, C), [to, from], one for each input.
        decays: one value or one per channel each.
        states: before the first step, (N, C).
        delays: steps by which what each channel sends returns later, (C,).
    """

    neuron: training.Neuron
    weights: Tensors
    decays: Tensors
    states: Tensors
    delays: torch.Tensor | None = None


def fits(x: torch.Tensor) -> bool:
    """Whether the kernels take this input (N, C, T): not an empty or too wide one."""
    return x.numel() > 0 and x.shape[1] <= training.MOST_RECURRENT_NEURONS


def trace_shape(neuron: training.Neuron, x: torch.Tensor) -> tuple[int, ...]:
    """The shape of what a forward pass of this input keeps."""
    samples, channels, steps = x.shape
    return len(neuron.outputs) - 1, samples, steps, channels


def forward(
    layer: Given, inputs: Tensors, settings: training.Settings, keeps: bool
) -> list[torch.Tensor]:
    """Spikes (N, C, T), the last states, and what the backward pass needs, or none."""
    x = inputs[0]
    samples, channels, steps = x.shape
    spikes = x.new_empty(samples, steps, channels)
    traces = x.new_empty(trace_shape(layer.neuron, x) if keeps else 0)
    ends = [x.new_empty(samples, channels) for _ in layer.states]
    _launch(
        f"recurrent_{layer.neuron.name}",
        layer._replace(weights=[w.mT for w in layer.weights]),
        settings,
        [_transposed(z) for z in inputs],
        [spikes, *(traces if keeps else ())],
        ends=ends,
    )
    return [_transposed(spikes), *ends, traces]


def backward(
    layer: Given,
    grad: torch.Tensor,
    spikes: torch.Tensor,
    delayed: torch.Tensor,
    traces: torch.Tensor,
    settings: training.Settings,
    learned: int,
    later: Sequence[torch.Tensor | None] = (),
    earlier: int = 0,
) -> tuple[Tensors, Tensors, Tensors, Tensors]:
    """Gradients of the inputs, the weights and so many decays, summed on the GPU.

    Those of the weights are of what returned, a step after the ``delayed`` spikes. The
    last are those of so many states ``earlier``, from those of the states ``later``.
    """
    channels = spikes.shape[1]
    before = _step_before(spikes)
    returned = before if layer.delays is None else _step_before(delayed)
    of_inputs = [torch.empty_like(before) for _ in layer.weights]
    waiting = [] if layer.delays is None else [torch.empty_like(before)]
    of_decays = [torch.empty_like(d) for d in layer.decays[:learned]]
    if later:  # the last spikes are the last of what a kernel can take
        missing = [None] * (training.MOST_ARRAYS - 1 - len(later))
        later = [*later, *missing, spikes[..., -1]]
    after = placed(later, grad.device)
    before_these = handed_on(after, earlier, layer.states)
    _launch(
        f"recurrent_{layer.neuron.name}_backward",
        layer,
        settings,
        [before, *traces, _transposed(grad)],
        [*of_inputs, *waiting],
        gradients=of_decays,
        later=after,
        earlier=before_these,
    )
    flat = returned.view(-1, channels)
    of_weights = [
        torch.mm(g.view(-1, channels).T, flat, out=torch.empty_like(w))
        for g, w in zip(of_inputs, layer.weights, strict=True)
    ]
    return [_transposed(g) for g in of_inputs], of_weights, of_decays, before_these


def _launch(
    kernel: str,
    layer: Given,
    settings: training.Settings,
    inputs: Tensors,
    outputs: Sequence[torch.Tensor],
    ends: Sequence[torch.Tensor] = (),
    gradients: Sequence[torch.Tensor] = (),
    later: Tensors = (),
    earlier: Tensors = (),
) -> None:
    samples, steps, channels = inputs[0].shape
    device = inputs[0].device
    # Held until the launch: a copy that is contiguous has no other owner.
    taken = placed(inputs, device)
    decays, states = placed(layer.decays, device), placed(layer.states, device)
    weights = placed((_stacked(layer.weights),), device)[0]
    delays = placed(() if layer.delays is None else (layer.delays,), device)
    sizes = [d.numel() for d in decays]
    learned = sizes[: len(gradients)]
    room = training.sums_size(samples * channels, learned, recurrent=True)
    sums = taken[0].new_empty(room, dtype=torch.float64)
    training.run_on_gpu(
        kernel,
        (samples, channels, 1, steps),
        settings,
        stream_of(device),
        [t.data_ptr() for t in taken],
        [t.data_ptr() for t in outputs],
        [t.data_ptr() for t in decays],
        sizes,
        [t.data_ptr() for t in states],
        [t.data_ptr() for t in ends],
        [t.data_ptr() for t in gradients],
        sums.data_ptr(),
        1 / 4096,
        weights.data_ptr(),
        weights.numel(),
        returning_delays=delays[0].data_ptr() if delays else 0,
        later=[t.data_ptr() for t in later],
        earlier=[t.data_ptr() for t in earlier],
    )


def _stacked(weights: Tensors) -> torch.Tensor:
    """As one tensor (inputs, C, C)."""
    return torch.stack([*weights]) if len(weights) > 1 else weights[0].contiguous()


def _step_before(x: torch.Tensor) -> torch.Tensor:
    """Steps first, each a step late."""
    before = x.new_zeros(x.shape[0], x.shape[2], x.shape[1])
    before[:, 1:] = x.mT[:, :-1]
    return before


def _transposed(x: torch.Tensor) -> torch.Tensor:
    """Channels and steps in each other's place."""
    return x.mT.contiguous()
