"""Neurons that a plugin registers run on our synapses, with delays and norms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.netx import plugin
from lava.lib.dl.spec import plugins
from lava.lib.dl.spec.schema import Channels, dataset

RNG = np.random.default_rng(3)


@dataclass(frozen=True, eq=False)
class Leaky(spec.Neuron):
    """Puts out a leaky sum."""

    type: ClassVar[str] = "test.leaky"
    leak: object = field(metadata=dataset("leak", Channels(), "leak"))


@dataclass(frozen=True, eq=False)
class Pair(spec.Neuron):
    """Puts out the difference of its two inputs."""

    type: ClassVar[str] = "test.pair"
    is_complex: ClassVar[bool] = True


class RunLeaky(plugin.Neuron):
    """Steps `Leaky`."""

    states = ("voltage",)

    def step(self, states, x):
        kept = plugin.decayed(states["voltage"], self.row(self.layer.neuron.leak))
        states["voltage"][:] = kept + self.to_state(self.norm(x))
        return self.to_float(states["voltage"])


class RunPair(plugin.Neuron):
    """Steps `Pair`, which has no state."""

    def step(self, states, real, imag):
        return self.norm(real) - self.norm(imag, part=1)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(plugins._registry, "_objects", {})
    for kind, runs in ((Leaky, RunLeaky), (Pair, RunPair)):
        plugins.register("lava.dl.schema", kind.type, kind)
        plugins.register("lava.dl.runtime", kind.type, runs)


def read_out(**options):
    """Our own neuron that computes the same: the voltage of a fast current."""
    neuron = spec.Cuba(4096, options.pop("leak"), 2**18 - 1)
    return {"neuron": neuron, "readout": "voltage", **options}


def leaky(**options):
    neuron = Leaky(options.pop("leak"), weight_exp=options.pop("weight_exp", None))
    return {"neuron": neuron, "readout": "spike", "delay_shift": False, **options}


OPTIONS = [
    {"leak": 300},
    {"leak": [0, 40, 4096, 9]},
    {"leak": 300, "bias": [5, -9, 0, 70]},
    {"leak": 300, "delay": [0, 3, 1, 7], "delay_shift": True},
    {"leak": 300, "delay": RNG.integers(0, 9, (4, 6))},
    {"leak": 300, "weight_scale": 24},
]


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("options", OPTIONS)
def test_a_plugins_neuron_equals_our_own_of_the_same_step(options, sparse):
    weight, data = RNG.integers(-90, 90, (4, 6)), RNG.integers(-2, 3, (2, 6, 40))
    given = [spec.Dense((4,), weight, **make(**options)) for make in (leaky, read_out)]
    nets = [netx.load(spec.Network([x]), sparse_fc_layer=sparse) for x in given]
    np.testing.assert_array_equal(*(net(data) for net in nets))
    ours, theirs = (net.probe(data[0])[0].states["voltage"] for net in nets)
    np.testing.assert_array_equal(ours, theirs)


RECURRENT = [
    (spec.Recurrent, {"weight_rec": RNG.integers(-4, 4, (4, 4))}),
    (
        spec.RecurrentDelay,
        {"weight_rec": RNG.integers(-4, 4, (4, 4)), "delay_rec": [0, 3, 1, 7]},
    ),
    (spec.Kwta, {"num_winners": 2, "self_excitation": 2, "inhibition": -1, "drive": 5}),
]


# CUBA's bias comes after its current, which cuts what graded feedback brings.
@pytest.mark.parametrize("options", [o for o in OPTIONS if "bias" not in o])
@pytest.mark.parametrize("kind, back", RECURRENT, ids=lambda x: getattr(x, "type", ""))
def test_a_plugins_neuron_receives_what_its_layer_sent(kind, back, options):
    weight, data = RNG.integers(-90, 90, (4, 6)), RNG.integers(-2, 3, (2, 6, 40))
    given = [
        kind((4,), weight, **back, **make(**options)) for make in (leaky, read_out)
    ]
    nets = [netx.load(spec.Network([layer])) for layer in given]
    whole, other = (net(data) for net in nets)
    np.testing.assert_array_equal(whole, other)
    nets[0].reset()
    pieces = [nets[0].run(part, part.shape[-1]) for part in np.split(data[0], 2, 1)]
    np.testing.assert_array_equal(np.hstack(pieces), whole[0])


def test_a_convolution_and_an_input_layer_hold_a_plugins_neurons():
    kernel, data = RNG.integers(-90, 90, (4, 2, 3, 3)), RNG.random((2, 2, 5, 7, 20))
    leak = [0, 40, 4096, 9]
    outputs = []
    for make in (leaky, read_out):
        first = spec.Input((2, 5, 7), **make(leak=900))
        layer = spec.Conv((4, 3, 5), kernel, **make(leak=leak))
        outputs.append(netx.load(spec.Network([first, layer]))(data, layout="chw"))
    np.testing.assert_array_equal(*outputs)


def test_complex_neurons_receive_both_sums():
    real, imag = RNG.integers(-90, 90, (2, 4, 6))
    layer = spec.Dense((4,), real, weight_imag=imag, neuron=Pair(), bias_imag=[64] * 4)
    data = np.eye(6)
    found = netx.load(spec.Network([layer])).run(data, 7)
    np.testing.assert_array_equal(found[:, 1:], (real - imag) / 64 - 1)


def test_kinds_that_nothing_runs_are_named():
    plugins.register("lava.dl.runtime", "test.leaky", None, replace=True)
    with pytest.raises(ValueError, match=r"no arithmetic for neuron 'test\.leaky'"):
        netx.load(spec.Network([spec.Dense((1,), [[1]], **leaky(leak=1))]))
