"""What loading takes is told before it is taken, and is never less than it was."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.netx._need import needed_bytes

CUBA = spec.Cuba(1024, 410, 32)
Make = Callable[[], spec.Layer]


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, int)


def delays(outputs: int, inputs: int) -> np.ndarray:
    return np.arange(outputs * inputs).reshape(outputs, inputs) % 63


LAYERS: dict[str, tuple[tuple[int, ...], Make]] = {
    "dense": ((700,), lambda: spec.Dense((600,), ones(600, 700), neuron=CUBA)),
    "delays": (
        (300,),
        lambda: spec.Dense((300,), ones(300, 300), delay=delays(300, 300), neuron=CUBA),
    ),
    "recurrent": (
        (50,),
        lambda: spec.Recurrent((500,), ones(500, 50), ones(500, 500), neuron=CUBA),
    ),
    "recurrent delays": (
        (50,),
        lambda: spec.RecurrentDelay(
            (500,),
            ones(500, 50),
            ones(500, 500),
            delay_rec=delays(1, 500)[0],
            neuron=CUBA,
        ),
    ),
    "kwta": ((2,), lambda: spec.Kwta((900,), ones(900, 2), 1, 1, neuron=CUBA)),
    "conv": (
        (3, 60, 60),
        lambda: spec.Conv(
            (8, 60, 60), ones(8, 3, 5, 5), padding=(2, 2), neuron=spec.Alif(*[9] * 6)
        ),
    ),
    "large kernel": (
        (1, 300, 300),
        lambda: spec.Conv((1, 1, 1), ones(1, 1, 300, 300), neuron=CUBA),
    ),
    "convT": (
        (4, 30, 30),
        lambda: spec.ConvTranspose(
            (2, 61, 61), ones(4, 2, 3, 3), stride=(2, 2), neuron=CUBA
        ),
    ),
    "pool": (
        (8, 64, 64),
        lambda: spec.Pool((8, 32, 32), ones(1, 1, 2, 2), stride=(2, 2), neuron=CUBA),
    ),
    "padding": (
        (1, 1, 1),
        lambda: spec.Conv(
            (1, 601, 601), ones(1, 1, 1, 1), padding=(300, 300), neuron=CUBA
        ),
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_estimate_is_above_what_loading_takes(name: str) -> None:
    shape, make = LAYERS[name]
    network = spec.Network([spec.Input(shape), make()])
    netx.load(spec.Network([spec.Input((1,))]))
    tracemalloc.start()
    try:
        netx.load(network)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    estimate = sum(needed_bytes(layer, shape) for layer in network)
    assert peak < estimate < 12 * peak


HUGE: dict[str, spec.Network] = {
    "padding": spec.Network(
        [
            spec.Input((1, 1, 1)),
            spec.Conv((1, 65537, 65537), ones(1, 1, 1, 1), padding=(2**15, 2**15)),
        ]
    ),
    "lateral": spec.Network([spec.Kwta((10**6,), ones(10**6, 1), 1, 1, neuron=CUBA)]),
    "delay": spec.Network(
        [spec.Input((2**20,)), spec.Dense((1,), ones(1, 2**20), delay=[2**15])]
    ),
    "shape": spec.Network([spec.Input((2**24, 2**24, 2**24))]),
    "shared": spec.Network([spec.Dense((2000,), ones(2000, 2000), neuron=CUBA)] * 600),
}


@pytest.mark.parametrize("name", HUGE)
def test_what_takes_too_much_is_refused_before_it_is_taken(name: str) -> None:
    with pytest.raises(ValueError, match=r"layer \d+ .* takes about .*max_bytes is"):
        netx.load(HUGE[name])


def test_the_limit_is_an_argument() -> None:
    network = spec.Network([spec.Dense((100,), ones(100, 100), neuron=CUBA)])
    with pytest.raises(ValueError, match="max_bytes is 1e-06 GB"):
        netx.load(network, max_bytes=1000)
    netx.load(network, max_bytes=10**6)


@pytest.mark.parametrize("skipped", [1, 2])
def test_a_concat_of_skipped_layers_is_refused(skipped: int) -> None:
    layers = [
        spec.Input((4,)),
        spec.Dense((4,), ones(4, 4), neuron=CUBA),
        spec.Concat((8,), np.array([0, 1])),
    ]
    with pytest.raises(ValueError, match=r"skip_layers leaves out layers .* joins"):
        netx.load(spec.Network(layers), skip_layers=skipped)
    netx.load(spec.Network(layers), skip_layers=0).run(np.ones((4, 3)))
