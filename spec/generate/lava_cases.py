"""The valid cases of the arithmetic ``lava``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

import pieces as make
from cases import STEPS, Case, Data, spikes
from lava.lib.dl.spec import layers, neurons
from lava.lib.dl.spec.network import Network
from special import dense, ints

FAMILIES = ("cuba", "rf", "rf_iz", "adrf", "sdnn")
RANGES = {
    "even": range(-90, 150, 2),
    "odd": range(-127, 128, 3),
    "excitatory": range(0, 255),
    "inhibitory": range(-200, -1),
    "inhibitory-zero": range(-100, 1),
    "power": range(-64, 0, 2),
    "least": range(-256, 0, 2),
    "full": range(-256, 255, 2),
    "clipped": range(-700, 700, 7),
    "vanishing": range(260, 600),
    "vanishing-even": (512, 1024),
    "small": range(-3, 4),
}


TURNS = (
    (1563, 2033),
    (1717, 1550),
    (1766, 1907),
    (1794, 2033),
    (1829, 2047),
    (2025, 1207),
)
"""Sine and cosine decays that every math library turns into the same integers.

Lava recomputes decays in floats, and for most pairs the last bit decides (L3.2).
"""


def fitting(family: str, rng: Random) -> dict[str, Any]:
    """Fields of a layer that make its outcome the same on every machine, and alive."""
    if family == "sdnn":
        return {"neuron": neurons.SigmaDelta(0)}
    neuron = make.neuron(family, rng)
    if isinstance(neuron, neurons.Resonator):
        sine, cosine = rng.choice(TURNS)
        neuron = replace(neuron, sin_decay=sine, cos_decay=cosine)
    return {"neuron": neuron}


def values(rng: Random, shape: tuple[int, ...], top: int) -> Data:
    """Random integers."""
    size = int(np.prod(shape)) * STEPS
    train = [float(rng.randint(-top, top)) for _ in range(size)]
    return np.array(train, dtype=np.float32).reshape(*shape, STEPS)


def case(name: str, network: Network, data: Data, **options: Any) -> Case:
    """A case; its options are part of it."""
    return Case(f"lava-{name}", network, data, "lava", options, STEPS + 4)


def lava_cases() -> Iterator[Case]:
    """All valid cases of the arithmetic ``lava``."""
    yield from families()
    yield from weights()
    yield from delays()
    yield from extremes()
    yield from joins()
    yield from options()


def families() -> Iterator[Case]:
    """Every neuron kind in every layer kind that Lava has."""
    for family in FAMILIES:
        kinds = ["dense"] if family in make.COMPLEX else ["dense", "conv", "dense_rec"]
        for kind in kinds:
            for bits in (0, 8):
                rng = Random(f"lava {family} {kind} {bits}")
                layer = make.layer(kind, family, rng, **fitting(family, rng))
                network = Network([layer])
                shape = make.given_shape(kind)
                data = values(rng, shape, 9 if bits else 1)
                yield case(
                    f"{kind}-{family}-{bits}", network, data, input_message_bits=bits
                )
        rng = Random(f"lava chain {family}")
        bits = 16 if family == "sdnn" else 0
        first = dense(rng, family, 5, 4, **fitting(family, rng))
        second = dense(rng, family, 4, 3, **fitting(family, rng))
        two = Network([first, second])
        data = values(rng, (5,), 40) if bits else spikes(rng, (5,))
        yield case(f"chain-{family}", two, data, input_message_bits=bits)


def weights() -> Iterator[Case]:
    """Every way a matrix is squeezed into its synapse."""
    for name, among in RANGES.items():
        for bits in (0, 12):
            rng = Random(f"lava weights {name} {bits}")
            matrix = [[rng.choice(among) for _ in range(6)] for _ in range(3)]
            matrix[0][0], matrix[1][1] = among[0], among[-1]
            layer = layers.Dense(
                (3,),
                np.array(matrix),
                neuron=neurons.Cuba(2000, 700, 60),
                bias=ints(90, 160, 70),
            )
            data = values(rng, (6,), 3) if bits else spikes(rng, (6,))
            network = Network([layer])
            yield case(f"weights-{name}-{bits}", network, data, input_message_bits=bits)


def delays() -> Iterator[Case]:
    """Delays of every shape, and too long ones."""
    shapes: dict[str, Any] = {
        "one": [4],
        "outputs": [0, 3, 7],
        "inputs": [0, 1, 2, 9, 5],
        "matrix": [[(2 * i + j) % 6 for j in range(5)] for i in range(3)],
        "clipped": [1, 70, 2],
    }
    for name, delay in shapes.items():
        for bits in (0, 8):
            rng = Random(f"lava delay {name} {bits}")
            network = Network([dense(rng, "cuba", 5, 3, delay=delay)])
            data = values(rng, (5,), 4) if bits else spikes(rng, (5,))
            made = case(f"delay-{name}-{bits}", network, data, input_message_bits=bits)
            yield replace(made, steps=STEPS + 62) if name == "clipped" else made
    rng = Random("lava delay rec")
    square = make.weight(rng, 3, 3)
    layer = layers.Recurrent(
        (3,),
        make.weight(rng, 3, 3),
        square,
        delay=ints(0, 1, 2),
        neuron=make.neuron("cuba", rng),
    )
    yield case("delay-recurrent", Network([layer]), spikes(rng, (3,)))
    layer2 = make.layer("conv", "cuba", rng, delay=[1, 2])
    data = spikes(rng, (2, make.HEIGHT, make.WIDTH))
    yield case("delay-conv-ignored", Network([layer2]), data)
    ignored = {"delay": [1, 2, 3], "bias": [1, 2, 3]}
    rf = make.layer("dense", "rf", rng, **ignored, **fitting("rf", rng))
    yield case("delay-complex-ignored", Network([rf]), spikes(rng, (5,)))


def extremes() -> Iterator[Case]:
    """Sums and states that wrap or clip."""
    wide = {"input_message_bits": 24}
    for name, neuron in {
        "slow": neurons.Cuba(0, 0, 131071),
        "sharp": neurons.Cuba(4096, 10, 90000),
        "voltage": neurons.Cuba(4000, 0, 131072),
    }.items():
        rng = Random(f"lava extremes {name}")
        network = Network([dense(rng, "cuba", 4, 3, neuron=neuron)])
        yield case(f"wrap-{name}", network, values(rng, (4,), 2**23), **wide)
    rng = Random("lava extremes")
    for family in ("rf", "rf_iz", "sdnn"):
        network = Network([dense(rng, family, 4, 3, **fitting(family, rng))])
        yield case(f"wrap-{family}", network, values(rng, (4,), 2**20), **wide)
    weight = np.array([[100] * 4, [127] * 4, [65, 127, 38, 127]])
    full = Network([layers.Dense((3,), weight, neuron=neurons.Sigma())])
    top = np.full((4, STEPS), 2**23 - 1, dtype=np.float32)
    top[:, ::3] = 12_345
    yield case("wrap-dense", full, top, **wide)
    conv = make.layer("conv", "sdnn", rng)
    data = values(rng, (2, make.HEIGHT, make.WIDTH), 2**18)
    yield case("wrap-conv", Network([conv]), data, **wide)
    biased = dense(rng, "cuba", 5, 3, bias=[40000, -33000, 300])
    yield case("wrap-bias", Network([biased]), spikes(rng, (5,)))
    sigma = dense(rng, "sdnn", 5, 3, neuron=neurons.Sigma())
    yield case("sigma", Network([sigma]), values(rng, (5,), 900), input_message_bits=16)
    told = make.neuron("cuba", rng, graded_spike=True, weight_exp=[2])
    more: dict[str, Any] = {"weight_scale": 32, "delay_shift": False}
    deaf = Network([dense(rng, "cuba", 5, 3, neuron=told, **more)])
    yield replace(case("no-effect", deaf, spikes(rng, (5,))), clauses=("L1.6",))
    bare = dense(rng, "cuba", 5, 3, neuron=None)
    yield case("no-neuron", Network([bare]), spikes(rng, (5,)))
    rows = dense(rng, "cuba", 5, 3, neuron=make.neuron("cuba", rng, 3))
    yield case("channels", Network([rows]), spikes(rng, (5,)))


def joins() -> Iterator[Case]:
    """Sums and rows of outputs, each followed by a layer that receives them."""
    for family in ("cuba", "sdnn"):
        rng = Random(f"lava joins {family}")
        two = [dense(rng, family, 5, 4), dense(rng, family, 4, 4)]
        added = layers.Add((4,), ints(0, 1, 1))
        row = layers.Concat((8,), ints(1, 0))
        data = values(rng, (5,), 90) if family == "sdnn" else spikes(rng, (5,))
        options = {"input_message_bits": 8 if family == "sdnn" else 0}
        for name, join in (("add", added), ("concat", row)):
            chain = [*two, join, dense(rng, family, join.shape[0], 3)]
            if family == "cuba":
                options |= {"reset_interval": 7}
            yield case(f"{name}-{family}", Network(chain), data, **options)


def options() -> Iterator[Case]:
    """Options of the run, input layers, layers that build nothing."""
    for interval, offset in ((8, 0), (7, 3), (1, 0)):
        rng = Random(f"lava reset {interval}")
        network = Network([dense(rng, "cuba", 5, 4), dense(rng, "cuba", 4, 3)])
        yield case(
            f"reset-{interval}-{offset}",
            network,
            spikes(rng, (5,)),
            reset_interval=interval,
            reset_offset=offset,
        )
    for exponent in (0, 2, 6):
        rng = Random(f"lava exponent {exponent}")
        network = Network(
            [
                layers.Input((5,), neuron=neurons.SigmaDelta(6)),
                dense(rng, "sdnn", 5, 4, bias=[3, -4, 5, 60]),
                dense(rng, "sdnn", 4, 2, neuron=neurons.Sigma()),
            ]
        )
        data = values(rng, (5,), 120)
        yield case(f"exponent-{exponent}", network, data, spike_exp=exponent)
    rng = Random("lava input")
    network = Network(
        [
            layers.Input((5,), neuron=make.neuron("cuba", rng), weight=36, bias=4),
            dense(rng, "cuba", 5, 3),
        ]
    )
    data = values(rng, (5,), 90)
    data[:, 0] = [40, -7, 90, 3, 0]
    yield case("input-bias", network, data, feed="bias")
    encoder = layers.Input((5,), **fitting("rf", rng), delay_shift=False)
    yield case("input-rf", Network([encoder]), values(rng, (5,), 90))
    shaped = Network(
        [
            layers.Input((2, make.HEIGHT, make.WIDTH)),
            make.layer("conv", "cuba", rng),
            layers.Flatten((18,)),
            dense(rng, "cuba", 18, 3),
        ]
    )
    data = spikes(rng, (2, make.HEIGHT, make.WIDTH))
    yield case("conv-flatten", shaped, data)
