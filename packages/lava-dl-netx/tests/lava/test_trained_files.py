"""Files the trainer wrote run on Lava and natively, with recorded spikes beside them.

``nox -s live`` leaves them in the folder that ``LAVA_DL_TRAINED`` names, on a Python
that has the trainer. Where it is absent these tests skip, or fail if
``LAVA_DL_TRAINED_REQUIRED`` is set.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

from lava.lib.dl import netx, spec
from lava.lib.dl.netx import hdf5
from lava.lib.dl.netx._conformance_lava import built, in_file_order

pytestmark = [
    pytest.mark.lava,
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    pytest.mark.filterwarnings("ignore::lava.lib.dl.netx.DeviationWarning"),
]

FOLDER = Path(os.environ.get("LAVA_DL_TRAINED", "out/trained"))
FILES = sorted(FOLDER.glob("*.net"))


@pytest.fixture(autouse=True)
def _trained_files_are_here() -> None:
    if FILES:
        return
    reason = f"no file of the trainer in {FOLDER}: run `nox -s live` before"
    if os.environ.get("LAVA_DL_TRAINED_REQUIRED"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(params=FILES or [Path("none")], ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def recorded(path: Path) -> dict[str, np.ndarray]:
    """What went in and what each layer of the trainer put out."""
    with np.load(path.with_suffix(".npz")) as archive:
        return dict(archive)


def given(path: Path, data: np.ndarray) -> tuple[str, np.ndarray]:
    """How Lava is fed, and the integers it is fed with, (W, H, C, time)."""
    first = spec.read(path)[0]
    turned = data.transpose(2, 1, 0, 3) if data.ndim == 4 else data
    if not isinstance(first, spec.Input):
        return "inp", turned.astype(int)
    whole = np.rint(turned * first.weight_scale).astype(int)
    return ("bias" if isinstance(first.neuron, spec.Cuba) else "neuron"), whole


def test_every_layer_and_neuron_of_lava_was_trained() -> None:
    layers = [layer for path in FILES for layer in spec.read(path)]
    found = {(layer.type, type(getattr(layer, "neuron", None))) for layer in layers}
    for kind in (spec.Cuba, spec.SigmaDelta):
        assert {("input", kind), ("conv", kind), ("dense", kind)} <= found
    resonators = (spec.Rf, spec.RfIz, spec.Adrf, spec.AdrfIz)
    assert {("dense", kind) for kind in (*resonators, spec.Sigma, type(None))} <= found
    assert {("dense_rec", spec.Cuba), ("flatten", type(None))} <= found
    assert any(np.any(getattr(layer, "delay", None)) for layer in layers)
    assert any(np.any(getattr(layer, "bias", None)) for layer in layers)


def test_native_runtime_gives_the_trainers_spikes(path, recorded) -> None:
    data = recorded["input"]
    shape = data.shape[-2::-1]
    traces = netx.load(path, input_shape=shape).probe(data, layout="chw")
    assert {f"layer{index}" for index in traces} == set(recorded) - {"input"}
    for index, trace in traces.items():
        wanted = recorded[f"layer{index}"]
        np.testing.assert_array_equal(trace.output.reshape(wanted.shape), wanted)


def alike(network: spec.Network) -> list[int]:
    """Layers ahead of the first that Lava computes otherwise than the trainer."""
    if isinstance(network[0], spec.Input):
        return []  # what encodes its input counts in other units on Lava
    deviant = [bool(spec.deviations(layer)) for layer in network]
    end = deviant.index(True) if any(deviant) else len(deviant)
    return [i for i in range(end) if not isinstance(network[i], spec.Flatten)]


def test_lava_gives_every_bit(path, recorded, run_lava, run_native) -> None:
    """Those of the native runtime, and the trainer's until a known deviation."""
    feed, whole = given(path, recorded["input"])
    shape, steps = whole.shape[:-1], whole.shape[-1]
    net = hdf5.Network(net_config=str(path), input_shape=shape)
    lava = run_lava(net, whole, steps, feed=feed)
    native = netx.load(path, arithmetic="lava", input_shape=shape)
    found = run_native(native, whole, steps, feed)
    # Lava's delta encoder has a sum that it never uses.
    assert set(found) <= set(lava) and set(lava) - set(found) <= {"state0_sigma"}
    for key, values in found.items():
        np.testing.assert_array_equal(values, lava[key], key)
    by_index = in_file_order(lava, built(str(path)))
    by_index[f"layer{len(spec.read(path)) - 1}"] = by_index["output"]
    for index in alike(spec.read(path)):
        wanted = recorded[f"layer{index}"]
        np.testing.assert_array_equal(by_index[f"layer{index}"], wanted)


def test_every_kind_that_lava_computes_like_the_trainer_is_among_them() -> None:
    networks = [spec.read(path) for path in FILES]
    layers = [network[i] for network in networks for i in alike(network)]
    found = {(layer.type, type(layer.neuron)) for layer in layers}
    # Which decays of resonators survive depends on the platform's sine.
    assert {(kind, spec.Cuba) for kind in ("dense", "dense_rec", "conv")} <= found
    assert any(np.any(getattr(layer, "delay", None)) for layer in layers)
