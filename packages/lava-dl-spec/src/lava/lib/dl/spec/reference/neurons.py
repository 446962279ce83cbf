"""One time step of every neuron, as the trainer's quantised forward pass computes it.

States are integers in units of ``1 / S`` with ``S = 64 * weight_scale``; what passes
between stages is a 32-bit float, here a Python float that holds one. A cell is one
neuron: its ``step`` takes the sum of its synapses and returns what it sends, and its
public attributes named in ``states`` are what it carries to the next step.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import fields
from fractions import Fraction
from typing import ClassVar

from lava.lib.dl.spec import neurons as kinds
from lava.lib.dl.spec._codec import IntArray
from lava.lib.dl.spec.layers import NeuronLayer
from lava.lib.dl.spec.reference.integers import Real, clip, single, truncating_shift

__all__ = ["CELLS", "Cell", "make_cell"]

EPSILON = Fraction(1, 100)
"""CUBA's threshold lies this much above, so that it fires on v > threshold."""
EXPONENTS = "weight_exp", "weight_exp_imag"
ACTIVATIONS: dict[str, Callable[[float], float]] = {
    "relu": lambda x: max(x, 0.0),
    "identity": lambda x: x,
}


class Cell(ABC):
    """One neuron.

    Attributes:
        states: Names of the state attributes.
    """

    states: ClassVar[tuple[str, ...]] = ()

    def __init__(self, layer: NeuronLayer, channel: int, index: int) -> None:
        assert layer.neuron is not None
        self.layer, self.neuron, self.index = layer, layer.neuron, index
        self.scale = layer.state_scale
        self.own = own_parameters(layer.neuron, channel)
        self.bias = [own_bias(layer, b, channel, index) for b in layer.norm_biases]
        self.graded = bool(self.own.get("graded_spike"))
        self.reads_voltage = layer.readout == "voltage"
        self.reset()

    @abstractmethod
    def reset(self) -> None:
        """Set the states to their values before the first step."""

    @abstractmethod
    def step(self, real: Real | float, imag: Real | float = 0) -> Real:
        """Advance by one step."""

    def decay(self, state: int, name: str) -> int:
        """What is left of a state after a step under a decay."""
        return truncating_shift(state * (4096 - self.own[name]))

    def to_state(self, value: Real | float) -> int:
        """A float as state: scaled in 32 bits, then cut toward zero."""
        return int(single(single(value) * self.scale))

    def to_float(self, state: int) -> float:
        """A state as float."""
        return single(single(state) / self.scale)

    def norm(self, value: Real | float, part: int = 0) -> float:
        """Add the bias of the real or imaginary part, divide by the power of two."""
        result = single(value)
        if self.bias[part]:
            result = single(result + single(self.bias[part] / self.layer.weight_scale))
        exponent, most = self.own.get(EXPONENTS[part], 0), self.own["weight_exp_bits"]
        return math.ldexp(result, -clip(exponent, -most, most))

    def send(self, fired: bool, state: int) -> Real:
        """A spike: 1, or the state where spikes are graded."""
        return 0 if not fired else self.read(state) if self.graded else 1

    def read(self, state: int) -> Real:
        """A state as message."""
        return Fraction(self.to_float(state))


def own_parameters(neuron: kinds.Neuron, channel: int) -> dict[str, int]:
    """The numbers of a record that hold for a channel, by name."""
    parameters = {}
    for name in (f.name for f in fields(neuron) if f.name != "bias"):
        value = getattr(neuron, name)
        if value is not None and not isinstance(value, str):
            row = [value] if isinstance(value, int) else value.reshape(-1).tolist()
            parameters[name] = int(row[channel if len(row) > 1 else 0])
    return parameters


def own_bias(
    layer: NeuronLayer, value: IntArray | None, channel: int, index: int
) -> int:
    """The bias of a neuron; one per neuron comes in (width, height, channel)."""
    if value is None:
        return 0
    row = value.reshape(-1).tolist()
    channels, height, width = (*layer.shape, 1, 1)[:3]
    if len(row) in (1, channels):
        return int(row[channel if len(row) > 1 else 0])
    y, x = divmod(index % (height * width), width)
    return int(row[(x * height + y) * channels + channel])


class CubaCell(Cell):
    """Current and voltage decay; fires and resets where the voltage is above."""

    states: ClassVar[tuple[str, ...]] = ("current", "voltage")

    def reset(self) -> None:
        """Both states are zero."""
        self.current = self.voltage = 0
        self.resets = self.own["threshold"] >= 0
        self.level = single(self.own["threshold"] * 64 + EPSILON)

    def step(self, real: Real | float, imag: Real | float = 0) -> Real:
        """``u = u k_u + a``; ``v = v k_v + norm(u)``; fire on v > threshold."""
        decayed = self.decay(self.current, "current_decay")
        self.current = decayed + self.to_state(real)
        current = self.norm(self.to_float(self.current))
        decayed = self.decay(self.voltage, "voltage_decay")
        voltage = self.voltage = decayed + self.to_state(current)
        if self.reads_voltage:
            return self.read(voltage)
        fired = single(voltage) >= self.level
        if fired and self.resets:
            self.voltage = 0
        return self.send(fired, voltage)


class AdaptiveCell(Cell):
    """What adaptive kinds share: a threshold and a refractory state that jump."""

    def rest(self) -> None:
        """The threshold rests at its base, the refractory state at zero."""
        self.base = self.own["threshold"] * 64
        self.threshold, self.refractory = self.base, 0

    def relax(self) -> None:
        """Let threshold and refractory state decay."""
        above = self.decay(self.threshold - self.base, "threshold_decay")
        self.threshold = above + self.base
        self.refractory = self.decay(self.refractory, "refractory_decay")

    def adapt(self, fired: bool) -> None:
        """A spike raises both: first the refractory state, by twice the threshold."""
        if fired:
            self.refractory += 2 * self.threshold
            self.threshold += self.own["threshold_step"] * 64

    def above(self, state: int) -> bool:
        """Whether a state reaches the two thresholds, added as floats."""
        return single(state) >= single(single(self.threshold) + single(self.refractory))


class AlifCell(AdaptiveCell):
    """CUBA's integrators without reset, under an adaptive threshold."""

    states: ClassVar[tuple[str, ...]] = (
        "current",
        "voltage",
        "threshold",
        "refractory",
    )

    def reset(self) -> None:
        """All at rest."""
        self.current = self.voltage = 0
        self.rest()

    def step(self, real: Real | float, imag: Real | float = 0) -> Real:
        """The norm acts before the current; fire on v >= threshold + refractory."""
        decayed = self.decay(self.current, "current_decay")
        self.current = decayed + self.to_state(self.norm(real))
        decayed = self.decay(self.voltage, "voltage_decay")
        self.voltage = decayed + self.to_state(self.to_float(self.current))
        self.relax()
        fired = self.above(self.voltage)
        self.adapt(fired)
        return self.send(fired, self.voltage)


class RfCell(Cell):
    """A rotating state; fires where it crosses the positive real axis far out."""

    states: ClassVar[tuple[str, ...]] = ("real", "imag")

    def reset(self) -> None:
        """The state is at the origin."""
        self.real = self.imag = 0
        self.level = self.own["threshold"] * 64

    def rotate(self, real: Real | float, imag: Real | float) -> None:
        """Rotate and shrink the state, each product cut by itself; add the input."""
        sine, cosine = self.own["sin_decay"], self.own["cos_decay"]
        x, y = self.real, self.imag
        self.real = truncating_shift(cosine * x) - truncating_shift(sine * y)
        self.imag = truncating_shift(sine * x) + truncating_shift(cosine * y)
        self.real += self.to_state(self.norm(real))
        self.imag += self.to_state(self.norm(imag, part=1))

    def step(self, real: Real | float, imag: Real | float = 0) -> Real:
        """Fire on real >= threshold where imag becomes 0 or more."""
        before = self.imag
        self.rotate(real, imag)
        if self.reads_voltage:
            return self.read(self.imag)
        far = single(self.real) >= single(self.level)
        return self.send(far and before < 0 <= self.imag, self.real)


class RfIzCell(RfCell):
    """A rotating state; fires where imag is large, and is set to (0, threshold - 1)."""

    def step(self, real: Real | float, imag: Real | float = 0) -> Real:
        """Fire on imag >= threshold."""
        self.rotate(real, imag)
        if self.reads_voltage:
            return self.read(self.imag)
        sent = self.imag
        fired = single(sent) >= single(self.level)
        if fired and self.level >= 0:
            self.real, self.imag = 0, self.level - 1
        return self.send(fired, sent)


class AdrfCell(RfCell, AdaptiveCell):
    """RF under an adaptive threshold."""

    states: ClassVar[tuple[str, ...]] = ("real", "imag", "threshold", "refractory")

    def reset(self) -> None:
        """All at rest."""
        RfCell.reset(self)
        self.rest()

    def step(self, real: Real | float, imag: Real | float = 0) -> Real:
        """Fire on real >= threshold + refractory where imag becomes 0 or more."""
        before = self.imag
        self.rotate(real, imag)
        self.relax()
        fired = self.above(self.real) and before < 0 <= self.imag
        self.adapt(fired)
        if self.reads_voltage:
            return self.read(self.imag)
        return self.send(fired, self.real)


class AdrfIzCell(AdrfCell):
    """Izhikevich's resonator under an adaptive threshold; the state is not reset."""

    def step(self, real: Real | float, imag: Real | float = 0) -> Real:
        """Fire on imag >= threshold + refractory."""
        self.rotate(real, imag)
        self.relax()
        fired = self.above(self.imag)
        self.adapt(fired)
        if self.reads_voltage:
            return self.read(self.imag)
        return self.send(fired, self.imag)


class SigmaCell(Cell):
    """A running sum: exact inside, a 32-bit float outside."""

    def reset(self) -> None:
        """The sum is zero."""
        self.sigma: Real = Fraction(0)

    def step(self, real: Real | float, imag: Real | float = 0) -> Real:
        """Add and send the sum."""
        self.sigma += Fraction(real)
        return Fraction(single(self.sigma))


class DeltaCell(Cell):
    """Sends the change of its input once it is large enough; keeps the rest."""

    def reset(self) -> None:
        """Nothing seen, nothing owed."""
        self.last = self.residue = self.error = 0.0
        least = Fraction(self.own["threshold"], self.layer.weight_scale)
        self.least = float(max(least, Fraction(1, self.scale)))
        self.adds_up = bool(self.own["cum_error"])

    def step(self, real: Real | float, imag: Real | float = 0) -> Real:
        """``d = (x - last) + residue``; send d where |d| >= threshold, cut down."""
        value = single(real)
        change = single(single(value - self.last) + self.residue)
        self.error = single(self.error + change)
        size = abs(self.error if self.adds_up else change)
        sent = change if size >= self.least else 0.0
        self.error = 0.0 if sent else self.error
        self.last, self.residue = value, single(change - sent)
        if not sent:
            return 0
        return Fraction(single(math.floor(sent * self.scale) / self.scale))


class SigmaDeltaCell(DeltaCell):
    """A running sum, the norm, the activation, then the delta encoder."""

    def reset(self) -> None:
        """Nothing summed."""
        super().reset()
        self.sigma: Real = Fraction(0)
        p = self.neuron
        assert isinstance(p, kinds.SigmaDelta)
        if p.activation not in ACTIVATIONS:
            raise NotImplementedError(f"no arithmetic for activation {p.activation!r}")
        self.activate = ACTIVATIONS[p.activation]
        row = [0] if p.bias is None else p.bias.reshape(-1).tolist()
        # One for all, one per channel or one per neuron, all in C order.
        own = self.index * len(row) // math.prod(self.layer.shape)
        self.offset = Fraction(row[own])

    def step(self, real: Real | float, imag: Real | float = 0) -> Real:
        """``delta(activation(norm(sum) + bias))``."""
        self.sigma += Fraction(real)
        value = self.norm(self.sigma)
        if self.offset:
            value = single(Fraction(value) + self.offset)
        return super().step(self.activate(value))


CELLS: dict[type[kinds.Neuron], type[Cell]] = {
    kinds.Cuba: CubaCell,
    kinds.Alif: AlifCell,
    kinds.Rf: RfCell,
    kinds.RfIz: RfIzCell,
    kinds.Adrf: AdrfCell,
    kinds.AdrfIz: AdrfIzCell,
    kinds.Sigma: SigmaCell,
    kinds.SigmaDelta: SigmaDeltaCell,
}


def make_cell(layer: NeuronLayer, index: int) -> Cell:
    """The cell of neuron ``index`` of a layer.

    Raises:
        NotImplementedError: There is no arithmetic for this neuron kind.
    """
    kind = CELLS.get(type(layer.neuron)) if layer.neuron else None
    if kind is None:
        raise NotImplementedError(f"no arithmetic for {layer.neuron!r:.60}")
    if kind is SigmaDeltaCell and layer.type == "input":
        kind = DeltaCell
    channel = index * layer.shape[0] // math.prod(layer.shape)
    return kind(layer, channel, index)
