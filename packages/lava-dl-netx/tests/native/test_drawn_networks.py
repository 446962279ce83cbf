"""Drawn networks: the native runtime computes what the reference does, all states too.

``LAVA_DL_DRAWN`` says how many are drawn.
"""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.spec import reference

sys.path.insert(0, str(Path(__file__).parents[1]))
from drawn_networks import draw

COUNT = int(os.environ.get("LAVA_DL_DRAWN", "400"))
CHUNK = 100
LIMIT = 2**46


def differing(seed):
    """Where both differ: (layer, value), or None."""
    network, data = draw(seed)
    assert network.problems() == [], seed
    rows = data.reshape(-1, data.shape[-1]).T
    exact = [[Fraction(float(value)) for value in row] for row in rows]
    expected = reference.run(network, exact, data.shape[:-1])
    net = netx.load(network, input_shape=data.shape[-2::-1], threads=1)
    found = net.probe(data, layout="chw", ends=True)
    for index, (layer, trace) in enumerate(zip(network, expected, strict=True)):
        if beyond(layer, trace):
            return None
        values = {"output": found[index].output, **found[index].states}
        wanted = {"output": trace.output, **trace.states}
        for name in wanted:
            if not np.array_equal(values[name], as_array(wanted[name], layer.shape)):
                return index, name
    return None


def beyond(layer, trace):
    """Whether a value leaves what the arithmetic defines (A1.1)."""
    unit = 64 * getattr(layer, "weight_scale", 64)
    largest = [max(map(abs, row), default=0) for row in trace.output]
    states = [max(map(abs, row)) for train in trace.states.values() for row in train]
    return max(largest, default=0) * unit >= LIMIT or max(states, default=0) >= LIMIT


def as_array(train, shape):
    columns = np.array([[float(value) for value in row] for row in train])
    return columns.reshape(len(train), -1).T.reshape(*shape, len(train))


@pytest.mark.parametrize("first", range(0, COUNT, CHUNK))
def test_runtime_and_reference_agree(first):
    seeds = range(first, min(first + CHUNK, COUNT))
    wrong = {seed: where for seed in seeds if (where := differing(seed))}
    assert not wrong


def test_every_axis_of_the_format_is_drawn():
    networks = [draw(seed)[0] for seed in range(1200)]
    layers = [layer for network in networks for layer in network]
    kinds = {type(layer) for layer in layers}
    assert kinds == {
        *(spec.Input, spec.Dense, spec.Recurrent, spec.Kwta, spec.Conv),
        *(spec.ConvTranspose, spec.Pool, spec.Unpool, spec.Flatten, spec.Average),
        *(spec.Concat, spec.Add, spec.RecurrentDelay, spec.KwtaDelay),
    }
    live = [layer for layer in layers if hasattr(layer, "neuron")]
    pairs = {(type(layer), type(layer.neuron), layer.readout) for layer in live}
    assert len(pairs) > 150
    for name in ("delay", "bias", "bias_imag", "norm_bias", "norm_bias_imag"):
        assert any(getattr(layer, name, None) is not None for layer in layers), name
    assert {layer.weight_scale & (layer.weight_scale - 1) == 0 for layer in live} == {
        True,
        False,
    }
