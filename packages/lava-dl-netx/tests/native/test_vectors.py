"""Lava's arithmetic equals every recorded run of Lava: outputs, layers, end states."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lava.lib.dl import netx
from lava.lib.dl.spec import lava

CASES = [
    "conv_asym",
    "conv_biasfull",
    "cuba_affine",
    "cuba_affine_nodyn",
    "cuba_conv",
    "cuba_dense",
    "cuba_dense_bias",
    "cuba_dense_delay",
    "cuba_dense_delay_sparse",
    "cuba_dense_graded_as_binary",
    "cuba_dense_graded_in",
    "cuba_dense_num1",
    "cuba_dense_reset",
    "cuba_dense_sparse",
    "cuba_input",
    "cuba_perchannel",
    "cuba_recurrent",
    "d_clip",
    "d_graded",
    "d_input",
    "d_matrix",
    "d_scalar",
    "d_square",
    "adrf_dense",
    "legacy_loihi",
    "n_idecay0",
    "n_idecay4096",
    "n_negvth0",
    "o_bias16",
    "o_conv_wrap",
    "o_dense_wrap",
    "o_u_wrap",
    "o_u_wrap_neg",
    "rec_delay",
    "rec_wide",
    "rf_dense",
    "rf_grid",
    "rf_iz_dense",
    "rfiz_grid",
    "sdnn_conv",
    "sdnn_dense",
    "sdnn_dense_exp0",
    "sdnn_dense_skip1",
    "sdnn_trunc",
    "sdnn_trunc_exp2",
    "w_255",
    "w_clip_mixed",
    "w_excit",
    "w_frac",
    "w_full",
    "w_inhib",
    "w_inhib256",
    "w_inhib_pow2",
    "w_maxzero",
    "w_odd",
    "w_odd_graded",
]
TRAINED = [
    "cuba_dense",
    "cuba_dense_delay",
    "cuba_perchannel",
    "cuba_recurrent",
    "rf_dense",
]
TRAINED += ["rf_iz_dense", "cuba_dense_bias", "sdnn_dense", "cuba_conv", "sdnn_conv"]

pytestmark = pytest.mark.filterwarnings("ignore::lava.lib.dl.netx.DeviationWarning")


@pytest.fixture
def recorded_decays(reference, monkeypatch):
    """The recorded machine's math library, whose last bit decides some decays."""
    table = json.loads(reference("netx/rf_decay_table.json").read_text())
    used = {
        (e["sinDecay"], e["cosDecay"]): (e["sin_used"], e["cos_used"]) for e in table
    }
    compute = lava.recomputed

    def recomputed(sine, cosine):
        pairs = list(
            zip(np.ravel(sine).tolist(), np.ravel(cosine).tolist(), strict=True)
        )
        if not all(pair in used for pair in pairs):
            return compute(sine, cosine)
        return tuple(np.array([used[p][k] for p in pairs], np.int32) for k in (0, 1))

    monkeypatch.setattr(lava, "recomputed", recomputed)


@pytest.fixture
def case(reference):
    cases = json.loads(reference("netx/cases.json").read_text())
    rows = cases.items() if isinstance(cases, dict) else ((c["name"], c) for c in cases)
    return dict(rows).__getitem__


def load(reference, facts):
    options = dict(facts["network_kwargs"])
    if "input_shape" in options:
        options["input_shape"] = tuple(options["input_shape"])
    return netx.load(reference(f"netx/{facts['net']}"), arithmetic="lava", **options)


@pytest.mark.parametrize("name", CASES)
def test_lava_arithmetic_equals_the_recorded_run(
    reference, arrays_of, case, name, recorded_decays
):
    facts = case(name)
    arrays = arrays_of(f"netx/{name}.npz")
    net = load(reference, facts)
    traces = net.probe(arrays["input"], facts["steps"], feed=facts["feed"])
    neurons = [t for t in traces.values() if t.states]
    np.testing.assert_array_equal(neurons[-1].output, arrays["output"])
    for key in arrays:
        if key.startswith("layer"):
            np.testing.assert_array_equal(neurons[int(key[5:])].output, arrays[key])
        if key.startswith("state"):
            layer, state = key[5:].split("_", 1)
            states = neurons[int(layer)].states
            # Lava's delta encoder has a sum that it never uses.
            last = states[state][..., -1] if state in states else 0
            np.testing.assert_array_equal(last, arrays[key])


@pytest.mark.parametrize("name", CASES)
def test_table_is_the_familiar_one(reference, case, name):
    assert str(load(reference, case(name))) == case(name)["str_net"]


@pytest.mark.parametrize("name", TRAINED)
def test_trained_arithmetic_equals_the_trainer(reference, arrays_of, case, name):
    facts = case(name)
    expected = np.load(reference(f"netx/{name}.slayer.npy"))
    data = arrays_of(f"netx/{name}.npz")["input"]
    shape = data.shape[:-1] if data.ndim == 4 else None
    net = netx.load(reference(f"netx/{facts['net']}"), input_shape=shape)
    scale = 64 if facts["feed"] == "neuron" else 1
    output = net.run(data / scale, expected.shape[-1])
    if output.shape != expected.shape:
        output = output.transpose(2, 1, 0, 3)
    np.testing.assert_array_equal(output, expected)
