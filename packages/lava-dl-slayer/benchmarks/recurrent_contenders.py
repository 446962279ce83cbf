"""Recurrent CUBA layers, or what is closest to them, from a dense input to spikes."""

import importlib

import torch
from neuron_contenders.loops import step
from neuron_contenders.ours import CURRENT, VOLTAGE

from lava.lib.dl import slayer
from lava.lib.dl.slayer.utils.recurrent import custom_recurrent_ground_truth_2

__all__ = ["called", "peers", "plain"]


def called(params, block):
    """Our neuron, called at every step, with a block's weights."""
    neuron = slayer.neuron.cuba.Neuron(**params, persistent_state=True)

    def run(x):
        neuron.reset_state()
        z = block.input_synapse(x)
        spikes = custom_recurrent_ground_truth_2(z, neuron, block.recurrent_synapse)
        return slayer.axon.delay(spikes)

    return run


def weights(neurons):
    """Dense layers for the input and for what returns."""
    return (torch.nn.Linear(neurons, neurons, bias=False) for _ in range(2))


def plain(neurons):
    """CUBA in float32 over inputs (T, N, C), with the surrogate that autograd uses."""
    given, returned = weights(neurons)

    def run(x):
        z = given(x)
        spike = current = voltage = torch.zeros_like(z[0])
        spikes = []
        for now in z:
            fed = now + returned(spike)
            spike, current, voltage = step(fed, current, voltage)
            spikes.append(spike)
        return torch.stack(spikes)

    return run


def snntorch(library, neurons):
    given, _ = weights(neurons)
    neuron = library.RSynaptic(
        alpha=1 - CURRENT, beta=1 - VOLTAGE, linear_features=neurons
    )

    def run(x):
        spike, current, voltage = neuron.init_rsynaptic()
        spikes = []
        for now in given(x):
            spike, current, voltage = neuron(now, spike, current, voltage)
            spikes.append(spike)
        return torch.stack(spikes)

    return run


def spikingjelly(library, neurons):
    """Its neuron has no current of its own, so it does less."""
    given, _ = weights(neurons)
    node = library.neuron.LIFNode(tau=1 / VOLTAGE, decay_input=False)
    layer = library.layer.LinearRecurrentContainer(node, neurons, neurons, bias=False)
    layer.step_mode = "m"

    def run(x):
        library.functional.reset_net(layer)
        return layer(given(x))

    return run


def norse(library, neurons):
    rates = {"tau_syn_inv": CURRENT * 1000, "tau_mem_inv": VOLTAGE * 1000}
    tensors = {name: torch.tensor(rate) for name, rate in rates.items()}
    layer = library.LIFRecurrent(neurons, neurons, library.LIFParameters(**tensors))
    return lambda x: layer(x)[0]


def sinabs(library, neurons):
    given, returned = weights(neurons)
    layer = library.LIFRecurrent(
        tau_mem=1 / VOLTAGE,
        tau_syn=1 / CURRENT,
        rec_connect=returned,
        norm_input=False,
    )

    def run(x):
        layer.reset_states()
        return layer(given(x).transpose(0, 1)).transpose(0, 1)

    return run


MODULES = {
    "snntorch": (snntorch, "snntorch"),
    "spikingjelly": (spikingjelly, "spikingjelly.activation_based"),
    "norse": (norse, "norse.torch"),
    "sinabs": (sinabs, "sinabs.layers"),
}


def peers(neurons):
    """Each library's layer that is installed, by its name."""
    found = {}
    for name, (build, module) in MODULES.items():
        try:
            library = importlib.import_module(module)
        except ImportError:
            print(f"  {name} is not installed and is left out")
            continue
        if name == "spikingjelly":
            for part in ("neuron", "layer", "functional"):
                importlib.import_module(f"{module}.{part}")
        found[name] = build(library, neurons)
    return found
