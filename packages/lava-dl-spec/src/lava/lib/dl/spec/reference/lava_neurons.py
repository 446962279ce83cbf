"""One time step of lava-nc 0.10's fixed-point neurons, which differ from the trainer's.

``X = 6`` is Lava's exponent of thresholds, biases and inputs. All states are plain
integers. A cell's ``step`` takes what its synapses send and returns the message.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from lava.lib.dl.spec import lava
from lava.lib.dl.spec import neurons as kinds
from lava.lib.dl.spec.lava import NO_NEURON
from lava.lib.dl.spec.lava import STATE_LIMIT as LIMIT
from lava.lib.dl.spec.layers import Input, NeuronLayer, SynapseLayer
from lava.lib.dl.spec.reference.integers import clip, truncating_shift, wrap

__all__ = ["LavaCell", "make_lava_cell"]

X = 6


class LavaCell(ABC):
    """One neuron of Lava.

    Attributes:
        states: Names of the state attributes.
        message_bits: 0 where the next layer sees spikes, more where it sees values.
    """

    states: ClassVar[tuple[str, ...]]
    message_bits: ClassVar[int] = 0

    def __init__(
        self, neuron: kinds.Neuron, channel: int, bias: int, spike_exp: int
    ) -> None:
        self.neuron, self.channel, self.bias = neuron, channel, bias
        self.spike_exp = spike_exp
        for name in self.states:
            setattr(self, name, 0)

    @abstractmethod
    def step(self, real: int, imag: int = 0) -> int:
        """Advance by one step."""

    def reset(self) -> None:  # noqa: B027 -- only LIF has one
        """What a periodic reset clears."""

    def pick(self, value: object) -> int:
        """A parameter of this neuron's channel."""
        if isinstance(value, int):
            return value
        row = value.reshape(-1).tolist()  # type: ignore[attr-defined]
        return int(row[self.channel if len(row) > 1 else 0])


class Lif(LavaCell):
    """``LIF``: the bias enters the voltage, the current wraps, the voltage clips."""

    states: ClassVar[tuple[str, ...]] = ("u", "v")
    u: int
    v: int

    def reset(self) -> None:
        """Both states are zeroed."""
        self.u = self.v = 0

    def step(self, real: int, imag: int = 0) -> int:
        """Fire on v > threshold; v is then 0."""
        p = self.neuron
        assert isinstance(p, kinds.Cuba)
        decayed = truncating_shift(self.u * (4096 - self.pick(p.current_decay)))
        u = wrap(decayed + wrap(real << X, 32), 32)
        self.u = u - 2 * LIMIT if u > LIMIT else u + 2 * LIMIT if u <= -LIMIT else u
        decayed = truncating_shift(self.v * (4096 - self.pick(p.voltage_decay)))
        v = wrap(decayed + self.u + (wrap(self.bias, 16) << X), 32)
        self.v = clip(v, 1 - LIMIT, LIMIT - 1)
        fired = self.v > p.threshold << X
        self.v = 0 if fired else self.v
        return int(fired)


class LavaRf(LavaCell):
    """``RF``: decays are recomputed from period and decay, and the state clips."""

    states: ClassVar[tuple[str, ...]] = ("real", "imag")
    real: int
    imag: int

    def __init__(
        self, neuron: kinds.Neuron, channel: int, bias: int, spike_exp: int
    ) -> None:
        super().__init__(neuron, channel, bias, spike_exp)
        p = self.neuron
        assert isinstance(p, kinds.Resonator)
        sine, cosine = lava.recomputed(p.sin_decay, p.cos_decay)
        self.sine, self.cosine = self.pick(sine), self.pick(cosine)
        self.theta = p.threshold << X

    def rotate(self, real: int, imag: int) -> None:
        """Turn and shrink the state and add the input."""
        s, c, x, y = self.sine, self.cosine, self.real, self.imag
        x, y = (
            truncating_shift(c * x) - truncating_shift(s * y) + wrap(real << X, 32),
            truncating_shift(s * x) + truncating_shift(c * y) + wrap(imag << X, 32),
        )
        self.real = clip(x, 1 - LIMIT, LIMIT - 1)
        self.imag = clip(y, 1 - LIMIT, LIMIT - 1)

    def step(self, real: int, imag: int = 0) -> int:
        """Fire on real >= threshold where imag becomes 0 or more."""
        before = self.imag
        self.rotate(real, imag)
        return int(self.real >= self.theta and before < 0 <= self.imag)


class LavaRfIz(LavaRf):
    """``RF_IZ``: a spike sets the state to (0, threshold - 1)."""

    def step(self, real: int, imag: int = 0) -> int:
        """Fire on imag >= threshold."""
        self.rotate(real, imag)
        fired = self.imag >= self.theta
        if fired:
            self.real, self.imag = 0, self.theta - 1
        return int(fired)


class LavaDelta(LavaCell):
    """``Delta``: sends the change of its input once it is large enough."""

    states: ClassVar[tuple[str, ...]] = ("act", "residue")
    message_bits = 16
    act: int
    residue: int

    def fire(self, y: int) -> int:
        """Compare the change with the threshold; the message loses its low bits."""
        p = self.neuron
        assert isinstance(p, kinds.SigmaDelta)
        change = wrap(y - self.act + self.residue, 32)
        theta = self.pick(p.threshold) << (self.spike_exp + X)
        sent = change if abs(change) >= theta else 0
        self.act, self.residue = y, change - sent
        return sent >> X

    def step(self, real: int, imag: int = 0) -> int:
        """Encode the input itself."""
        return self.fire(wrap(real << (self.spike_exp + X), 32))


class LavaSigmaDelta(LavaDelta):
    """``SigmaDelta``: a running sum, the bias, a rectifier, then the delta encoder."""

    states: ClassVar[tuple[str, ...]] = ("sigma", "act", "residue")
    sigma: int

    def step(self, real: int, imag: int = 0) -> int:
        """Encode the rectified sum."""
        self.sigma = wrap(self.sigma + real, 32)
        bias = self.bias << (self.spike_exp + X)
        return self.fire(max(0, wrap(self.sigma + bias, 32)))


class LavaSigma(LavaCell):
    """``Sigma``: a running sum."""

    states: ClassVar[tuple[str, ...]] = ("sigma",)
    message_bits = 16
    sigma: int

    def step(self, real: int, imag: int = 0) -> int:
        """Add and send the sum."""
        self.sigma = wrap(self.sigma + real, 32)
        return self.sigma


CELLS: dict[type[kinds.Neuron], type[LavaCell]] = {
    kinds.Cuba: Lif,
    kinds.Rf: LavaRf,
    kinds.RfIz: LavaRfIz,
    kinds.Adrf: LavaRf,
    kinds.AdrfIz: LavaRfIz,
    kinds.SigmaDelta: LavaSigmaDelta,
    kinds.Sigma: LavaSigma,
}


def make_lava_cell(
    layer: NeuronLayer, channel: int, bias: int, spike_exp: int
) -> LavaCell:
    """The cell of one neuron.

    Raises:
        NotImplementedError: Lava has no process for this neuron kind.
    """
    neuron = layer.neuron
    if neuron is None and isinstance(layer, SynapseLayer):
        neuron = NO_NEURON
    kind = None if neuron is None else CELLS.get(type(neuron))
    if kind is None or neuron is None:
        raise NotImplementedError(f"Lava has no process for {layer.neuron!r:.60}")
    if kind is LavaSigmaDelta and isinstance(layer, Input):
        kind = LavaDelta
    return kind(neuron, channel, bias, spike_exp)
