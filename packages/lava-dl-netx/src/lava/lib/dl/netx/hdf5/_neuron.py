"""From a neuron's record to the Lava process that runs it, and its arguments."""

from __future__ import annotations

import warnings
from typing import Any

from lava.lib.dl import spec
from lava.lib.dl.netx import _lava
from lava.lib.dl.netx.utils import NetDict
from lava.lib.dl.spec.lava import NO_NEURON, SIGMA_DELTA, period_and_decay

STATE_EXP = 6
DECAY_BITS = 12
BIAS_EXP = 6
SDNN_MESSAGE_BITS = 16


def neuron_of(config: NetDict | spec.Neuron | None) -> spec.Neuron:
    """The neuron's record, from the file if need be."""
    if config is None:
        return NO_NEURON
    if isinstance(config, spec.Neuron):
        return config
    layer = spec.read_layer(config.f.parent)
    return getattr(layer, "neuron", None) or NO_NEURON


def neuron_params(
    neuron: spec.Neuron,
    is_input: bool,
    reset_interval: int | None,
    reset_offset: int,
    spike_exp: int,
) -> dict[str, Any]:
    """Process class and arguments, as a block's ``neuron_params``."""
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
    elif neuron.is_complex:
        params = _resonator(neuron)
    else:
        raise NotImplementedError(f"Lava has no {neuron.type} neuron")
    if neuron.message_bits:  # a hint: 0 doesn't make spikes of graded messages
        params["num_message_bits"] = neuron.message_bits
    return params


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
    period, decay = period_and_decay(neuron.sin_decay, neuron.cos_decay)
    return {
        "neuron_proc": _lava.RF_IZ if izhikevich else _lava.RF,
        "vth": neuron.threshold,
        "period": period,
        "alpha": decay,
        "state_exp": STATE_EXP,
        "decay_bits": DECAY_BITS,
    }
