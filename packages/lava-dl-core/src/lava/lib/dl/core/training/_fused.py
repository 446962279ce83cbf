"""Synapses fused with their neurons, in one pass each way.

What the synapses sum never leaves the cache; the backward pass computes it again. Bits
are those of the synapse's and the neuron's own functions, one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeAlias

import numpy as np

from lava.lib.dl.core import _training
from lava.lib.dl.core._training import ConvGeometry, Result, Settings
from lava.lib.dl.core.training._call import Floats, check_array
from lava.lib.dl.core.training._events import Events, Lists
from lava.lib.dl.core.training._neurons import (
    Forward,
    Neuron,
    Surrogate,
    Threshold,
    neuron_settings,
)
from lava.lib.dl.core.training._sparse import (
    added,
    check_size,
    conv_gradients,
    transposed_kernels,
)

Some: TypeAlias = "list[Floats | None]"

_PARTS = 2  # of a complex neuron's input, each with weights of its own


class Gradients(NamedTuple):
    """Gradients of what fused neurons take.

    Attributes:
        given: of each part's weights; of windows, each part's share in the image's.
        sums: of what the synapses sum, where asked for.
        decays: of the decays, as `neuron_backward`'s.
        delays: of the delays, where the spikes are given.
    """

    given: list[Floats]
    sums: list[Floats]
    decays: list[Floats]
    delays: Floats | None = None


class _Given:
    """A synapse whose input is dense and whose gradients are what kernels write."""

    lists: ClassVar[Lists | None] = None

    def gradients(self, written: list[Floats]) -> list[Floats]:
        """Of what is given."""
        return written


@dataclass(frozen=True)
class ConvOfEvents:
    """A convolution that multiplies the inputs that are not zero.

    Attributes:
        events: of an input (N, C, H, W, T).
        weights: float32 (Out, C, kernel height, kernel width), one for each of the
            neuron's inputs.
        image: how the windows lie.
    """

    events: Events
    weights: Sequence[Floats]
    image: ConvGeometry
    kernel: ClassVar[str] = "conv"

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(N, C, Out, T)."""
        samples, channels, _, _, steps = self.events.shape
        return samples, channels, self.weights[0].shape[0], steps

    @property
    def lists(self) -> Lists | None:
        """The events as the kernels take them."""
        return self.events.lists

    def inputs(self, simd: str) -> Some:
        """Arrays as the kernels take them."""
        check_size(self.events, self.image)
        channels = self.shape[1]
        transposed = [
            transposed_kernels(w, channels, self.image, simd) for w in self.weights
        ]
        return [*_filled(transposed), None]

    def outputs(self) -> list[Floats]:
        """What the backward pass writes: gradients of weights, group by group."""
        of_one = conv_gradients(self.events, self.image, self.shape[2])
        return [of_one, *(np.empty_like(of_one) for _ in self.weights[1:])]

    def gradients(self, written: list[Floats]) -> list[Floats]:
        """Of the weights."""
        return [added(each, self.shape[2], self.image) for each in written]


@dataclass(frozen=True)
class WindowSums(_Given):
    """Sums over windows of each channel by itself.

    Attributes:
        x: float32 (N, C, H, W, T).
        weights: float32 (kernel height, kernel width), one for each of the neuron's
            inputs; they get no gradient.
        image: how the windows lie.
    """

    x: Floats
    weights: Sequence[Floats]
    image: ConvGeometry
    kernel: ClassVar[str] = "windows"

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(N, C, C, T)."""
        samples, channels, _, _, steps = self.x.shape
        return samples, channels, channels, steps

    def inputs(self, simd: str) -> Some:
        """Arrays as the kernels take them."""
        samples, channels, _, steps = self.shape
        check_array("x", self.x, (samples, channels, *self.image.size, steps))
        for each in self.weights:
            check_array("taps", each, self.image.kernel)
        return [self.x, *_filled(self.weights)]

    def outputs(self) -> list[Floats]:
        """What the backward pass writes: shares in the image's gradient."""
        return [np.empty_like(self.x) for _ in self.weights]


@dataclass(frozen=True)
class Sums(_Given):
    """What a synapse summed before, as rows of windows.

    Attributes:
        weights: the sums, float32 (N, C, H, W, T), one for each of the neuron's inputs.
    """

    weights: Sequence[Floats]
    kernel: ClassVar[str] = "sums"

    @property
    def image(self) -> ConvGeometry:
        """Windows as many as there are rows of a channel."""
        size = self.weights[0].shape[2:4]
        return ConvGeometry(size, size, (1, 1), (1, 1), (0, 0), (1, 1))

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(N, C, C, T)."""
        samples, channels, _, _, steps = self.weights[0].shape
        return samples, channels, channels, steps

    def inputs(self, simd: str) -> Some:
        """Arrays as the kernels take them."""
        for each in self.weights:
            check_array("sums", each, self.weights[0].shape)
        return [*_filled(self.weights), None]

    def outputs(self) -> list[Floats]:
        """What the backward pass writes: gradients of the sums."""
        return [np.empty_like(each) for each in self.weights]


Synapse: TypeAlias = "ConvOfEvents | WindowSums | Sums"


def fused_forward(
    neuron: Neuron,
    synapse: Synapse,
    decays: Sequence[Floats],
    states: Sequence[Floats],
    threshold: Threshold,
    *,
    latency: int = 0,
    delays: Floats | None = None,
    simd: str = "",
) -> Forward:
    """Runs a neuron over all steps of what its synapse sums.

    Args:
        neuron: which, e.g. `CUBA`.
        synapse: with as many weights as the neuron has inputs.
        decays: as `neuron_forward`'s, of the outputs' channels.
        states: likewise, float32 (N, Out, S) each, S being all windows.
        threshold: likewise.
        latency: likewise.
        delays: float32 (Out,), by how many whole steps a channel's spikes come later
            still; negative ones are 0.
        simd: likewise.

    Returns:
        Spikes (N, Out, windows high, windows wide, T) and the last states (N, Out, S).
    """
    samples, _, outputs, steps = synapse.shape
    spikes = np.empty((samples, outputs, *synapse.image.windows, steps), np.float32)
    settings = neuron_settings(neuron, threshold, latency=latency, simd=simd)
    inputs = [*synapse.inputs(simd), None, _checked(delays, outputs)]
    last = len(neuron.states)
    result = _run("", neuron, synapse, inputs, [spikes], decays, states, settings, last)
    return Forward([spikes], result.states)


def fused_backward(
    neuron: Neuron,
    synapse: Synapse,
    decays: Sequence[Floats],
    states: Sequence[Floats],
    grad: Floats,
    threshold: Threshold,
    surrogate: Surrogate,
    *,
    latency: int = 0,
    delays: Floats | None = None,
    spikes: Floats | None = None,
    decay_gradients: bool = False,
    sums: bool = False,
    simd: str = "",
) -> Gradients:
    """Gradients from that of the spikes.

    Args:
        neuron: as in the forward call; likewise the next three.
        synapse: likewise.
        decays: likewise.
        states: likewise.
        grad: gradient of the spikes.
        threshold: as in the forward call.
        surrogate: the derivative the spikes get.
        latency: as in the forward call.
        delays: as in the forward call.
        spikes: what the forward call returned; gives the gradient of the delays.
        decay_gradients: also those of the decays that learn.
        sums: also those of what a convolution sums, from which its input's follows.
        simd: an instruction set to force.
    """
    samples, _, outputs, steps = synapse.shape
    shape = (samples, outputs, *synapse.image.windows, steps)
    check_array("grad", grad, shape)
    if spikes is not None:
        check_array("spikes", spikes, shape)
    by = _checked(delays, outputs)
    written, inputs = synapse.outputs(), [*synapse.inputs(simd), grad, by, spikes]
    of_sums = [np.empty(shape, np.float32) for _ in written] if sums else []
    of_delays = None if spikes is None else np.zeros(outputs, np.float32)
    learned = len(surrogate.learned(decays)) if decay_gradients else 0
    settings = neuron_settings(neuron, threshold, surrogate, latency=latency, simd=simd)
    result = _run(
        "_backward",
        neuron,
        synapse,
        inputs,
        [*_filled(written), *_filled(of_sums)],
        decays,
        states,
        settings,
        learned=learned,
        delay_gradient=of_delays,
    )
    written = synapse.gradients(written)
    return Gradients(written, of_sums, result.gradients, of_delays)


def _checked(delays: Floats | None, channels: int) -> Floats | None:
    if delays is not None:
        check_array("delays", delays, (channels,))
    return delays


def _filled(arrays: Sequence[Floats]) -> Some:
    """One for each part, None where there is no second."""
    return [*arrays, *[None] * (_PARTS - len(arrays))]


def _run(
    direction: str,
    neuron: Neuron,
    synapse: Synapse,
    inputs: Some,
    outputs: Some,
    decays: Sequence[Floats],
    states: Sequence[Floats],
    settings: Settings,
    last: int = 0,
    learned: int = 0,
    delay_gradient: Floats | None = None,
) -> Result[Floats]:
    if len(synapse.weights) != len(neuron.inputs):
        raise ValueError(
            f"there are {len(synapse.weights)} weights, {neuron.name} needs one for "
            f"each of {neuron.inputs}."
        )
    samples, _, channels, steps = synapse.shape
    return _training.run_fused(
        f"{synapse.kernel}_{neuron.name}{direction}",
        synapse.shape,
        (samples, channels, math.prod(synapse.image.windows), steps),
        inputs,
        outputs,
        decays,
        states,
        last,
        learned,
        delay_gradient,
        settings,
        synapse.lists,
        synapse.image,
    )
