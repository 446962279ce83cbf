"""The reference computes what lava-nc 0.10's fixed-point processes compute."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava.lib.dl import spec
from lava.lib.dl.spec.reference import LavaOptions, run_lava

CASES = [
    "cuba_dense",
    "cuba_dense_reset",
    "cuba_dense_sparse",
    "cuba_dense_num1",
    "cuba_dense_graded_in",
    "cuba_dense_graded_as_binary",
    "cuba_dense_bias",
    "cuba_dense_delay",
    "cuba_dense_delay_sparse",
    "cuba_conv",
    "cuba_input",
    "cuba_recurrent",
    "cuba_affine",
    "cuba_affine_nodyn",
    "cuba_perchannel",
    "sdnn_dense",
    "sdnn_dense_exp0",
    "sdnn_dense_skip1",
    "sdnn_conv",
    "rf_dense",
    "rf_iz_dense",
    "adrf_dense",
    "w_excit",
    "w_inhib",
    "w_maxzero",
    "w_odd",
    "w_full",
    "w_clip_mixed",
    "w_255",
    "w_frac",
    "d_scalar",
    "d_input",
    "d_matrix",
    "d_clip",
    "d_square",
    "d_graded",
    "o_dense_wrap",
    "o_u_wrap",
    "o_u_wrap_neg",
    "o_bias16",
    "n_idecay0",
    "n_idecay4096",
    "n_negvth0",
    "legacy_loihi",
    "o_conv_wrap",
    "conv_asym",
    "conv_biasfull",
    "sdnn_trunc",
    "sdnn_trunc_exp2",
    "rf_grid",
    "rfiz_grid",
    "w_inhib256",
    "rec_delay",
    "rec_wide",
    "w_inhib_pow2",
    "w_odd_graded",
]
Reference = Callable[[str], Path]
Arrays = Callable[[str], dict[str, np.ndarray]]


@pytest.fixture
def recorded_decays(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lava's decays as they came out of the math library of the recording machine."""
    rows = json.loads(reference("netx/rf_decay_table.json").read_text())
    table = {
        (r["sinDecay"], r["cosDecay"]): (r["sin_used"], r["cos_used"]) for r in rows
    }
    compute = spec.lava.recomputed

    def look_up(sine: Any, cosine: Any) -> tuple[Any, Any]:
        pairs = list(
            zip(np.ravel(sine).tolist(), np.ravel(cosine).tolist(), strict=True)
        )
        if not all(pair in table for pair in pairs):
            return compute(sine, cosine)
        found = [table[pair] for pair in pairs]
        return np.array([s for s, _ in found]), np.array([c for _, c in found])

    monkeypatch.setattr(spec.lava, "recomputed", look_up)


def kept_layers(network: spec.Network, options: dict[str, Any]) -> list[spec.Layer]:
    """What is left of a network, the options changed to match."""
    layers = list(network.layers[: options.pop("num_layers", None)])
    if skipped := options.pop("skip_layers", 0):
        options["input_message_bits"] = 16
    options.pop("sparse_fc_layer", None)
    options.pop("input_shape", None)
    return layers[skipped:]


def in_file_order(array: Any) -> Any:
    """(width, height, channels, time) as (channels, height, width, time)."""
    return np.transpose(array, (2, 1, 0, 3)) if array.ndim == 4 else array


@pytest.mark.usefixtures("recorded_decays")
@pytest.mark.parametrize("name", CASES)
def test_recorded_runs_are_reproduced(
    reference: Reference, arrays_of: Arrays, name: str
) -> None:
    case = json.loads(reference("netx/cases.json").read_text())[name]
    arrays = arrays_of(f"netx/{name}.npz")
    options = dict(case["network_kwargs"])
    layers = kept_layers(spec.read(reference(f"netx/{case['net']}")), options)
    data = in_file_order(arrays["input"])
    rows = data.reshape(-1, data.shape[-1]).T.tolist()
    feed = "bias" if case["feed"] == "bias" else "inp"
    traces = run_lava(
        spec.Network(layers),
        rows,
        case["steps"],
        data.shape[:-1],
        LavaOptions(feed=feed, **options),
    )
    built = [t for t in traces if t.output]
    for key in arrays:
        if key == "output":
            assert_rows(built[-1].output, arrays[key])
        elif key.startswith("layer"):
            assert_rows(built[int(key[5:])].output, arrays[key])
        elif key.startswith("state"):
            index, state = key[5:].split("_")
            assert_state(built[int(index)].states, state, arrays[key])


def assert_rows(rows: list[list[int]], recorded: Any) -> None:
    wanted = in_file_order(recorded).reshape(-1, recorded.shape[-1])
    assert np.array_equal(np.array(rows).T, wanted)


def assert_state(states: dict[str, Any], name: str, recorded: Any) -> None:
    if name not in states:
        # A delta encoder carries a sum that nothing adds to.
        assert not recorded.any()
        return
    wanted = in_file_order(recorded[..., None]).reshape(-1)
    assert np.array_equal(states[name][-1], wanted)


def test_decays_are_off_by_one_at_most(reference: Reference) -> None:
    rows = json.loads(reference("netx/rf_decay_table.json").read_text())
    for row in rows:
        sine, cosine = row["sinDecay"], row["cosDecay"]
        pair = spec.lava.recomputed(sine, cosine)
        assert all(abs(a - b) <= 1 for a, b in zip(pair, (sine, cosine), strict=True))


@pytest.mark.parametrize("kind", ["pool", "unpool", "convT", "kwta"])
def test_kinds_without_a_process_are_refused(suite: Path, kind: str) -> None:
    network = spec.read(suite / "malformed" / f"lava-{kind}.net")
    with pytest.raises(NotImplementedError, match=kind):
        run_lava(network, [[0] * 40], 3, (2, 5, 4))
