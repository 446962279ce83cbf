"""Neurons fed with their own spikes, stepped inside one operator."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer._plain import recurrent as plain
from lava.lib.dl.slayer._plain.products import full_float32
from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer._states import exact_state
from lava.lib.dl.slayer.ops._kernel import Kernel
from lava.lib.dl.slayer.ops._launch import array, compiled, four
from lava.lib.dl.slayer.ops._neurons import NEURONS
from lava.lib.dl.slayer.ops._operator import Operator, Tensors

__all__ = ["RECURRENT", "recur"]


class _Recurrent:
    """A neuron with recurrent weights as one operator, and its backward twin."""

    def __init__(self, kernel: Kernel, neuron: training.Neuron) -> None:
        self.kernel, self.neuron = kernel, neuron
        self.parts = len(kernel.inputs)
        weights = tuple(f"weight_{i}" for i in range(self.parts))
        given = kernel.inputs + weights + kernel.parameters + kernel.states
        self.backward = Operator(
            f"recurrent_{kernel.name}_backward",
            ("grad", *given),
            self._gradients,
            self._fake_gradients,
            Settings,
            2 * self.parts,
        )
        self.forward = Operator(
            f"recurrent_{kernel.name}",
            given,
            self._spikes,
            self._fake_spikes,
            Settings,
            1 + len(kernel.states),
            self._gradient,
            1,
        )

    def _split(self, tensors: Tensors) -> tuple[Tensors, Tensors, Tensors, Tensors]:
        """Inputs, weights, decays, states."""
        parts, end = self.parts, 2 * self.parts + len(self.kernel.parameters)
        inputs, weights = tensors[:parts], tensors[parts : 2 * parts]
        return inputs, weights, tensors[2 * parts : end], tensors[end:]

    def _planes(self, tensors: Tensors, settings: Settings) -> Tensors:
        """Spikes, then the states after every step."""
        inputs, weights, decays, states = self._split(tensors)
        shape = inputs[0].shape
        if not compiled(inputs[0]):

            def step(parts: Tensors, now: Tensors) -> Tensors:
                return self.kernel.compute((*parts, *decays, *now), settings)

            with full_float32():
                return plain.forward(step, inputs, weights, states, settings.scale)
        found = training.recurrent_forward(
            self.neuron,
            [array(z).reshape(four(shape)) for z in inputs],
            [array(w) for w in weights],
            [array(d).reshape(-1) for d in decays],
            [array(s).reshape(four(shape)[:-1]) for s in states],
            training.Threshold(
                settings.threshold,
                settings.scale,
                settings.threshold_step,
                settings.graded,
            ),
        )
        planes = [found.spikes, *found.states]
        return [torch.from_numpy(plane.reshape(shape)) for plane in planes]

    def _spikes(self, tensors: Tensors, settings: Settings) -> Tensors:
        spikes, *after = self._planes(tensors, settings)
        if spikes.shape[-1] == 0:
            return [spikes, *(s.clone() for s in self._split(tensors)[3])]
        return [spikes, *(plane[..., -1].contiguous() for plane in after)]

    def _fake_spikes(self, tensors: Tensors, _: Settings) -> Tensors:
        x = tensors[0]
        ends = [x.new_empty(x.shape[:-1]) for _ in self.kernel.states]
        return [x.new_empty(x.shape), *ends]

    def _gradient(
        self, grads: Tensors, saved: Tensors, settings: Settings, needs: Sequence[bool]
    ) -> Tensors:
        found = self.backward((grads[0], *saved), settings)
        decays = self._split(saved)[2]
        pairs = zip(decays, needs[2 * self.parts :], strict=False)
        return [*found, *(torch.zeros_like(d) if need else None for d, need in pairs)]

    def _gradients(self, tensors: Tensors, settings: Settings) -> Tensors:
        grad, *given = tensors
        weights = self._split(given)[1]
        planes = self._planes(given, settings)
        slopes = self._slopes(given, settings, planes)
        if not compiled(grad):
            to_inputs, to_weights = plain.backward(grad, planes[0], slopes, weights)
            return [*to_inputs, *to_weights]
        shape = four(grad.shape)
        found, of_weights = training.recurrent_backward(
            array(grad).reshape(shape),
            array(planes[0]).reshape(shape),
            [array(slope).reshape(shape) for slope in slopes],
            [array(w) for w in weights],
        )
        of_inputs = [torch.from_numpy(g.reshape(grad.shape)) for g in found]
        return [*of_inputs, *map(torch.from_numpy, of_weights)]

    def _slopes(self, tensors: Tensors, settings: Settings, planes: Tensors) -> Tensors:
        """Derivative of each step's spike by each input, the states being fixed.

        Every step is a sample of one step: time takes the place of space.
        """
        inputs, weights, decays, states = self._split(tensors)
        spikes, *after = planes
        fed = _before(spikes, spikes.new_zeros(1))
        with full_float32():
            sums = [z + w @ fed for z, w in zip(inputs, weights, strict=True)]
        exact = [exact_state(plane, settings.scale) for plane in after]
        starts = [_before(a, s) for a, s in zip(exact, states, strict=True)]
        steps = [x[..., None] for x in sums]
        ones = torch.ones_like(spikes).unsqueeze(-1)
        slopes = self.kernel.input_gradients(ones, (*steps, *decays, *starts), settings)
        return [slope[..., 0] for slope in slopes]

    def _fake_gradients(self, tensors: Tensors, _: Settings) -> Tensors:
        inputs, weights, *_rest = self._split(tensors[1:])
        return [each.new_empty(each.shape) for each in (*inputs, *weights)]


def _before(after: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    """What a plane holds before each step; start has the shape of a step."""
    first = start.expand(after.shape[:-1]).unsqueeze(-1)
    return torch.cat([first, after[..., :-1]], dim=-1)


RECURRENT = {
    kernel.name: _Recurrent(kernel, neuron).forward
    for kernel, neuron in zip(NEURONS, training.NEURONS, strict=True)
}
"""The operator of each neuron by its name."""


def recur(
    kernel: Kernel,
    inputs: Tensors,
    parameters: Tensors,
    states: Tensors,
    settings: Settings,
    weights: Tensors,
) -> Tensors:
    """Spikes of a neuron that gets its own of the step before, none at first.

    Args:
        kernel: which neuron.
        inputs: tensors (N, C, T).
        parameters: as ``apply``'s.
        states: likewise.
        settings: likewise; the exact gradient is that of one step.
        weights: tensors (C, C), [to, from], one for each input.

    Returns:
        Spikes and the states after the last step.
    """
    shape = inputs[0].shape[:-1]
    parts = [t.float() for t in (*inputs, *weights, *parameters)]
    start = [s.detach().float().expand(shape) for s in states]
    return RECURRENT[kernel.name]((*parts, *start), settings)
