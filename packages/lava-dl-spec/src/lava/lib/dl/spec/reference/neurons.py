"""One time step of every neuron, as the trainer's quantised forward pass computes it.

States are integers in units of ``1 / S`` with ``S = 64 * weight_scale``; what passes
between stages is a 32-bit float, here an exact fraction. A cell is one neuron: its
``step`` takes the sum of its synapses and returns what it sends, and its public
attributes named in ``states`` are what it carries to the next step.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from fractions import Fraction
from typing import ClassVar

from lava.lib.dl.spec.layers import BiasedLayer, NeuronLayer
from lava.lib.dl.spec.neurons import (
    Adrf,
    AdrfIz,
    Alif,
    Cuba,
    Neuron,
    Rf,
    RfIz,
    Sigma,
    SigmaDelta,
)
from lava.lib.dl.spec.reference.integers import (
    Real,
    float32,
    trunc,
    truncating_shift,
)

__all__ = ["CELLS", "Cell", "make_cell"]

EPSILON = Fraction(1, 100)
"""CUBA's threshold lies this much above, so that it fires on v > threshold."""
ACTIVATIONS = {"relu": lambda x: max(x, Fraction(0)), "identity": lambda x: x}


class Cell(ABC):
    """One neuron.

    Attributes:
        states: Names of the state attributes.
    """

    states: ClassVar[tuple[str, ...]] = ()

    def __init__(self, layer: NeuronLayer, channel: int, index: int) -> None:
        self.layer, self.channel, self.index = layer, channel, index
        self.scale = layer.state_scale
        self.reset()

    @abstractmethod
    def reset(self) -> None:
        """Set the states to their values before the first step."""

    @abstractmethod
    def step(self, real: Real, imag: Real = 0) -> Real:
        """Advance by one step."""

    def pick(self, value: object) -> int:
        """A parameter of this neuron's channel."""
        if isinstance(value, int):
            return value
        row = value.reshape(-1).tolist()  # type: ignore[attr-defined]
        return int(row[self.channel if len(row) > 1 else 0])

    def keep(self, decay: object) -> int:
        """What remains of 4096 after a step."""
        return 4096 - self.pick(decay)

    def to_state(self, value: Real) -> int:
        """A float as state: scaled in 32 bits, then cut toward zero."""
        return trunc(float32(float32(value) * self.scale))

    def to_float(self, state: int) -> Fraction:
        """A state as float."""
        return float32(float32(state) / self.scale)

    def norm(self, value: Real, imaginary: bool = False) -> Fraction:
        """Add the bias, then divide by the power of two."""
        suffix = "_imag" if imaginary else ""
        result = float32(value)
        biased = isinstance(self.layer, BiasedLayer)
        bias = getattr(self.layer, f"bias{suffix}") if biased else None
        if bias is not None:
            result = float32(
                result + Fraction(self.bias_of(bias), self.layer.weight_scale)
            )
        exponent = getattr(self.neuron, f"weight_exp{suffix}", None)
        if exponent is None:
            return result
        most = self.neuron.weight_exp_bits
        return result / Fraction(2) ** min(max(self.pick(exponent), -most), most)

    def bias_of(self, bias: object) -> int:
        """The bias of this neuron; one per neuron comes in (width, height, channel)."""
        row = bias.reshape(-1).tolist()  # type: ignore[attr-defined]
        if len(row) in (1, self.layer.shape[0]):
            return int(row[self.channel if len(row) > 1 else 0])
        channels, height, width = self.layer.shape
        y, x = divmod(self.index % (height * width), width)
        return int(row[(x * height + y) * channels + self.channel])

    @property
    def neuron(self) -> Neuron:
        """The record of this neuron."""
        assert self.layer.neuron is not None
        return self.layer.neuron

    def send(self, fired: bool, state: int) -> Real:
        """A spike: 1, or the state where spikes are graded."""
        if not fired:
            return 0
        return self.to_float(state) if getattr(self.neuron, "graded_spike", 0) else 1


class CubaCell(Cell):
    """Current and voltage decay; fires and resets where the voltage is above."""

    states: ClassVar[tuple[str, ...]] = ("current", "voltage")

    def reset(self) -> None:
        """Both states are zero."""
        self.current = self.voltage = 0

    def step(self, real: Real, imag: Real = 0) -> Real:
        """``u = u keep_u + a``; ``v = v keep_v + norm(u)``; fire on v > threshold."""
        p = self.neuron
        assert isinstance(p, Cuba)
        decayed = truncating_shift(self.current * self.keep(p.current_decay))
        self.current = decayed + self.to_state(real)
        drive = self.norm(self.to_float(self.current))
        decayed = truncating_shift(self.voltage * self.keep(p.voltage_decay))
        voltage = self.voltage = decayed + self.to_state(drive)
        if self.layer.readout == "voltage":
            return self.to_float(voltage)
        fired = float32(voltage) >= float32(p.threshold * 64 + EPSILON)
        if fired and p.threshold >= 0:
            self.voltage = 0
        return self.send(fired, voltage)


class AdaptiveCell(Cell):
    """What adaptive kinds share: a threshold and a refractory state that jump."""

    def rest(self) -> None:
        """The threshold rests at its base, the refractory state at zero."""
        self.threshold, self.refractory = self.base, 0

    @property
    def base(self) -> int:
        """Resting threshold as state."""
        return self.neuron.threshold * 64  # type: ignore[attr-defined,no-any-return]

    def relax(self) -> tuple[int, int]:
        """Let threshold and refractory state decay; returns both."""
        p = self.neuron
        assert isinstance(p, (Alif, Adrf, AdrfIz))
        above = (self.threshold - self.base) * self.keep(p.threshold_decay)
        self.threshold = truncating_shift(above) + self.base
        self.refractory = truncating_shift(
            self.refractory * self.keep(p.refractory_decay)
        )
        return self.threshold, self.refractory

    def adapt(self, fired: bool) -> None:
        """A spike raises both: first the refractory state, by twice the threshold."""
        if fired:
            self.refractory += 2 * self.threshold
            self.threshold += self.neuron.threshold_step * 64  # type: ignore[attr-defined]

    def above(self, state: int) -> bool:
        """Whether a state reaches the two thresholds, added as floats."""
        return float32(state) >= float32(
            float32(self.threshold) + float32(self.refractory)
        )


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

    def step(self, real: Real, imag: Real = 0) -> Real:
        """The norm acts before the current; fire on v >= threshold + refractory."""
        p = self.neuron
        assert isinstance(p, Alif)
        decayed = truncating_shift(self.current * self.keep(p.current_decay))
        self.current = decayed + self.to_state(self.norm(real))
        decayed = truncating_shift(self.voltage * self.keep(p.voltage_decay))
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

    def rotate(self, real: Real, imag: Real) -> None:
        """Turn and shrink the state, each product cut by itself, and add the input."""
        p = self.neuron
        sine, cosine = self.pick(p.sin_decay), self.pick(p.cos_decay)  # type: ignore[attr-defined]
        x, y = self.real, self.imag
        self.real = truncating_shift(cosine * x) - truncating_shift(sine * y)
        self.imag = truncating_shift(sine * x) + truncating_shift(cosine * y)
        self.real += self.to_state(self.norm(real))
        self.imag += self.to_state(self.norm(imag, imaginary=True))

    def readout(self) -> bool:
        """Whether the layer puts out the imaginary state instead of spikes."""
        return self.layer.readout == "voltage"

    def step(self, real: Real, imag: Real = 0) -> Real:
        """Fire on real >= threshold where imag turned from negative to not."""
        before = self.imag
        self.rotate(real, imag)
        if self.readout():
            return self.to_float(self.imag)
        p = self.neuron
        assert isinstance(p, Rf)
        far = float32(self.real) >= float32(p.threshold * 64)
        return self.send(far and before < 0 <= self.imag, self.real)


class RfIzCell(RfCell):
    """A rotating state; fires where imag is large, and is set to (0, threshold - 1)."""

    def step(self, real: Real, imag: Real = 0) -> Real:
        """Fire on imag >= threshold."""
        self.rotate(real, imag)
        if self.readout():
            return self.to_float(self.imag)
        p = self.neuron
        assert isinstance(p, RfIz)
        sent = self.imag
        fired = float32(sent) >= float32(p.threshold * 64)
        if fired and p.threshold >= 0:
            self.real, self.imag = 0, p.threshold * 64 - 1
        return self.send(fired, sent)


class AdrfCell(RfCell, AdaptiveCell):
    """RF under an adaptive threshold."""

    states: ClassVar[tuple[str, ...]] = ("real", "imag", "threshold", "refractory")

    def reset(self) -> None:
        """All at rest."""
        RfCell.reset(self)
        self.rest()

    def step(self, real: Real, imag: Real = 0) -> Real:
        """Fire on real >= threshold + refractory where imag turned to not negative."""
        before = self.imag
        self.rotate(real, imag)
        self.relax()
        fired = self.above(self.real) and before < 0 <= self.imag
        self.adapt(fired)
        return (
            self.to_float(self.imag) if self.readout() else self.send(fired, self.real)
        )


class AdrfIzCell(AdrfCell):
    """Izhikevich's resonator under an adaptive threshold; the state is not reset."""

    def step(self, real: Real, imag: Real = 0) -> Real:
        """Fire on imag >= threshold + refractory."""
        self.rotate(real, imag)
        self.relax()
        fired = self.above(self.imag)
        self.adapt(fired)
        return (
            self.to_float(self.imag) if self.readout() else self.send(fired, self.imag)
        )


class SigmaCell(Cell):
    """A running sum: exact inside, a 32-bit float outside."""

    def reset(self) -> None:
        """The sum is zero."""
        self.sigma: Real = Fraction(0)

    def step(self, real: Real, imag: Real = 0) -> Real:
        """Add and send the sum."""
        self.sigma += real
        return float32(self.sigma)


class DeltaCell(Cell):
    """Sends the change of its input once it is large enough; keeps the rest."""

    def reset(self) -> None:
        """Nothing seen, nothing owed."""
        self.last = self.residue = self.error = Fraction(0)

    def step(self, real: Real, imag: Real = 0) -> Real:
        """``d = (x - last) + residue``; send d where |d| >= threshold, cut down."""
        p = self.neuron
        assert isinstance(p, SigmaDelta)
        least = max(
            Fraction(self.pick(p.threshold), self.layer.weight_scale),
            Fraction(1, self.scale),
        )
        value = float32(real)
        change = float32(float32(value - self.last) + self.residue)
        self.error = float32(self.error + change)
        sent = change if abs(self.error if p.cum_error else change) >= least else 0
        self.error = Fraction(0) if sent else self.error
        self.last, self.residue = value, float32(change - sent)
        return Fraction(math.floor(sent * self.scale), self.scale)


class SigmaDeltaCell(DeltaCell):
    """A running sum, the norm, the activation, then the delta encoder."""

    def reset(self) -> None:
        """Nothing summed."""
        super().reset()
        self.sigma: Real = Fraction(0)

    def step(self, real: Real, imag: Real = 0) -> Real:
        """``delta(activation(norm(sum) + bias))``."""
        p = self.neuron
        assert isinstance(p, SigmaDelta)
        self.sigma += real
        drive = self.norm(float32(self.sigma))
        if p.bias is not None:
            row = p.bias.reshape(-1).tolist()
            drive = float32(drive + Fraction(row[self.index if len(row) > 1 else 0]))
        if p.activation not in ACTIVATIONS:
            raise NotImplementedError(f"no arithmetic for activation {p.activation!r}")
        return super().step(ACTIVATIONS[p.activation](drive))


CELLS: dict[type[Neuron], type[Cell]] = {
    Cuba: CubaCell,
    Alif: AlifCell,
    Rf: RfCell,
    RfIz: RfIzCell,
    Adrf: AdrfCell,
    AdrfIz: AdrfIzCell,
    Sigma: SigmaCell,
    SigmaDelta: SigmaDeltaCell,
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
