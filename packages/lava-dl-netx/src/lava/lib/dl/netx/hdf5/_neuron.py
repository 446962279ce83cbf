"""From a neuron's record to the Lava process that runs it, and its arguments."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx import _lava
from lava.lib.dl.netx._native.lava import SIGMA_DELTA
from lava.lib.dl.netx.utils import NetDict

STATE_EXP = 6
DECAY_BITS = 12
BIAS_EXP = 6
SDNN_MESSAGE_BITS = 16

SILENT = spec.Cuba(current_decay=0, voltage_decay=4096, threshold=2**17)
"""Integrator that never spikes, for layers without neurons."""


def unsupported(what: str) -> NotImplementedError:
    """The error for what Lava has no process for."""
    return NotImplementedError(
        f"{what}; Lava has no process for it, but lava.lib.dl.netx.load runs it"
    )


def warn_ignored(what: str) -> None:
    """Say aloud what Lava's processes leave out."""
    warnings.warn(
        f"Lava ignores {what}; lava.lib.dl.netx.load does as in training",
        UserWarning,
        stacklevel=4,
    )


def neuron_of(config: NetDict | spec.Neuron | None) -> spec.Neuron:
    """The neuron's record, from the file if need be."""
    if config is None:
        return SILENT
    if isinstance(config, spec.Neuron):
        return config
    layer = spec.read_layer(config.f.parent)
    return getattr(layer, "neuron", None) or SILENT


def neuron_params(
    neuron: spec.Neuron,
    is_input: bool,
    reset_interval: int | None,
    reset_offset: int,
    spike_exp: int,
) -> dict[str, Any]:
    """Process class and arguments, as a block's ``neuron_params``."""
    _check(neuron, is_input)
    if isinstance(neuron, SIGMA_DELTA):
        if reset_interval is not None:
            warnings.warn(
                "Reset is not supported with Sigma Delta neurons. It will be ignored.",
                UserWarning,
                stacklevel=3,
            )
        params = _sdnn(neuron, is_input, spike_exp)
    elif isinstance(neuron, spec.Cuba):
        params = _lif(neuron, reset_interval, reset_offset)
    else:
        params = _resonator(neuron)
    if neuron.message_bits:  # a hint: 0 doesn't make spikes of graded messages
        params["num_message_bits"] = neuron.message_bits
    return params


def _check(neuron: spec.Neuron, is_input: bool) -> None:
    """Refuse what Lava has no process for, and warn of what it leaves out."""
    if type(neuron) not in _CHECKS:
        raise unsupported(f"neurons of type {neuron.type}")
    if neuron.weight_exp is not None and np.any(neuron.weight_exp):
        warn_ignored("neuron/weight_exp")
    if getattr(neuron, "graded_spike", False):
        warn_ignored("gradedSpike and sends 1")
    if not is_input:
        _CHECKS[type(neuron)](neuron)


def _check_cuba(neuron: spec.Cuba) -> None:
    if neuron.refractory_delay > 1:
        warn_ignored(f"refDelay {neuron.refractory_delay}")


def _check_sigma_delta(neuron: spec.SigmaDelta) -> None:
    if neuron.activation != "relu":
        warn_ignored(f"activation {neuron.activation!r} and rectifies")
    if neuron.bias is not None:
        warn_ignored("the bias in the neuron")
    if neuron.cum_error:
        warn_ignored("cum_error")


def _check_adaptive(neuron: spec.Neuron) -> None:
    warn_ignored(f"the adaptation of {neuron.type} neurons")


def _fine(neuron: spec.Neuron) -> None:
    """Nothing to refuse."""


_CHECKS: dict[type[spec.Neuron], Callable[[Any], None]] = {
    spec.Cuba: _check_cuba,
    spec.SigmaDelta: _check_sigma_delta,
    spec.Sigma: _fine,
    spec.Rf: _fine,
    spec.RfIz: _fine,
    spec.Adrf: _check_adaptive,
    spec.AdrfIz: _check_adaptive,
}


def _lif(neuron: spec.Cuba, interval: int | None, offset: int) -> dict[str, Any]:
    params: dict[str, Any] = {
        "neuron_proc": _lava.LIF,
        "bias_key": "bias_mant",
        "vth": neuron.threshold,
        # Lava adds 1 to the decay of the current, and nothing to that of the voltage.
        "du": neuron.current_decay - 1,
        "dv": neuron.voltage_decay,
        "bias_exp": BIAS_EXP,
    }
    if interval is None:
        return params
    reset = {"reset_interval": interval, "reset_offset": offset}
    return {**params, **reset, "neuron_proc": _lava.LIFReset}


def _sdnn(
    neuron: spec.SigmaDelta | spec.Sigma, is_input: bool, spike_exp: int
) -> dict[str, Any]:
    if isinstance(neuron, spec.Sigma) and not is_input:
        return {"neuron_proc": _lava.Sigma, "num_message_bits": SDNN_MESSAGE_BITS}
    return {
        "neuron_proc": _lava.Delta if is_input else _lava.SigmaDelta,
        "num_message_bits": SDNN_MESSAGE_BITS,
        "vth": neuron.threshold,
        "spike_exp": spike_exp,
        "state_exp": STATE_EXP,
    }


def _resonator(neuron: Any) -> dict[str, Any]:
    izhikevich = isinstance(neuron, (spec.RfIz, spec.AdrfIz))
    # Lava recomputes the decays from period and alpha; the order of operations
    # decides the last bit of the result.
    sin_decay = np.asarray(neuron.sin_decay, dtype=np.float64) / 4096
    cos_decay = np.asarray(neuron.cos_decay, dtype=np.float64) / 4096
    frequency = np.arctan2(sin_decay, cos_decay) / 2 / np.pi
    with np.errstate(divide="ignore"):
        period = 1 / frequency
    return {
        "neuron_proc": _lava.RF_IZ if izhikevich else _lava.RF,
        "vth": neuron.threshold,
        "period": period,
        "alpha": 1 - np.sqrt(sin_decay**2 + cos_decay**2),
        "state_exp": STATE_EXP,
        "decay_bits": DECAY_BITS,
    }
