"""Networks that the trainer trains, runs and writes; Lava runs the same files.

Lava needs a Python that the trainer may not have, so that the files, with what went in
and what each layer put out, stay in the folder that ``LAVA_DL_TRAINED`` names.
"""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from lava.lib.dl import netx, spec

torch = pytest.importorskip("torch", reason="needs the trainer: lava-dl-slayer")
slayer = pytest.importorskip(
    "lava.lib.dl.slayer", reason="needs the trainer: lava-dl-slayer"
)

STEPS = 40
CUBA = {"threshold": 0.5, "current_decay": 0.4, "voltage_decay": 0.1}
LEARNS = {**CUBA, "shared_param": False, "requires_grad": True}
ADAPTS = {"threshold_step": 0.3, "threshold_decay": 0.06, "refractory_decay": 0.04}
RESONATES = {"threshold": 0.4, "period": 10, "decay": 0.1}
SDNN = {"threshold": 0.1, "activation": torch.relu}
NORM = {"norm": slayer.neuron.norm.MeanOnlyBatchNorm}
STRONG = {"weight_scale": 3}


def recurrent():
    block = slayer.block.cuba
    return [
        block.Dense(CUBA, 20, 24, **STRONG, delay=True),
        block.Recurrent(LEARNS, 24, 24, **STRONG),
        block.Dense(LEARNS, 24, 12, **STRONG, delay=True),
        block.Dense({**CUBA, **NORM}, 12, 12, **STRONG),
        block.Affine(CUBA, 12, 5, **STRONG, dynamics=False),
    ]


def convolutions():
    block = slayer.block.cuba
    return [
        block.Conv(CUBA, 2, 6, 3, stride=2, **STRONG),
        block.Conv({**CUBA, **NORM}, 6, 8, 3, padding=1, groups=2, **STRONG),
        block.Flatten(),
        block.Dense(CUBA, 8 * 4 * 3, 10, **STRONG),
        block.Affine(CUBA, 10, 4, **STRONG),
    ]


def image():
    block = slayer.block.cuba
    return [
        block.Input(CUBA, weight=1.5, bias=0.25),
        block.Conv(CUBA, 2, 6, 3, **STRONG),
        block.Flatten(),
        block.Dense(CUBA, 6 * 7 * 5, 10, **STRONG),
    ]


def video():
    block = slayer.block.sigma_delta
    return [
        block.Input(SDNN, weight=1.2, bias=0.1),
        block.Conv(SDNN, 2, 6, 3, stride=2, **STRONG),
        block.Conv({**SDNN, **NORM}, 6, 8, 3, padding=1, **STRONG),
        block.Flatten(),
        block.Dense({**SDNN, **NORM}, 8 * 4 * 3, 12, **STRONG),
        block.Output(SDNN, 12, 3, **STRONG),
    ]


def resonators(family, params):
    block = getattr(slayer.block, family)
    return [
        block.Dense(params, 20, 24, **STRONG),
        block.Dense(params, 24, 10, **STRONG),
    ]


# Blocks, the shape of their input, and whether that is a video, an image or events.
NETWORKS = {
    "cuba_recurrent": (recurrent, (20,), "events"),
    "cuba_convolutions": (convolutions, (2, 9, 7), "events"),
    "cuba_image": (image, (2, 9, 7), "image"),
    "sigma_delta_video": (video, (2, 9, 7), "video"),
    "rf": (lambda: resonators("rf", RESONATES), (20,), "events"),
    "rf_iz": (lambda: resonators("rf_iz", RESONATES), (20,), "events"),
    "adrf": (lambda: resonators("adrf", {**RESONATES, **ADAPTS}), (20,), "events"),
    "adrf_iz": (
        lambda: resonators("adrf_iz", {**RESONATES, **ADAPTS}),
        (20,),
        "events",
    ),
}


def data_of(shape, kind):
    """One sample of each kind in whole 64ths, which Lava takes as integers."""
    if kind == "events":
        return (torch.rand(1, *shape, STEPS) < 0.3).float()
    frames = torch.randint(0, 65, (1, *shape, 1 if kind == "image" else STEPS)) / 64
    return frames.expand(1, *shape, STEPS)


def outputs_of(blocks, x):
    found = []
    for block in blocks:
        x = block(x)
        found.append(x)
    return found


def train(blocks, x):
    outputs_of(blocks, x)  # decays per channel and delays get their shape
    for block in blocks:
        if getattr(block, "delay", None) is not None:
            block.delay.delay.data.uniform_(0, 8)
    optimizer = torch.optim.Adam(blocks.parameters(), lr=0.02)
    for _ in range(5):
        optimizer.zero_grad()
        rate = outputs_of(blocks, x)[-1].mean()
        (rate - 0.3).square().backward()
        optimizer.step()


def export(blocks, path):
    with h5py.File(path, "w") as file:
        for index, block in enumerate(blocks):
            block.export_hdf5(file.create_group(f"layer/{index}"))


@pytest.fixture
def folder(tmp_path):
    kept = Path(os.environ.get("LAVA_DL_TRAINED", tmp_path))
    kept.mkdir(parents=True, exist_ok=True)
    return kept


@pytest.mark.parametrize("name", NETWORKS)
def test_trained_network_runs_from_the_file_it_leaves(name, folder):
    make, shape, kind = NETWORKS[name]
    torch.manual_seed(3)
    blocks = torch.nn.ModuleList(make()).train()
    data = data_of(shape, kind)
    train(blocks, data)
    with torch.no_grad():
        wanted = [x[0].numpy() for x in outputs_of(blocks.eval(), data)]
    assert all(np.count_nonzero(x) / x.size > 0.01 for x in wanted)
    export(blocks, folder / f"{name}.net")
    assert spec.validate(folder / f"{name}.net") == []
    layers = {f"layer{index}": x for index, x in enumerate(wanted)}
    np.savez(folder / f"{name}.npz", input=data[0].numpy(), **layers)
    net = netx.load(folder / f"{name}.net", input_shape=shape[::-1])
    for index, trace in net.probe(data[0].numpy(), layout="chw").items():
        shaped = trace.output.reshape(wanted[index].shape)
        np.testing.assert_array_equal(shaped, wanted[index])
