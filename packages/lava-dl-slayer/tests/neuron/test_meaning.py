"""Neurons compute what the format's plain reference says, over random steps.

The reference steps one neuron at a time in exact fractions. ``LAVA_DL_SPEC_STEPS`` says
how many of its steps are compared for each neuron.
"""

import importlib
import os
from fractions import Fraction

import torch

from lava.lib.dl.spec.reference.neurons import make_cell

STEPS = int(os.environ.get("LAVA_DL_SPEC_STEPS", "20000"))
BATCH, CHANNELS, TIME = 5, 8, 50


def drawn_block(kind, seed):
    """A block with its own parameters in each channel, and what drives its neurons."""
    generator = torch.Generator().manual_seed(seed)
    family = importlib.import_module(f"lava.lib.dl.slayer.block.{kind.name}")
    threshold = int(torch.randint(8, 96, (), generator=generator)) / 64
    params = {
        **kind.arguments,
        "threshold": threshold,
        "scale": (64, 100)[seed % 2],
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


def as_meant(layer, inputs, index, sample):
    cell = make_cell(layer, index)
    rows = [[Fraction(v) for v in x[sample, index].tolist()] for x in inputs]
    return [float(cell.step(*now)) for now in zip(*rows, strict=True)]


def test_random_steps_mean_what_the_format_says(any_kind):
    done = seed = active = 0
    while done < STEPS:
        block, inputs = drawn_block(any_kind, seed)
        found = block.neuron(any_kind.argument(inputs))
        layer = block.to_spec()
        for sample in range(BATCH):
            for index in range(CHANNELS):
                wanted = torch.tensor(as_meant(layer, inputs, index, sample))
                assert torch.equal(found[sample, index], wanted), (seed, index)
        active += int((found != 0).sum())
        done, seed = done + found.numel(), seed + 1
    assert 0.001 * done < active < 0.9 * done
