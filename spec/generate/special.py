"""Cases that no grid of options makes: chains of layers, older layouts."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import h5py
import numpy as np

import pieces as make
from cases import STEPS, Case, fed, messages, spikes
from lava.lib.dl.spec import layers, neurons
from lava.lib.dl.spec.network import Network, Simulation


def dense(
    rng: Random, family: str, inputs: int, outputs: int, **more: Any
) -> layers.Dense:
    """A dense layer of any size."""
    parts = {"weight": make.weight(rng, outputs, inputs)}
    if family in make.COMPLEX:
        parts["weight_imag"] = make.weight(rng, outputs, inputs)
    more.setdefault("neuron", make.neuron(family, rng))
    return layers.Dense((outputs,), **parts, **more)


def ints(*values: int) -> Any:
    """A row of integers."""
    return np.array(values)


def chains() -> Iterator[Case]:
    """Networks of several layers."""
    for family in make.NEURONS:
        rng = Random(f"chain {family}")
        two = [dense(rng, family, 5, 4), dense(rng, family, 4, 3)]
        data = fed(family, rng, (5,))
        yield Case(f"chain-dense-{family}", Network(two), data)
        spatial = [
            make.layer("conv", family, rng),
            layers.Flatten((18,)),
            dense(rng, family, 18, 3),
        ]
        data = fed(family, rng, (2, make.HEIGHT, make.WIDTH))
        yield Case(f"chain-conv-{family}", Network(spatial), data)
        averaged = [dense(rng, family, 5, 6), layers.Average((3,))]
        yield Case(f"chain-average-{family}", Network(averaged), fed(family, rng, (5,)))
        bins = [dense(rng, family, 5, 3), layers.Average((3,), time_factor=8)]
        yield Case(f"chain-time-{family}", Network(bins), fed(family, rng, (5,)))
        joined = [
            dense(rng, family, 5, 3),
            dense(rng, family, 3, 4),
            layers.Concat((7,), ints(0, 1)),
            dense(rng, family, 7, 2),
        ]
        yield Case(f"chain-concat-{family}", Network(joined), fed(family, rng, (5,)))
        skipped = [*joined[:2], layers.Concat((3,), ints(0)), dense(rng, family, 3, 2)]
        yield Case(f"chain-skip-{family}", Network(skipped), fed(family, rng, (5,)))
        yield residual(family)
    yield sigma_delta_network()
    yield from readouts()
    yield from first_kernels()


def residual(family: str) -> Case:
    """A block with a skip connection around it, and its output added twice."""
    rng = Random(f"add {family}")
    added = [
        dense(rng, family, 5, 3),
        dense(rng, family, 3, 3),
        layers.Add((3,), ints(0, 1, 1)),
        dense(rng, family, 3, 2),
    ]
    return Case(f"chain-add-{family}", Network(added), fed(family, rng, (5,)))


def first_kernels() -> Iterator[Case]:
    """Networks that begin with a kernel and say the shape of their input."""
    for kind in make.KERNELS:
        rng = Random(f"first {kind}")
        layer = make.layer(kind, "cuba", rng, input_shape=make.given_shape(kind))
        data = spikes(rng, make.given_shape(kind))
        yield Case(f"input_shape-{kind}", Network([layer]), data, clauses=("5.7",))


def sigma_delta_network() -> Case:
    """Encoder, hidden layer, running sum."""
    rng = Random("sigma delta")
    network = Network(
        [
            layers.Input((5,), neuron=neurons.SigmaDelta(6), weight=64),
            dense(rng, "sdnn", 5, 4),
            dense(rng, "sdnn", 4, 2, neuron=neurons.Sigma()),
        ]
    )
    return Case("chain-sigma_delta", network, messages(rng, (5,), 9000))


def readouts() -> Iterator[Case]:
    """A last layer that reads out its voltage or its sum, in every way of saying so."""
    rng = Random("readouts")
    quiet = neurons.Cuba(1024, 300, layers.SILENT_THRESHOLD)
    ways: dict[str, dict[str, Any]] = {
        "silent": {"neuron": quiet},
        "none": {"neuron": None},
        "sum": {"neuron": quiet, "readout": "sum"},
        "spike": {"neuron": quiet, "readout": "spike"},
    }
    for name, more in ways.items():
        last = dense(rng, "cuba", 4, 2, **more)
        network = Network([dense(rng, "cuba", 5, 4), last])
        yield Case(f"readout-{name}", network, spikes(rng, (5,)))


def older_files() -> Iterator[Case]:
    """Layouts that only older writers use, and additions that readers ignore."""
    changes: dict[str, tuple[str, Any, tuple[str, ...]]] = {
        "loihi": ("dense", loihi, ("4.1", "9.2")),
        "no-version": ("dense", no_version, ("1.10", "9.1", "E1.4")),
        "newer-minor": ("dense", newer_minor, ("1.10", "E1.1")),
        "extras": ("dense", extras, ("1.9", "1.11", "E1.1")),
        "types": ("dense", other_types, ("2.4", "2.5", "2.7", "9.3")),
        "shape3": ("dense", shape_of_three, ("3.9", "9.2")),
        "scalars": ("conv", scalars, ("3.10", "9.2")),
        "five-axes": ("conv", five_axes, ("3.10", "9.2")),
        "chunked": ("dense", chunked, ("1.6",)),
        "fixed-texts": ("dense", fixed_texts, ("2.3",)),
        "empty-fields": ("dense", null_spaces, ("2.2",)),
    }
    for name, (kind, older, clauses) in changes.items():
        rng = Random(f"older {name}")
        layer = make.layer(kind, "cuba", rng)
        if name == "scalars":
            layer = layers.Conv(
                (2, 2, 1),
                make.weight(rng, 2, 2, 3, 3),
                stride=(2, 2),
                neuron=make.neuron("cuba", rng),
            )
        data = spikes(rng, make.given_shape(kind))
        case = f"older-{name}"
        yield Case(case, Network([layer]), data, clauses=clauses, older=older)
    rng = Random("older complex")
    layer = make.layer("dense", "rf", rng)
    yield Case(
        "older-dense_comp",
        Network([layer]),
        spikes(rng, (5,)),
        clauses=("3.12", "9.2"),
        older=dense_comp,
    )
    rng = Random("older row")
    row = dense(rng, "cuba", 5, 1)
    simulation = Network([row], Simulation(1, STEPS))
    yield Case(
        "older-row",
        simulation,
        spikes(rng, (5,)),
        clauses=("1.12", "3.10", "9.2"),
        older=weight_row,
    )


def replace(group: h5py.Group, name: str, value: Any, **more: Any) -> None:
    """Store another value under a name."""
    del group[name]
    group.create_dataset(name, data=value, **more)


def loihi(file: h5py.File) -> None:
    """The older name of CUBA, with its training-only data sets."""
    neuron = file["layer/0/neuron"]
    replace(neuron, "type", "LOIHI")
    del neuron["gradedSpike"]
    for name, value in {"wgtExp": 0, "theta": 1600, "tauRho": 0.5}.items():
        neuron[name] = value


def no_version(file: h5py.File) -> None:
    """As older writers leave it."""
    del file.attrs["format_version"]


def newer_minor(file: h5py.File) -> None:
    """A minor version to come."""
    file.attrs["format_version"] = np.bytes_(b"1.7")


def extras(file: h5py.File) -> None:
    """Things this version doesn't name."""
    file.attrs["extensions"] = np.bytes_(b"acme.unused=acme")
    file.attrs["author"] = np.bytes_(b"somebody")
    file["notes"] = np.arange(3)
    file["layer/0/notes"] = np.arange(3)
    file["layer/0"].attrs["colour"] = 3
    file["layer/0/neuron/notes"] = 1.5


def other_types(file: h5py.File) -> None:
    """Other number types, fractions, rows of one."""
    layer = file["layer/0"]
    weight = layer["weight"][()].astype("f8")
    replace(layer, "weight", weight + 0.5 * np.sign(weight))
    replace(layer, "inFeatures", np.array([5], dtype="u2"))
    replace(layer, "neuron/iDecay", np.float64(layer["neuron/iDecay"][()]))
    replace(layer, "neuron/gradedSpike", np.array([0], dtype="i1"))


def shape_of_three(file: h5py.File) -> None:
    """A flat layer's shape with two axes of one."""
    replace(file["layer/0"], "shape", np.array([3, 1, 1]))


def scalars(file: h5py.File) -> None:
    """One integer for a pair, and a smaller integer type."""
    for name, value in {"stride": 2, "padding": 0, "dilation": 1}.items():
        replace(file["layer/0"], name, np.int32(value))


def five_axes(file: h5py.File) -> None:
    """Weights that keep the axis of time."""
    layer = file["layer/0"]
    replace(layer, "weight", layer["weight"][()][..., None])


def chunked(file: h5py.File) -> None:
    """Deflated weights."""
    layer = file["layer/0"]
    weight = layer["weight"][()]
    replace(layer, "weight", weight, chunks=weight.shape, compression=6, shuffle=True)


def fixed_texts(file: h5py.File) -> None:
    """A layer's type of variable length, a neuron's of fixed length."""
    layer = file["layer/0"]
    replace(layer, "type", "dense")
    replace(layer, "neuron/type", np.bytes_(b"CUBA"))


def null_spaces(file: h5py.File) -> None:
    """Fields that may be absent, written without a value."""
    layer = file["layer/0"]
    for name in ("inFeatures", "outFeatures", "neuron/gradedSpike", "neuron/refDelay"):
        del layer[name]
        layer.create_dataset(name, dtype="i4")
    layer.create_dataset("bias", dtype="f4")
    layer.attrs["weight_scale"] = h5py.Empty("i8")


def dense_comp(file: h5py.File) -> None:
    """The older name of complex dense layers."""
    replace(file["layer/0"], "type", np.array([b"dense_comp"], dtype="S10"))


def weight_row(file: h5py.File) -> None:
    """The weights of one neuron as a row."""
    layer = file["layer/0"]
    replace(layer, "weight", layer["weight"][0])
