"""Graphs of the NIR paper, as norse, rockpool, sinabs and snntorch wrote them."""

from __future__ import annotations

import numpy as np
import pytest

from lava.lib.dl import netx
from lava.lib.dl.netx import convert

nir = pytest.importorskip("nir", reason="needs the extra lava-dl-netx[nir]")

# Seconds per step as the writer meant it, input, steps, and the share by which counts
# of spikes may differ from the graph in 64 bits: weights of 8 bits move some.
GRAPHS = {
    "paper_01_lif_lif_norse": (1e-4, (1,), 500, 0),
    "paper_01_lif_lif_rockpool": (1e-4, (1,), 500, 0),
    "paper_02_cnn_cnn_sinabs": (1, (2, 34, 34), 40, 0.25),
    "paper_03_rnn_braille_noDelay_bias_zero": (1e-4, (12,), 200, 0.1),
}


def events(shape, steps):
    """Random events; on an image those of a ring that wobbles, as a digit does."""
    random = np.random.default_rng(0)
    if len(shape) == 1:
        return (random.random((*shape, steps)) < 0.1).astype(np.float32)
    y, x, t = np.mgrid[-17:17, -17:17, :steps]
    ring = abs(np.hypot(y - 3 * np.cos(t / 6), x - 3 * np.sin(t / 6)) - 8) < 1
    return (ring & (random.random((2, *ring.shape)) < 0.5)).astype(np.float32)


@pytest.mark.parametrize("name", list(GRAPHS))
def test_graph_runs(name, reference, tmp_path, run_graph):
    dt, shape, steps, share = GRAPHS[name]
    source, net = reference(f"nir/{name}.nir"), tmp_path / "a.net"
    notes = convert.from_nir(source, net, dt)
    assert any("weight rounded" in note for note in notes)
    data = events(shape, steps)
    ours = netx.load(net)(data[None], layout="chw")[0]
    theirs = run_graph(nir.read(source, type_check=False), data, dt, latency=1)
    counts, needed = ours.sum(-1), theirs.sum(-1)
    assert needed.sum() > 5
    assert np.abs(counts - needed).sum() <= share * needed.sum()
    assert counts.argmax() == needed.argmax()
    # What the rounded network computes is what its own graph says.
    convert.to_nir(net, tmp_path / "b.nir", dt)
    rounded = run_graph(nir.read(tmp_path / "b.nir"), data, dt, latency=1)
    assert (ours != rounded).sum() <= 0.05 * rounded.sum()
