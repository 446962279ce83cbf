"""The neuron kinds of the format: one small record each.

Decays and thresholds are integers in file units: a decay of 4096 forgets all in one
step, a threshold counts in units of ``1 / weight_scale``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from lava.lib.dl.spec._codec import (
    Array,
    Channels,
    Flag,
    IntArray,
    Integer,
    RealArray,
    Reals,
    Text,
)
from lava.lib.dl.spec._problem import Problem, problem
from lava.lib.dl.spec._record import Item, Record, dataset, marked, optional

__all__ = [
    "AdaptiveResonator",
    "Adrf",
    "AdrfIz",
    "Alif",
    "Cuba",
    "Decay",
    "Neuron",
    "Resonator",
    "Rf",
    "RfIz",
    "Sigma",
    "SigmaDelta",
]

Decay = int | IntArray
"""One integer for the layer, or int32 of shape (channels,)."""

_THRESHOLD = Integer(low=-(2**24), high=2**24)


def _decay(name: str, doc: str, low: int = 0) -> dict[str, Item]:
    return dataset(name, Channels(low=low), doc, unit="1/4096")


_THRESHOLD_DECAY = _decay("thDecay", "decay of the threshold")
_REFRACTORY_DECAY = _decay("refDecay", "decay of the refractory state")
_THRESHOLD_STEP = dataset(
    "vThStep", Integer(low=0, high=2**24), "threshold added by a spike", unit="1/S"
)


def _threshold(doc: str = "threshold") -> dict[str, Item]:
    return dataset("vThMant", _THRESHOLD, doc, unit="1/S")


def _graded() -> Any:
    doc = "spikes carry the state instead of 1"
    return optional("gradedSpike", Flag(), doc, False)


def _exponent(name: str, of: str) -> Any:
    """Of the scaling norm before the neurons."""
    codec, doc = Array(low=-64, high=64), f"the norm{of} divides by 2^this"
    return optional(name, codec, doc, unit="power of 2", axes=("1 | channel",))


@dataclass(frozen=True, eq=False)
class Neuron(Record):
    """What all neuron kinds share.

    Attributes:
        weight_exp: The norm divides by ``2**weight_exp``; one or one per channel.
        weight_exp_bits: ``weight_exp`` acts clamped to plus or minus this.
        message_bits: Width of a graded output message; absent means binary or,
            for sigma-delta kinds, 16.
    """

    is_complex: ClassVar[bool] = False
    _: KW_ONLY
    weight_exp: IntArray | None = _exponent("weight_exp", "")
    weight_exp_bits: int = marked(
        "weight_exp_bits",
        Integer(low=0, high=64),
        "clamp of weight_exp",
        3,
        unit="power of 2",
    )
    message_bits: int | None = optional(
        "messageBits",
        Integer(low=0, high=32),
        "bits of a graded output message, without effect (4.12)",
        unit="bit",
    )


@dataclass(frozen=True, eq=False)
class Integrator(Neuron):
    """What the real spiking kinds share: a current that feeds a voltage."""

    current_decay: Decay = field(metadata=_decay("iDecay", "decay of the current"))
    voltage_decay: Decay = field(metadata=_decay("vDecay", "decay of the voltage"))
    _: KW_ONLY
    refractory_delay: int = optional(
        "refDelay",
        Integer(low=0, high=2**15),
        "kept from older files, without effect (4.12)",
        1,
        unit="step",
    )
    graded_spike: bool = _graded()


@dataclass(frozen=True, eq=False)
class Cuba(Integrator):
    """Leaky integrate-and-fire with a current (``CUBA``; older files ``LOIHI``)."""

    type: ClassVar[str] = "CUBA"
    aliases: ClassVar[tuple[str, ...]] = ("LOIHI",)
    threshold: int = field(metadata=_threshold())


@dataclass(frozen=True, eq=False)
class Alif(Integrator):
    """CUBA dynamics without reset under an adaptive threshold (``ALIF``)."""

    type: ClassVar[str] = "ALIF"
    threshold_decay: Decay = field(metadata=_THRESHOLD_DECAY)
    refractory_decay: Decay = field(metadata=_REFRACTORY_DECAY)
    threshold: int = field(metadata=_threshold("resting threshold"))
    threshold_step: int = field(metadata=_THRESHOLD_STEP)


@dataclass(frozen=True, eq=False)
class Resonator(Neuron):
    """What the complex kinds share: a rotating, shrinking two-dimensional state."""

    is_complex: ClassVar[bool] = True
    sin_decay: Decay = field(metadata=_decay("sinDecay", "(1-decay) sin(2 pi/period)"))
    cos_decay: Decay = field(
        metadata=_decay("cosDecay", "(1-decay) cos(2 pi/period)", -4096)
    )
    threshold: int = field(metadata=_threshold())
    _: KW_ONLY
    graded_spike: bool = _graded()
    weight_exp_imag: IntArray | None = _exponent(
        "weight_exp_imag", " of the imaginary input"
    )


@dataclass(frozen=True, eq=False)
class Rf(Resonator):
    """Resonate-and-fire at zero phase (``RF_PHASE``)."""

    type: ClassVar[str] = "RF_PHASE"


@dataclass(frozen=True, eq=False)
class RfIz(Resonator):
    """Izhikevich's resonate-and-fire, reset on the imaginary axis."""

    type: ClassVar[str] = "RF_IZHIKEVICH"


@dataclass(frozen=True, eq=False)
class AdaptiveResonator(Resonator):
    """What the adaptive complex kinds add: threshold and refractory state."""

    threshold_decay: Decay = field(metadata=_THRESHOLD_DECAY)
    refractory_decay: Decay = field(metadata=_REFRACTORY_DECAY)
    threshold_step: int = field(metadata=_THRESHOLD_STEP)


@dataclass(frozen=True, eq=False)
class Adrf(AdaptiveResonator):
    """Resonate-and-fire at zero phase under an adaptive threshold."""

    type: ClassVar[str] = "ADRF_PHASE"


@dataclass(frozen=True, eq=False)
class AdrfIz(AdaptiveResonator):
    """Izhikevich's resonator under an adaptive threshold, without reset."""

    type: ClassVar[str] = "ADRF_IZHIKEVICH"


@dataclass(frozen=True, eq=False)
class SigmaDelta(Neuron):
    """Sigma-delta unit: sum up, activate, send what changed (``SDNN``).

    In an ``input`` layer only the delta half acts.
    """

    type: ClassVar[str] = "SDNN"
    threshold: int | IntArray = field(
        metadata=dataset(
            "vThMant", Channels(high=2**24), "smallest change sent", unit="1/S"
        )
    )
    _: KW_ONLY
    activation: str = optional("activation", Text(), "name of the activation", "relu")
    bias: RealArray | None = optional(
        "bias",
        Reals(),
        "added before the activation",
        unit="1",
        axes=("1 | channel | neuron",),
    )
    cum_error: bool = marked(
        "cum_error", Flag(), "compare the accumulated change with the threshold", False
    )


@dataclass(frozen=True, eq=False)
class Sigma(Neuron):
    """Running sum as output, the last stage of a sigma-delta network.

    In the file a ``SDNN`` group holding ``sigma_output``.
    """

    type: ClassVar[str] = "SDNN"
    _: KW_ONLY
    sigma_output: bool = optional("sigma_output", Flag(), "marks this kind", True)
    threshold: int | None = optional("vThMant", _THRESHOLD, "not used by this kind")
    activation: str | None = optional("activation", Text(), "not used by this kind")

    def check(self) -> Iterator[Problem]:
        """The flag may not be false: its presence alone makes the kind."""
        if not self.sigma_output:
            yield problem("text", "sigma_output", "sigma_output: expected true")
