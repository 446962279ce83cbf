"""Lava itself meets what the format's conformance suite expects of it."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

from lava.lib.dl import spec
from lava.lib.dl.netx import hdf5

pytestmark = [
    pytest.mark.lava,
    pytest.mark.filterwarnings("ignore::ImportWarning"),
]

SUITE = Path(__file__).parents[4] / "spec" / "conformance"


def cases():
    """Names of the cases of Lava's arithmetic."""
    if not SUITE.is_dir():
        return []
    manifest = json.loads((SUITE / "manifest.json").read_text())
    return [c["name"] for c in manifest["valid"] if c["arithmetic"] == "lava"]


def as_lava(array):
    """(C, H, W, time) as (W, H, C, time)."""
    return array.transpose(2, 1, 0, 3) if array.ndim == 4 else array


def build(path, options, shape):
    feed = options.pop("feed", "inp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hdf5.Network(str(path), input_shape=shape, **options), feed


def kept(path):
    """Indices of the entries that become blocks."""
    return [
        index
        for index, layer in enumerate(spec.read(path))
        if getattr(layer, "neuron", None) is not None
        or not isinstance(layer, (spec.Input, spec.Flatten))
    ]


@pytest.mark.parametrize("name", cases())
def test_lava_gives_what_the_suite_expects(name, tmp_path, run_lava):
    with zipfile.ZipFile(SUITE / "valid.zip") as archive:
        (tmp_path / "case.net").write_bytes(archive.read(f"{name}.net"))
        with np.load(io.BytesIO(archive.read(f"{name}.npz"))) as arrays:
            case = dict(arrays)
    path = tmp_path / "case.net"
    net, feed = build(
        path, json.loads(str(case["options"])), case["input"].shape[-2::-1]
    )
    data = as_lava(case["input"]).astype(int)
    if feed == "inp" and len(net.inp.shape) == 1 and data.ndim == 4:
        data = case["input"].astype(int).reshape(-1, data.shape[-1])
    steps = int(case["steps"])
    got = run_lava(net, data[..., :steps], steps, feed=feed)
    index = kept(path)
    names = {"output": "output"}
    names |= {f"layer{i}": f"layer{k}" for k, i in enumerate(index[:-1])}
    compared = 0
    for key, mine in names.items():
        wanted = case.get(f"expected_{key}")
        if wanted is not None:
            np.testing.assert_array_equal(got[mine], as_lava(wanted), err_msg=key)
            compared += 1
    for k, i in enumerate(index):
        for key in (n for n in got if n.startswith(f"state{k}_")):
            wanted = case.get(f"expected_state{i}_{key.split('_', 1)[1]}")
            if wanted is not None:
                last = as_lava(wanted)[..., -1]
                np.testing.assert_array_equal(got[key], last, err_msg=key)
                compared += 1
    assert compared
