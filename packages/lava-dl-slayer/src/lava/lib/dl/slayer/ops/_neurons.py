"""Whole neurons, from input to spikes, as operators."""

from __future__ import annotations

from functools import partial
from typing import Any

from lava.lib.dl.core import training
from lava.lib.dl.slayer._plain import neurons as plain
from lava.lib.dl.slayer._plain.neurons import PlainNeuron
from lava.lib.dl.slayer.ops._kernel import Kernel, Plain, neuron_settings


def threshold_of(settings: Any) -> training.Threshold:
    """What fires in core's terms, from the fields of ``Settings``."""
    return training.Threshold(
        settings.threshold, settings.scale, settings.threshold_step, settings.graded
    )


def surrogate_of(settings: Any) -> training.Surrogate:
    """Its derivative, likewise."""
    return training.Surrogate(
        settings.tau,
        settings.surrogate_scale,
        "exact" if settings.exact else "slayer",
        training.SURROGATES[settings.surrogate],
    )


def _suffixed(names: tuple[str, ...], suffix: str) -> tuple[str, ...]:
    return tuple(f"{name}_{suffix}" for name in names)


def _neuron(neuron: training.Neuron, plain: PlainNeuron) -> Kernel:
    parts = neuron.inputs
    return Kernel(
        neuron.name,
        (
            _suffixed(parts, "input") if len(parts) > 1 else ("input",),
            _suffixed(neuron.decays, "decay"),
            _suffixed(neuron.states, "state"),
            ("spikes",),
        ),
        partial(neuron_settings, neuron.name),
        Plain(plain.forward, plain.backward),
        learned=len(neuron.decays),
        exact=True,
        carried=2,
    )


CUBA = _neuron(training.CUBA, plain.CUBA)
"""Current and voltage that leak, reset to 0 at a spike; one input, two decays."""
ALIF = _neuron(training.ALIF, plain.ALIF)
"""CUBA without reset, under a threshold and a refractory level that spikes raise."""
RF = _neuron(training.RF, plain.RF)
"""A complex state that rotates and decays; a spike where its phase crosses zero."""
RF_IZ = _neuron(training.RF_IZ, plain.RF_IZ)
"""The same state; a spike where the imaginary part reaches the threshold, and
resets the real one."""
ADRF = _neuron(training.ADRF, plain.ADRF)
"""RF under a threshold and a refractory level that spikes raise."""
ADRF_IZ = _neuron(training.ADRF_IZ, plain.ADRF_IZ)
"""RF_IZ without reset, under levels as those of ADRF."""

NEURONS = CUBA, ALIF, RF, RF_IZ, ADRF, ADRF_IZ
"""In the order of core's."""
