"""Neurons compute what the format's plain reference says, over random steps.

The reference steps one neuron at a time in plain Python: it takes one sample of each
draw, in which every parameter drawn occurs. All samples are compared with the plain
recurrences, which take whole arrays. ``LAVA_DL_SPEC_STEPS`` says how many steps of each
neuron the reference takes. Scales are powers of two and not: adaptive neurons take the
first only, since their two levels are added as float32, which at other scales now and
then misses that the membrane meets the sum exactly.
"""

import importlib
import os

import numpy as np
import torch

from lava.lib.dl.spec.reference.neurons import make_cell

STEPS = int(os.environ.get("LAVA_DL_SPEC_STEPS", "1000000"))
BATCH, CHANNELS, TIME = 10, 200, 250


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
    """Neurons of one sample whose outputs are not those of the reference."""
    wrong = []
    for index, outputs in enumerate(found.tolist()):
        cell = make_cell(layer, index)
        trains = zip(*(x[index].tolist() for x in inputs), strict=True)
        if [float(cell.step(*now)) for now in trains] != outputs:
            wrong.append(index)
    return wrong


def test_random_steps_mean_what_the_format_says(any_kind, by_recurrence):
    active = []
    for seed in range(-(-STEPS // (CHANNELS * TIME))):
        block, inputs = drawn_block(any_kind, seed)
        found = block.neuron(any_kind.argument(inputs))
        assert torch.equal(
            by_recurrence(block.neuron, any_kind.argument(inputs)), found
        )
        active.append(float((found != 0).float().mean()))
        sample = [x[seed % BATCH] for x in inputs]
        assert not other_than_meant(block.to_spec(), sample, found[seed % BATCH]), seed
    assert 0.001 < np.mean(active) < 0.9
