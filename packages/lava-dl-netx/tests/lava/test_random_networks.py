"""Networks drawn at random give Lava's bits: in the native runtime, in the reference.

``LAVA_DL_PARITY_NETWORKS`` says how many are drawn for the native runtime; every one is
run by Lava's own runtime, none by a stand-in.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

from lava.lib.dl import spec

sys.path.insert(0, str(Path(__file__).parent))
from drawn_lava_networks import (
    ADAPTIVE,
    MARKS,
    RESONATORS,
    STEPS,
    Case,
    Draw,
    in_file_order,
    loaded,
    with_lava,
    with_reference,
)

pytestmark = MARKS

COUNT = int(os.environ.get("LAVA_DL_PARITY_NETWORKS", "40"))


def draw(seed: int) -> Case:
    return Draw(seed).case()


def features(case: Case) -> set[Any]:
    """Layers with their neurons, and options, that a case has."""
    found: set[Any] = set(case.options) | {case.feed}
    for layer in case.layers:
        neuron = getattr(layer, "neuron", None)
        found.add((layer.type, type(neuron)))
        delay = getattr(layer, "delay", None)
        if delay is not None:
            found.add((layer.type, "delay", delay.ndim))
    return found


def test_every_layer_neuron_and_option_of_lava_is_drawn():
    drawn = set().union(*(features(draw(seed)) for seed in range(500)))
    for kind in (spec.Cuba, spec.SigmaDelta):
        assert {("input", kind), ("dense", kind), ("conv", kind)} <= drawn
    resonators = (*RESONATORS.values(), *ADAPTIVE.values())
    assert {("dense", kind) for kind in (*resonators, spec.Sigma, type(None))} <= drawn
    recurrent = {
        ("dense_rec", kind) for kind in (spec.Cuba, spec.SigmaDelta, spec.Sigma)
    }
    assert recurrent | {("conv", spec.Sigma)} <= drawn
    assert ("flatten", type(None)) in drawn
    assert {("dense", "delay", 1), ("dense", "delay", 2)} <= drawn
    assert ("dense_rec", "delay", 1) in drawn
    assert {"inp", "neuron", "bias", "sparse_fc_layer", "reset_interval"} <= drawn
    assert {"input_message_bits", "spike_exp", "reset_offset"} <= drawn


@pytest.mark.parametrize("seed", range(COUNT))
def test_native_runtime_gives_lavas_bits(seed, tmp_path, run_lava, run_native):
    case, path = draw(seed), tmp_path / "network.net"
    lava = with_lava(case, path, run_lava)
    found = run_native(loaded(case, path), case.data, STEPS, case.feed)
    # Lava's delta encoder has a sum that it never uses.
    missing = set(lava) - set(found)
    assert missing <= {"state0_sigma"} and set(found) <= set(lava)
    for key, values in found.items():
        np.testing.assert_array_equal(values, lava[key], key)


@pytest.mark.parametrize("seed", range(12))
def test_reference_gives_lavas_bits(seed, tmp_path, run_lava):
    case = draw(seed)
    lava = with_lava(case, tmp_path / "network.net", run_lava)
    found = with_reference(case)
    shared = set(lava) & set(found)
    assert "output" in shared and len(shared) >= len(found) - 1
    for key in sorted(shared):
        rows = in_file_order(lava[key], timed=not key.startswith("state"))
        np.testing.assert_array_equal(found[key].reshape(rows.shape), rows, key)
