"""Verification asks Lava itself where it is installed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

from lava.lib.dl import netx, spec

pytestmark = [
    pytest.mark.lava,
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    pytest.mark.filterwarnings("ignore::lava.lib.dl.netx.DeviationWarning"),
]


@pytest.mark.parametrize("bias", [None, [-400, -600, -300]])
def test_lava_itself_is_compared_layer_by_layer(bias):
    rng = np.random.default_rng(5)
    neuron = spec.Cuba(1024, 300, 60)
    layers = [
        spec.Dense((3,), rng.integers(-30, 61, (3, 6)) * 2, neuron=neuron, bias=bias),
        spec.Dense((4,), rng.integers(-30, 61, (4, 3)) * 2, neuron=neuron),
    ]
    spikes = (rng.random((6, 30)) < 0.4).astype(int)
    report = netx.verify(None, spec.Network(layers), spikes)
    assert report.compared["lava-nc"] == 7 * 30 and not report.left_out
    assert report.equal == (bias is None)
