"""Small random layers and neurons, the material of the valid cases."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava.lib.dl.spec import layers, neurons

NEURONS = ("cuba", "alif", "rf", "rf_iz", "adrf", "adrf_iz", "sdnn")
COMPLEX = ("rf", "rf_iz", "adrf", "adrf_iz")
KERNELS = ("conv", "convT", "pool", "unpool")
RETURNING: dict[str, Callable[..., layers.Layer]] = {
    "dense_rec_delay": layers.RecurrentDelay,
    "kwta_delay": layers.KwtaDelay,
}
HEIGHT, WIDTH = 5, 4
NEURON_CLAUSES: dict[type[neurons.Neuron], tuple[str, ...]] = {
    neurons.Cuba: ("4.4", "A4.1", "A3.2"),
    neurons.Alif: ("4.5", "A4.3", "A4.4"),
    neurons.Rf: ("4.6", "A4.5", "A4.6"),
    neurons.RfIz: ("4.7", "A4.5", "A4.7"),
    neurons.Adrf: ("4.8", "A4.3", "A4.8"),
    neurons.AdrfIz: ("4.9", "A4.3", "A4.9"),
    neurons.SigmaDelta: ("4.10", "A4.12", "A4.14"),
    neurons.Sigma: ("4.11", "A4.11"),
}
LAVA_NEURON_CLAUSES: dict[type[neurons.Neuron], tuple[str, ...]] = {
    neurons.Cuba: ("4.4", "L3.1"),
    neurons.Rf: ("4.6", "L3.2", "L3.3", "L3.4"),
    neurons.RfIz: ("4.7", "L3.2", "L3.3", "L3.4"),
    neurons.Adrf: ("4.8", "L3.3", "L3.4"),
    neurons.AdrfIz: ("4.9", "L3.3", "L3.4"),
    neurons.SigmaDelta: ("4.10", "L3.5", "L3.6"),
    neurons.Sigma: ("4.11", "L3.7"),
}
"""Clauses of each kind, in the trainer's arithmetic and in Lava's."""


def channels(rng: Random, low: int, high: int, count: int) -> NDArray[np.int32] | int:
    """One value, or ``count`` of them."""
    if count:
        return np.array([rng.randint(low, high) for _ in range(count)], dtype=np.int32)
    return rng.randint(low, high)


def neuron(kind: str, rng: Random, count: int = 0, **more: Any) -> neurons.Neuron:
    """A neuron that fires now and then; per-channel decays where ``count`` is given."""
    sharp, slow = (800, 2500, count), (100, 900, count)
    threshold = rng.randint(30, 90)
    if kind == "cuba":
        decays = channels(rng, *sharp), channels(rng, *slow)
        return neurons.Cuba(*decays, threshold, **more)
    adaptive: Any = {"threshold_step": rng.randint(4, 20)}
    for name in ("threshold_decay", "refractory_decay"):
        adaptive[name] = channels(rng, *slow)
    if kind == "alif":
        decays = channels(rng, *sharp), channels(rng, *slow)
        return neurons.Alif(
            decays[0], decays[1], threshold=threshold // 2, **adaptive, **more
        )
    if kind == "sdnn":
        return neurons.SigmaDelta(rng.randint(4, 20), **more)
    turns = channels(rng, 1500, 2800, count), channels(rng, 1200, 2500, count)
    if kind == "rf":
        return neurons.Rf(*turns, threshold // 2, **more)
    if kind == "rf_iz":
        return neurons.RfIz(*turns, threshold // 2, **more)
    kinds = {"adrf": neurons.Adrf, "adrf_iz": neurons.AdrfIz}
    return kinds[kind](turns[0], turns[1], threshold=threshold // 3, **adaptive, **more)


def weight(rng: Random, *shape: int, low: int = -90, high: int = 150) -> Any:
    """Random even weights."""
    size = int(np.prod(shape))
    values = [rng.randrange(low, high, 2) for _ in range(size)]
    return np.array(values, dtype=np.int32).reshape(shape)


def given_shape(kind: str) -> tuple[int, ...]:
    """Shape of the input of :func:`layer`."""
    return (2, HEIGHT, WIDTH) if kind in KERNELS else (5,)


def layer(kind: str, family: str, rng: Random, **more: Any) -> layers.Layer:
    """A layer of the given kind with neurons of the given family.

    Args:
        kind: ``type`` of the layer.
        family: One of :data:`NEURONS`.
        rng: Where the numbers come from.
        more: Further fields; ``neuron`` replaces the random one.
    """
    more.setdefault("neuron", neuron(family, rng))
    is_complex = family in COMPLEX
    slide: dict[str, Any]
    lateral: dict[str, Any]

    def parts(*shape: int, **limits: int) -> dict[str, Any]:
        both = {"weight": weight(rng, *shape, **limits)}
        if is_complex:
            both["weight_imag"] = weight(rng, *shape, **limits)
        return both

    if kind == "dense":
        return layers.Dense((3,), **parts(3, 5), **more)
    if kind in RETURNING:
        more["delay_rec"] = np.array([rng.randint(0, 4) for _ in range(3)])
    if kind.startswith("dense_rec"):
        back: dict[str, Any] = {"weight_rec": weight(rng, 3, 3, high=80)}
        if is_complex:
            back["weight_rec_imag"] = weight(rng, 3, 3, high=80)
        recurrent = RETURNING.get(kind, layers.Recurrent)
        return recurrent((3,), **parts(3, 5), **back, **more)
    if kind.startswith("kwta"):
        lateral = {"num_winners": 1, "self_excitation": 32, "drive": 2}
        kwta = RETURNING.get(kind, layers.Kwta)
        return kwta((3,), **parts(3, 5), **lateral, **more)
    if kind == "conv":
        slide = {"stride": (2, 1), "padding": (1, 0), "groups": 1}
        return layers.Conv((2, 3, 3), **parts(2, 2, 3, 2), **slide, **more)
    if kind == "convT":
        slide = {"stride": (1, 2), "padding": (1, 1), "dilation": (1, 1)}
        return layers.ConvTranspose((2, 5, 6), **parts(2, 2, 3, 2), **slide, **more)
    if kind == "pool":
        slide = {"stride": (2, 2)}
        return layers.Pool((2, 3, 2), **parts(1, 1, 2, 2, low=20), **slide, **more)
    slide = {"stride": (2, 2)}
    return layers.Unpool((2, 10, 8), **parts(1, 1, 2, 2, low=40), **slide, **more)
