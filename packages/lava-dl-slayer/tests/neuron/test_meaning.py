"""Neurons compute what the format's plain reference says, over random steps.

The reference steps one neuron at a time in plain Python. ``LAVA_DL_SPEC_STEPS`` says
how many of its steps are compared for each neuron. Scales are powers of two and not:
adaptive neurons take the first only, since their two levels are added as float32, which
at other scales now and then misses that the membrane meets the sum exactly.
"""

import importlib
import multiprocessing
import os
import site
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from lava.lib.dl.spec.reference.neurons import make_cell

STEPS = int(os.environ.get("LAVA_DL_SPEC_STEPS", "10000000"))
BATCH, CHANNELS, TIME = 5, 8, 500


def drawn_block(kind, seed):
    """A block with its own parameters in each channel, and what drives its neurons."""
    generator = torch.Generator().manual_seed(seed)
    family = importlib.import_module(f"lava.lib.dl.slayer.block.{kind.name}")
    threshold = int(torch.randint(8, 96, (), generator=generator)) / 64
    params = {
        **kind.arguments,
        "threshold": threshold,
        "scale": (64, 256 if kind.adapts else 100)[seed % 2],
        "shared_param": False,
    }
    if kind.name != "sigma_delta":
        params["graded_spike"] = bool(seed % 3)
    block = family.Dense(params, 1, CHANNELS)
    for weight in block.synapse.parameters():
        weight.data.zero_()  # the neuron alone is compared
    inputs = kind.input(BATCH, CHANNELS, TIME, seed=seed)
    if seed % 2:  # on the grid of weights, where thresholds are met exactly
        inputs = [(x * 64).round() / 64 for x in inputs]
    block.neuron(kind.argument([x[..., :1] for x in inputs]))  # draws the parameters
    if kind.name != "sigma_delta":
        spread_decays(block.neuron, generator)
    return block, inputs


def spread_decays(neuron, generator):
    for name, decay in neuron.named_parameters():
        if name.startswith(("sin", "cos")):
            continue
        decay.data = torch.randint(0, 4097, decay.shape, generator=generator).float()


def other_than_meant(layer, inputs, found):
    """Neurons, as (sample, index), whose outputs are not those of the reference."""
    wrong = []
    for sample, index in np.ndindex(found.shape[:2]):
        cell = make_cell(layer, index)
        trains = zip(*(x[sample, index].tolist() for x in inputs), strict=True)
        output = [float(cell.step(*now)) for now in trains]
        if output != found[sample, index].tolist():
            wrong.append((sample, index))
    return wrong


@pytest.fixture(scope="module")
def workers():
    # The reference is plain Python, so each core takes a process of its own.
    # It finds this module from the folder that pytest named it from.
    root = Path(__file__).parents[__name__.count(".")]
    options = {"initializer": site.addsitedir, "initargs": (str(root),)}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(mp_context=spawn, **options) as pool:
        yield pool


def test_random_steps_mean_what_the_format_says(any_kind, workers):
    draws = -(-STEPS // (BATCH * CHANNELS * TIME))
    active, checks = 0, []
    for seed in range(draws):
        block, inputs = drawn_block(any_kind, seed)
        found = block.neuron(any_kind.argument(inputs))
        active += int((found != 0).sum())
        arrays = [x.detach().numpy() for x in (*inputs, found)]
        task = other_than_meant, block.to_spec(), arrays[:-1], arrays[-1]
        checks.append(workers.submit(*task))
    wrong = {seed: check.result() for seed, check in enumerate(checks)}
    assert not {seed: cells for seed, cells in wrong.items() if cells}
    done = draws * BATCH * CHANNELS * TIME
    assert 0.001 * done < active < 0.9 * done
