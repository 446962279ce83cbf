"""Every spiking neuron, made with the same options."""

import importlib

import pytest
import torch

from lava.lib.dl.slayer._states import named_states

PULSE = {"threshold": 1.0, "current_decay": 0.3, "voltage_decay": 0.1}
WAVE = {"threshold": 0.6, "period": 9, "decay": 0.05}
ADAPTIVE = {"threshold_step": 0.3, "threshold_decay": 0.2, "refractory_decay": 0.3}
ARGUMENTS = {
    "cuba": PULSE,
    "alif": {**PULSE, **ADAPTIVE},
    "rf": WAVE,
    "rf_iz": WAVE,
    "adrf": {**WAVE, **ADAPTIVE},
    "adrf_iz": {**WAVE, **ADAPTIVE},
}
SIGMA_DELTA = {"threshold": 0.2, "activation": torch.relu}


class Kind:
    """A neuron's name with its constructor and inputs that make it spike."""

    def __init__(self, name):
        self.name = name
        self.arguments = ARGUMENTS.get(name, SIGMA_DELTA)
        self.complex = "period" in self.arguments
        self.adapts = "threshold_step" in self.arguments
        self.spikes = "activation" not in self.arguments
        self.module = importlib.import_module(f"lava.lib.dl.slayer.neuron.{name}")

    def __call__(self, **options):
        return self.module.Neuron(**{**self.arguments, **options})

    def input(self, *shape, seed=0, requires_grad=False):
        generator = torch.Generator().manual_seed(seed)
        count = 2 if self.complex else 1
        return [
            torch.randn(shape, generator=generator).requires_grad_(requires_grad)
            for _ in range(count)
        ]

    def argument(self, inputs):
        return tuple(inputs) if self.complex else inputs[0]

    def by_parts(self, neuron, inputs):
        if not self.spikes:
            return neuron.delta(neuron.activation(neuron.sigma(*inputs)))
        traces = neuron.dynamics(self.argument(inputs))
        return neuron.spike(*(traces if self.complex else traces[1:]))

    def states(self, neuron):
        return [state for _, state in named_states(neuron)]


@pytest.fixture(params=list(ARGUMENTS))
def kind(request):
    return Kind(request.param)


@pytest.fixture(params=[*ARGUMENTS, "sigma_delta"])
def any_kind(request):
    """The spiking neurons and the one that sends changes."""
    return Kind(request.param)
