"""Drawn networks: the trainer's blocks compute what the native runtime does.

Compared is every layer that a block describes by the same record, up to the first whose
sums 32-bit floats can't hold. ``LAVA_DL_DRAWN`` says how many networks are drawn.
"""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.spec.layers import NeuronLayer, SynapseLayer

torch = pytest.importorskip("torch", reason="needs the trainer: lava-dl-slayer")
slayer = pytest.importorskip(
    "lava.lib.dl.slayer", reason="needs the trainer: lava-dl-slayer"
)

sys.path.insert(0, str(Path(__file__).parents[1]))
from drawn_networks import draw  # noqa: E402

COUNT = int(os.environ.get("LAVA_DL_DRAWN", "400"))
CHUNK = 100
MANTISSA = 2**24


def differing(seed, told):
    """The index of the first layer that differs, or None; ``told`` counts the rest."""
    network, data = draw(seed)
    net = netx.load(network, input_shape=data.shape[-2::-1], threads=1)
    native = net.probe(data, layout="chw", ends=True)
    outputs, given = [], data
    for index, layer in enumerate(network):
        found = native[index].output
        if reason := left_out(layer, given):
            told[reason] += 1
        else:
            try:
                value = trained(layer, given, outputs)
            except NotComparable as why:
                told[str(why)] += 1
            else:
                told["compared"] += 1
                if not np.array_equal(value, found):
                    return index
        # What follows gets what the runtime gave, so that each layer counts by itself.
        outputs.append(found)
        given = found
    return None


class NotComparable(Exception):
    """No block describes the layer."""


def trained(layer, given, outputs):
    """What a block made from the record puts out."""
    if isinstance(layer, spec.Concat):
        return np.concatenate([outputs[i] for i in layer.sources])
    if isinstance(layer, spec.Add):
        return np.sum([outputs[i] for i in layer.sources], axis=0, dtype=np.float32)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", UserWarning)
        try:
            block = slayer.auto.from_spec(layer).eval()
        except NotImplementedError as error:
            raise NotComparable("no block") from error
        flat = isinstance(layer, spec.Dense)
        data = given.reshape(-1, given.shape[-1]) if flat else given
        made = block(torch.from_numpy(np.ascontiguousarray(data, np.float32))[None])
        try:
            check_same(layer, block.to_spec())
        except ValueError as error:
            raise NotComparable("no record") from error
    value = made[0].numpy()
    return value.reshape(*layer.shape, value.shape[-1])


def check_same(layer, written):
    """Blocks that round a value, or have no place for it, compute something else."""
    if type(layer) is not type(written):
        raise NotComparable("another kind")
    for name, value in vars(layer).items():
        other = getattr(written, name)
        if name == "neuron" and value is not None and other is not None:
            for key, own in vars(value).items():
                if not same(own, getattr(other, key, None)):
                    raise NotComparable(f"neuron {key}")
        elif name != "input_shape" and not same(value, other):
            raise NotComparable(f"layer {name}")


def same(value, other):
    """Equal numbers; what is absent counts as zeros, one number as a row of it."""
    if isinstance(value, str) or isinstance(other, str):
        return value == other
    if value is None or other is None:
        return not np.any(value if other is None else other)
    try:
        return bool(np.all(np.equal(value, other)))
    except ValueError:
        return False


def left_out(layer, given):
    """Why a layer has nothing to compare; empty where it has."""
    if isinstance(layer, NeuronLayer) and not_a_power(layer.weight_scale):
        return "scale"
    return "" if holds(layer, given) else "sums"


def not_a_power(scale):
    return scale & (scale - 1) != 0


def holds(layer, given):
    """Whether 32-bit floats hold all sums of the layer's weighted input."""
    if not isinstance(layer, SynapseLayer | spec.Average):
        return True
    largest = float(np.abs(given).max(initial=0))
    grain = next((2.0**-e for e in range(-24, 40) if exact(given * 2.0**e)), 2.0**-40)
    if isinstance(layer, spec.Average):
        groups = math.prod(given.shape[:-1]) // math.prod(layer.shape)
        return largest / grain * groups * layer.time_factor < MANTISSA
    names = ("weight", "weight_imag")
    weights = [w for n in names if (w := getattr(layer, n, None)) is not None]
    sums = max(np.abs(w).sum(dtype=float) for w in weights)
    return largest / grain * sums < MANTISSA


def exact(values):
    return bool(np.all(values == np.trunc(values)))


TOLD: Counter = Counter()


@pytest.mark.parametrize("first", range(0, COUNT, CHUNK))
def test_trainer_and_runtime_agree(first):
    seeds = range(first, min(first + CHUNK, COUNT))
    wrong = {
        seed: where for seed in seeds if (where := differing(seed, TOLD)) is not None
    }
    assert not wrong


def test_a_good_share_of_the_layers_is_compared():
    told = Counter()
    for seed in range(200):
        differing(seed, told)
    assert told["compared"] > 0.25 * sum(told.values()), told
