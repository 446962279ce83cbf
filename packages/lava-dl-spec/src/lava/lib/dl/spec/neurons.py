"""The neuron kinds of the format: one small record each.

Decays and thresholds are integers in file units: a decay of 4096 forgets all in one
step, a threshold counts in units of ``1 / weight_scale``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

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
from lava.lib.dl.spec._record import Record, attribute, dataset

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

_DECAY = Channels()
_THRESHOLD = Integer(low=-(2**24), high=2**24)
_STEP = Integer(low=0, high=2**24)
GRADED = dataset("gradedSpike", Flag(), "spikes carry the state instead of 1")


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
    weight_exp: IntArray | None = field(
        default=None,
        kw_only=True,
        metadata=dataset(
            "weight_exp",
            Array(low=-64, high=64),
            "the norm divides by 2^this",
            unit="power of 2",
            axes=("1 | channel",),
        ),
    )
    weight_exp_bits: int = field(
        default=3,
        kw_only=True,
        metadata=attribute(
            "weight_exp_bits",
            Integer(low=0, high=64),
            "clamp of weight_exp",
            unit="power of 2",
        ),
    )
    message_bits: int | None = field(
        default=None,
        kw_only=True,
        metadata=dataset(
            "messageBits",
            Integer(low=0, high=32),
            "bits of a graded output message, without effect (4.12)",
            unit="bit",
        ),
    )


@dataclass(frozen=True, eq=False)
class Integrator(Neuron):
    """What the real spiking kinds share: a current that feeds a voltage."""

    current_decay: Decay = field(
        metadata=dataset("iDecay", _DECAY, "decay of the current", unit="1/4096")
    )
    voltage_decay: Decay = field(
        metadata=dataset("vDecay", _DECAY, "decay of the voltage", unit="1/4096")
    )
    refractory_delay: int = field(
        default=1,
        kw_only=True,
        metadata=dataset(
            "refDelay",
            Integer(low=0, high=2**15),
            "kept from older files, without effect (4.12)",
            unit="step",
        ),
    )
    graded_spike: bool = field(default=False, kw_only=True, metadata=GRADED)


@dataclass(frozen=True, eq=False)
class Cuba(Integrator):
    """Leaky integrate-and-fire with a current (``CUBA``; older files ``LOIHI``)."""

    type: ClassVar[str] = "CUBA"
    aliases: ClassVar[tuple[str, ...]] = ("LOIHI",)
    threshold: int = field(
        metadata=dataset("vThMant", _THRESHOLD, "threshold", unit="1/S")
    )


@dataclass(frozen=True, eq=False)
class Alif(Integrator):
    """CUBA dynamics without reset under an adaptive threshold (``ALIF``)."""

    type: ClassVar[str] = "ALIF"
    threshold_decay: Decay = field(
        metadata=dataset("thDecay", _DECAY, "decay of the threshold", unit="1/4096")
    )
    refractory_decay: Decay = field(
        metadata=dataset(
            "refDecay", _DECAY, "decay of the refractory state", unit="1/4096"
        )
    )
    threshold: int = field(
        metadata=dataset("vThMant", _THRESHOLD, "resting threshold", unit="1/S")
    )
    threshold_step: int = field(
        metadata=dataset("vThStep", _STEP, "threshold added by a spike", unit="1/S")
    )


@dataclass(frozen=True, eq=False)
class Resonator(Neuron):
    """What the complex kinds share: a rotating, shrinking two-dimensional state."""

    is_complex: ClassVar[bool] = True
    sin_decay: Decay = field(
        metadata=dataset(
            "sinDecay", _DECAY, "(1-decay) sin(2 pi/period)", unit="1/4096"
        )
    )
    cos_decay: Decay = field(
        metadata=dataset(
            "cosDecay", Channels(low=-4096), "(1-decay) cos(2 pi/period)", unit="1/4096"
        )
    )
    threshold: int = field(
        metadata=dataset("vThMant", _THRESHOLD, "threshold", unit="1/S")
    )
    graded_spike: bool = field(default=False, kw_only=True, metadata=GRADED)
    weight_exp_imag: IntArray | None = field(
        default=None,
        kw_only=True,
        metadata=dataset(
            "weight_exp_imag",
            Array(low=-64, high=64),
            "the norm of the imaginary input divides by 2^this",
            unit="power of 2",
            axes=("1 | channel",),
        ),
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

    threshold_decay: Decay = field(
        metadata=dataset("thDecay", _DECAY, "decay of the threshold", unit="1/4096")
    )
    refractory_decay: Decay = field(
        metadata=dataset(
            "refDecay", _DECAY, "decay of the refractory state", unit="1/4096"
        )
    )
    threshold_step: int = field(
        metadata=dataset("vThStep", _STEP, "threshold added by a spike", unit="1/S")
    )


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
    activation: str = field(
        default="relu",
        kw_only=True,
        metadata=dataset("activation", Text(), "name of the activation"),
    )
    bias: RealArray | None = field(
        default=None,
        kw_only=True,
        metadata=dataset(
            "bias",
            Reals(),
            "added before the activation",
            unit="1",
            axes=("1 | channel | neuron",),
        ),
    )
    cum_error: bool = field(
        default=False,
        kw_only=True,
        metadata=attribute(
            "cum_error", Flag(), "compare the accumulated change with the threshold"
        ),
    )


@dataclass(frozen=True, eq=False)
class Sigma(Neuron):
    """Running sum as output, the last stage of a sigma-delta network.

    In the file a ``SDNN`` group holding ``sigma_output``.
    """

    type: ClassVar[str] = "SDNN"
    sigma_output: bool = field(
        default=True,
        kw_only=True,
        metadata=dataset("sigma_output", Flag(), "marks this kind"),
    )
    threshold: int | None = field(
        default=None,
        kw_only=True,
        metadata=dataset("vThMant", _THRESHOLD, "not used by this kind"),
    )
    activation: str | None = field(
        default=None,
        kw_only=True,
        metadata=dataset("activation", Text(), "not used by this kind"),
    )

    def check(self) -> Iterator[Problem]:
        """The flag may not be false: its presence alone makes the kind."""
        if not self.sigma_output:
            yield problem("text", "sigma_output", "sigma_output: expected true")
