"""Our neurons, made as users make them, and the copies none can do without."""

import torch

from lava.lib.dl.slayer import axon
from lava.lib.dl.slayer.neuron import adrf, adrf_iz, alif, cuba, rf, rf_iz, sigma_delta

CURRENT, VOLTAGE = 0.3, 0.1
ADAPTIVE = {"threshold_step": 0.5, "threshold_decay": 0.2, "refractory_decay": 0.3}


def learnt_delay(channels):
    """Delays of up to 62 steps, as training leaves them."""
    module = axon.Delay(max_delay=62)
    module.fix_channels(channels)
    module.delay.data.uniform_(0, 62)
    return module


def neurons(channels):
    """Modules by name; the delay counts among them."""
    pulse = {"current_decay": CURRENT, "voltage_decay": VOLTAGE}
    wave = {"period": 9, "decay": 0.05}
    return {
        "cuba": cuba.Neuron(1.0, **pulse),
        "alif": alif.Neuron(1.0, **pulse, **ADAPTIVE),
        "rf": rf.Neuron(1.0, **wave),
        "rf_iz": rf_iz.Neuron(1.0, **wave),
        "adrf": adrf.Neuron(1.0, **wave, **ADAPTIVE),
        "adrf_iz": adrf_iz.Neuron(1.0, **wave, **ADAPTIVE),
        "sigma_delta": sigma_delta.Neuron(0.3, torch.relu),
        "delay": learnt_delay(channels),
    }


def spikes(module):
    """The module as a function of its inputs, of which resonators have two."""
    if getattr(module, "complex", False):
        return lambda *inputs: module(inputs)
    return lambda x, _: module(x)
