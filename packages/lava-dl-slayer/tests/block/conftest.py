"""Blocks of every kind, and blocks as recorded."""

from __future__ import annotations

import json

import pytest
import torch

from lava.lib.dl import slayer

INTEGRATING = {"threshold": 0.5, "current_decay": 0.25, "voltage_decay": 0.1}
RESONATING = {"threshold": 0.3, "period": 6, "decay": 0.1}
ADAPTING = {"threshold_step": 0.2, "threshold_decay": 0.2, "refractory_decay": 0.3}
PARAMS = {
    "cuba": INTEGRATING,
    "alif": {**INTEGRATING, **ADAPTING},
    "rf": RESONATING,
    "rf_iz": RESONATING,
    "adrf": {**RESONATING, **ADAPTING},
    "adrf_iz": {**RESONATING, **ADAPTING},
    "sigma_delta": {"threshold": 0.1, "activation": torch.nn.functional.relu},
}
IMAGE = (2, 6, 4)
LAYERS = {
    "Input": ((), {"weight": 1.5, "bias": 0.125}, (8,)),
    "Dense": ((8, 6), {"weight_scale": 4, "delay": True}, (8,)),
    "Affine": ((8, 6), {"weight_scale": 4}, (8,)),
    "Conv": ((2, 3, 3), {"weight_scale": 4, "padding": 1, "delay": True}, IMAGE),
    "ConvT": ((2, 3, 3), {"weight_scale": 4, "stride": 2}, IMAGE),
    "Pool": ((2,), {"weight_scale": 0.4}, IMAGE),
    "Unpool": ((2,), {"weight_scale": 1.1}, IMAGE),
    "KWTA": ((8, 6, 2), {"weight_scale": 4, "recurrent_delay": True}, (8,)),
    "Recurrent": ((8, 6), {"weight_scale": 4, "delay": True}, (8,)),
    "Output": ((8, 6), {"weight_scale": 2}, (8,)),
    "Flatten": ((), {}, IMAGE),
    "Average": ((4,), {}, (8,)),
    "TimeDecimation": ((2,), {}, (8,)),
}
WITHOUT_NEURON = ("Flatten", "Average", "TimeDecimation")
ACTIVATIONS = {"relu": torch.nn.functional.relu}


def every_block():
    """(family, layer) of every layer of every neuron that has it."""
    pairs = ((family, layer) for family in PARAMS for layer in LAYERS)
    return [(f, x) for f, x in pairs if hasattr(getattr(slayer.block, f), x)]


def pytest_generate_tests(metafunc):
    """``each_block`` runs over the module's ``BLOCKS``, else over every block."""
    if "each_block" in metafunc.fixturenames:
        cases = getattr(metafunc.module, "BLOCKS", every_block())
        names = [f"{family}-{layer}" for family, layer in cases]
        metafunc.parametrize("each_block", cases, ids=names, indirect=True)


class Kind:
    """A block to make: its family, its layer, and the shape of its input."""

    def __init__(self, family, layer):
        self.family, self.layer = family, layer
        self.args, self.kwargs, self.input_shape = LAYERS[layer]
        self.has_neuron = layer not in WITHOUT_NEURON
        self.kind = getattr(getattr(slayer.block, family), layer)

    def make(self, seed=3, neuron=None, **kwargs):
        torch.manual_seed(seed)
        given = {**self.kwargs, **kwargs}
        if not self.has_neuron:
            return self.kind(*self.args, **given)
        params = {**PARAMS[self.family], **(neuron or {})}
        return self.kind(params, *self.args, **given)

    def with_delays(self, block, longest=5):
        """Materialises a block and spreads its delays."""
        block.materialise(self.input_shape)
        for name in ("delay", "recurrent_delay"):
            delay = getattr(block, name, None)
            if delay is not None:
                delay.delay.data = torch.linspace(0, longest, delay.delay.numel())
        return block

    def data(self, batch=2, steps=12, seed=5):
        generator = torch.Generator().manual_seed(seed)
        shape = (batch, *self.input_shape, steps)
        x = torch.rand(shape, generator=generator)
        if self.layer == "Input":
            return x
        return (x < 0.4).float()


@pytest.fixture(scope="session")
def kind():
    """``kind(family, layer)``: a block to make."""
    return Kind


@pytest.fixture
def each_block(request):
    return Kind(*request.param)


class Recorded:
    """One recorded block: how it's made, what it put in and out."""

    def __init__(self, family, variant, entry, arrays):
        self.family, self.variant, self.entry = family, variant, entry
        self.arrays = {
            name.removeprefix(f"{variant}."): arrays[name]
            for name in arrays
            if name.startswith(f"{variant}.")
        }

    @property
    def neuron_params(self):
        params = dict(self.entry["neuron_params"])
        if "norm" in params:
            params["norm"] = getattr(slayer.neuron.norm, params["norm"])
        if "activation" in params:
            params["activation"] = ACTIVATIONS[params["activation"]]
        return params

    def make(self):
        kind = getattr(getattr(slayer.block, self.family), self.variant.split("_")[0])
        args = self.entry["args"]
        if args is None:
            return kind()
        options = dict(self.entry["kwargs"])
        if self.variant in ("KWTA", "Recurrent"):
            options["gradient"] = "step"
        return kind(self.neuron_params, *args, **options)

    def load(self, block):
        """Assigns the recorded state, as after a checkpoint, without a forward."""
        state = {
            name.removeprefix("sd."): torch.tensor(value)
            for name, value in self.arrays.items()
            if name.startswith("sd.")
        }
        block.load_state_dict(state)
        return block.eval()

    def tensor(self, name):
        return torch.tensor(self.arrays[name])


@pytest.fixture(scope="session")
def recorded(reference, arrays_of):
    """``recorded(family, variant)``: a recorded block, None where there is none."""
    index = json.loads(reference("slayer/blocks.json").read_text())
    files = {family: arrays_of(f"slayer/blocks_{family}.npz") for family in index}

    def get(family, variant):
        entry = index[family].get(variant, {"status": "class absent"})
        if entry["status"] == "class absent":
            return None
        return Recorded(family, variant, entry, files[family])

    return get
