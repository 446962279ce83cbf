"""Blocks and networks of every kind that the tests on a GPU train, with their input."""

import numpy as np
import torch

from lava.lib.dl import slayer

block = slayer.block
CUBA = {"threshold": 0.4, "current_decay": 0.3, "voltage_decay": 0.05}
ADAPTING = {"threshold_step": 0.3, "threshold_decay": 0.06, "refractory_decay": 0.04}
RESONATING = {"threshold": 0.4, "period": 11, "decay": 0.1}
SIGMA_DELTA = {"threshold": 0.1, "activation": torch.relu}
LEARNT = {**SIGMA_DELTA, "tau_grad": 0.1, "scale_grad": 1, "requires_grad": True}
NEURONS = {
    "cuba": CUBA,
    "alif": {**CUBA, **ADAPTING},
    "rf": RESONATING,
    "rf_iz": RESONATING,
    "adrf": {**RESONATING, **ADAPTING},
    "adrf_iz": {**RESONATING, **ADAPTING},
    "sigma_delta": SIGMA_DELTA,
}
LAYERS = {
    "Dense": ((30, 20), (30,)),
    "Conv": ((2, 5, 3), (2, 9, 8)),
    "ConvT": ((4, 5, 3), (4, 5, 6)),
    "Pool": ((2,), (4, 8, 10)),
    "Unpool": ((2,), (4, 5, 4)),
    "Recurrent": ((20, 30), (20,)),
    "KWTA": ((20, 30, 5), (20,)),
    "Affine": ((30, 20), (30,)),
    "Output": ((30, 20), (30,)),
    "Input": ((), (30,)),
}
DELAYED = ("Dense", "Conv", "ConvT", "Pool", "Unpool", "Recurrent")
BLOCKS = [
    (family, layer)
    for family in NEURONS
    for layer in LAYERS
    if hasattr(getattr(block, family), layer)
]


def made(family, layer):
    """A block with delays and learnt parameters where it has them."""
    sizes, _ = LAYERS[layer]
    options = {} if layer == "Input" else {"weight_scale": 2}
    neuron = NEURONS[family]
    if family != "sigma_delta":
        neuron = {**neuron, "requires_grad": True}
    if layer in DELAYED:
        options["delay_shift" if family == "sigma_delta" else "delay"] = True
    torch.manual_seed(3)
    return getattr(getattr(block, family), layer)(neuron, *sizes, **options)


def events(family, shape, steps):
    """Binary, or graded by 64ths for sigma-delta."""
    rng = np.random.default_rng(1)
    data = (rng.random((2, *shape, steps)) < 0.3).astype(np.float32)
    if family == "sigma_delta":
        data = (data * rng.integers(-200, 200, data.shape) / 64).astype(np.float32)
    return torch.from_numpy(data)


def pilotnet():
    """The sigma-delta network that steers, for a third of its pictures' size."""
    sd = block.sigma_delta
    layers = [
        sd.Input(LEARNT),
        sd.Conv(LEARNT, 3, 24, 3, stride=2, weight_scale=2),
        sd.Conv(LEARNT, 24, 36, 3, stride=2, weight_scale=2),
        sd.Conv(LEARNT, 36, 64, 3, padding=(1, 0), stride=(2, 1), weight_scale=2),
        sd.Conv(LEARNT, 64, 64, 3, weight_scale=2),
        sd.Flatten(),
        sd.Dense(LEARNT, 64 * 2 * 20, 100, weight_scale=2),
        sd.Dense(LEARNT, 100, 50),
        sd.Dense(LEARNT, 50, 10),
        sd.Output(LEARNT, 10, 1),
    ]
    return layers, torch.round(torch.rand(2, 3, 33, 100, 16) * 256) / 256


def nmnist():
    """A network of delays for the events of 34 x 34 pixels."""
    dense = block.cuba.Dense
    layers = [
        dense(CUBA, 2312, 128, weight_scale=3, delay=True),
        dense(CUBA, 128, 128, weight_scale=2, delay=True),
        dense(CUBA, 128, 10, weight_scale=2),
    ]
    return layers, (torch.rand(2, 2312, 100) < 0.02).float()


def graded():
    """Spikes that carry a state."""
    layers = [
        block.cuba.Dense({**CUBA, "graded_spike": True}, 64, 128, weight_scale=2),
        block.cuba.Dense(CUBA, 128, 10, weight_scale=2),
    ]
    return layers, (torch.rand(4, 64, 100) < 0.2).float()


def mixed():
    """Convolutions of several neurons."""
    layers = [
        block.cuba.Conv(CUBA, 2, 16, 5, padding=1, weight_scale=2, delay=True),
        block.cuba.Pool(CUBA, 2, weight_scale=1.1),
        block.alif.Conv(NEURONS["alif"], 16, 32, 3, padding=1, weight_scale=2),
        block.cuba.Flatten(),
        block.rf_iz.Dense(RESONATING, 32 * 8 * 8, 10, weight_scale=2),
    ]
    return layers, (torch.rand(2, 2, 18, 18, 60) < 0.05).float()


NETWORKS = [pilotnet, nmnist, graded, mixed]


def steps_of(layer):
    """How many steps a layer trains on.

    Gradients of recurrent resonators leave float32 within 20, on a CPU as well.
    """
    return 8 if layer == "Recurrent" else 70
