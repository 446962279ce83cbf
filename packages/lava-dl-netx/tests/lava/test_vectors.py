"""The Lava backend gives the recorded bits of every golden case."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

from lava.lib.dl import spec
from lava.lib.dl.netx import hdf5

pytestmark = [
    pytest.mark.lava,
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    pytest.mark.filterwarnings("ignore:Changing the sparsity structure"),
]

CASES = """
cuba_dense cuba_dense_reset cuba_dense_sparse cuba_dense_num1 cuba_dense_graded_in
cuba_dense_graded_as_binary cuba_dense_bias cuba_dense_delay cuba_dense_delay_sparse
cuba_conv cuba_input cuba_recurrent cuba_affine cuba_affine_nodyn cuba_perchannel
sdnn_dense sdnn_dense_exp0 sdnn_dense_skip1 sdnn_conv rf_dense rf_iz_dense adrf_dense
w_excit w_inhib w_maxzero w_odd w_full w_clip_mixed w_255 w_frac d_scalar d_input
d_matrix d_clip d_square d_graded o_dense_wrap o_u_wrap o_u_wrap_neg o_bias16 n_idecay0
n_idecay4096 n_negvth0 legacy_loihi o_conv_wrap conv_asym conv_biasfull sdnn_trunc
sdnn_trunc_exp2 rf_grid rfiz_grid w_inhib256 rec_delay rec_wide w_inhib_pow2
w_odd_graded
""".split()  # noqa: SIM905 - a word each reads better than a list


def build(path, kwargs):
    """The network, which says of each layer what Lava does otherwise."""
    if "input_shape" in kwargs:
        kwargs["input_shape"] = tuple(kwargs["input_shape"])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        net = hdf5.Network(net_config=str(path), **kwargs)
    first, last = kwargs.get("skip_layers", 0), kwargs.get("num_layers")
    layers = spec.read(path).layers[first:last]
    known = {str(d) for layer in layers for d in spec.deviations(layer)}
    assert {str(w.message).partition(": ")[2] for w in said} == known
    return net


def test_every_recorded_case_is_listed(reference):
    recorded = json.loads(reference("netx/cases.json").read_text())
    assert set(CASES) == set(recorded)


GRIDS = ("rf_grid", "rfiz_grid")
"""Resonators of many decays, which Lava recomputes by sine, cosine and arctangent."""
HAS_AVX512 = np.core._multiarray_umath.__cpu_features__["AVX512_SKX"]
"""Whether numpy 1 rounds these as where the vectors were recorded; else states of some
thousands may differ by a few. Native runtime and Lava are equal on any machine."""


@pytest.mark.parametrize("name", CASES)
def test_recorded_bits_are_met(name, reference, arrays_of, run_lava):
    case = json.loads(reference("netx/cases.json").read_text())[name]
    recorded = arrays_of(f"netx/{case['npz']}")
    net = build(reference(f"netx/{case['net']}"), dict(case["network_kwargs"]))
    assert str(net) == case["str_net"]
    got = run_lava(net, recorded["input"], case["steps"], feed=case["feed"])
    wanted = set(recorded) - {"input"}
    assert wanted <= set(got)
    for key in wanted:
        loose = name in GRIDS and key.startswith("state") and not HAS_AVX512
        few = 16 if loose else 0
        np.testing.assert_allclose(got[key], recorded[key], 0, few, err_msg=key)
