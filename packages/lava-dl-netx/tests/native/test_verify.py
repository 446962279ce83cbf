"""Verification finds what differs and says why."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.netx._size import synapses_of
from lava.lib.dl.spec import reference

RNG = np.random.default_rng(5)


def layer(outputs, inputs, **options):
    neuron = options.pop("neuron", spec.Cuba(1024, 300, 60))
    weight = RNG.integers(-30, 61, (outputs, inputs)) * 2
    return spec.Dense((outputs,), weight, neuron=neuron, **options)


@pytest.fixture
def spikes():
    return (RNG.random((6, 30)) < 0.4).astype(float)


def test_a_plain_network_is_equal_everywhere(spikes):
    report = netx.verify(None, spec.Network([layer(4, 6), layer(3, 4)]), spikes)
    assert report.equal, str(report)
    assert report.compared["reference"] == report.compared["lava"] == 210
    assert "lava-nc" in report.compared | report.left_out


def test_what_lava_lacks_is_said(spikes):
    alif = spec.Alif(900, 300, 200, 150, 60, 20)
    report = netx.verify(None, spec.Network([layer(4, 6, neuron=alif)]), spikes)
    assert (
        report.equal
        and "not compared with lava: neurons without a process: Lava has no ALIF"
        in str(report)
    )


def test_known_deviations_of_lava_are_named(spikes):
    network = spec.Network([layer(4, 6, bias=[400, 600, 300, 900])])
    report = netx.verify(None, network, spikes)
    (difference,) = report.differences
    assert difference.other == "lava" and difference.layer == 0
    assert "adds the bias to the voltage" in str(report)


class Tensor(np.ndarray):
    """As much of a tensor as verification touches."""

    def detach(self):
        return self

    def cpu(self):
        return self

    def numpy(self):
        return np.asarray(self)

    def new_tensor(self, values):
        return np.asarray(values).view(Tensor)


class Model:
    """A trained model whose blocks compute what the file says, or not quite."""

    def __init__(self, network, wrong_at=None):
        self.training = True
        self.blocks = [self.block(i, spec.Network([x])) for i, x in enumerate(network)]
        self.wrong_at = wrong_at

    def block(self, index, network):
        def forward(value):
            out = netx.load(network)(np.asarray(value))
            if index == self.wrong_at:
                out[0, 1, 7] += 1
            return out.view(Tensor)

        return forward

    def parameters(self):
        return iter([np.zeros(1, np.float32).view(Tensor)])

    def eval(self):
        self.training = False

    def train(self, mode):
        self.training = mode


@pytest.mark.parametrize("wrong_at", [None, 0, 1])
def test_trainer_is_compared_layer_by_layer(spikes, wrong_at):
    network = spec.Network([layer(4, 6), layer(3, 4)])
    model = Model(network, wrong_at)
    report = netx.verify(model, network, spikes, reference=False, lava=False)
    assert model.training
    if wrong_at is None:
        assert report.equal and report.compared == {"trainer": 210}
    else:
        (found,) = report.differences
        assert (found.layer, found.neuron, found.step) == (wrong_at, (1,), 7)
        assert found.value == found.native + 1


def test_a_long_run_of_the_reference_tells_its_time_and_how_far_it_is(monkeypatch):
    weight = RNG.integers(-30, 60, (4, 2, 3, 3)) * 2
    conv = spec.Conv(
        (4, 10, 10), weight, neuron=spec.Cuba(1024, 300, 120), delay=[0, 3, 9, 1]
    )
    data = (RNG.random((2, 12, 12, 40)) < 0.2).astype(float)
    network = spec.Network([conv])
    assert synapses_of(network, (2, 12, 12)) == 4 * 10 * 10 * 2 * 9
    seen = []
    rows = data.reshape(-1, 40).T.tolist()
    reference.run(network, rows, (2, 12, 12), progress=seen.append)
    assert len(seen) == 40 and sum(seen) == 40 * 7200
    module, shown = sys.modules[netx.verify.__module__], []

    class Bar(module.tqdm):
        def __init__(self, **options):
            shown.append(options)
            super().__init__(**options)

    monkeypatch.setattr(module, "tqdm", Bar)
    for longest in (0.0, 1e9):
        monkeypatch.setattr(module, "LONG", longest)
        assert netx.verify(None, network, data, lava=False).equal
    first, second = shown
    assert first["desc"] == "reference, about 0 s" and first["total"] == 40 * 7200
    assert first["disable"] is None and second["disable"] is True


def test_delays_cost_the_reference_no_more_than_the_synapses_do():
    def seconds(size):
        shape = (4, size, size)
        layer = spec.Conv(
            shape,
            RNG.integers(1, 60, (4, 1, 1, 1)),
            neuron=spec.Cuba(1024, 300, 120),
            delay=[0, 3, 9, 1],
        )
        rows = np.ones((4, size * size)).tolist()
        start = time.process_time()
        reference.run(spec.Network([layer]), rows, (1, size, size))
        return time.process_time() - start

    small = min(seconds(8) for _ in range(3))
    assert seconds(32) < 16 * 5 * small
