"""The neuron closest to CUBA of each library that is installed, over time."""

import importlib

import torch

from neuron_contenders.ours import CURRENT, VOLTAGE


def snntorch(library):
    neuron = library.Synaptic(alpha=1 - CURRENT, beta=1 - VOLTAGE)

    def run(x):
        current, voltage = neuron.reset_mem()
        spikes = []
        for now in x:
            spike, current, voltage = neuron(now, current, voltage)
            spikes.append(spike)
        return torch.stack(spikes)

    return run


def spikingjelly(library):
    """It has no current of its own, so it does less."""
    node = library.LIFNode(tau=1 / VOLTAGE, decay_input=False, step_mode="m")

    def run(x):
        node.reset()
        return node(x)

    return run


def norse(library):
    rates = {"tau_syn_inv": CURRENT * 1000, "tau_mem_inv": VOLTAGE * 1000}
    neuron = library.LIF(library.LIFParameters(**rates))
    return lambda x: neuron(x)[0]


def sinabs(library):
    neuron = library.LIF(tau_mem=1 / VOLTAGE, tau_syn=1 / CURRENT, norm_input=False)

    def run(x):
        neuron.reset_states()
        return neuron(x.transpose(0, 1)).transpose(0, 1)

    return run


MODULES = {
    "snntorch": (snntorch, "snntorch"),
    "spikingjelly": (spikingjelly, "spikingjelly.activation_based.neuron"),
    "norse": (norse, "norse.torch"),
    "sinabs": (sinabs, "sinabs.layers"),
}


def peers():
    found = {}
    for name, (build, module) in MODULES.items():
        try:
            found[name] = build(importlib.import_module(module))
        except ImportError:
            print(f"{name} is not installed and is left out")
    return found
