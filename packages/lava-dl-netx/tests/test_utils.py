"""The dictionary view of files, weight preparation and delays."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lava.lib.dl import spec
from lava.lib.dl.netx.utils import (
    SYNAPSE_SIGN_MODE,
    NetDict,
    num_delay_bits,
    optimize_weight_bits,
)


@pytest.mark.parametrize(
    ("weight", "shifted", "bits", "exponent", "mode"),
    [
        ([[64, -2]], [[128, -4]], 7, -1, "MIXED"),
        ([[2, 4]], [[64, 128]], 2, -5, "EXCITATORY"),
        ([[-2, -64]], [[-8, -256]], 5, -2, "INHIBITORY"),
        ([[-3, 0]], [[-192, 0]], 3, -6, "MIXED"),
        ([[1, -1]], [[128, -128]], 2, -7, "MIXED"),
        ([[252, -20]], [[252, -20]], 7, 0, "MIXED"),
        ([[254, -256]], [[254, -256]], 8, 0, "MIXED"),
    ],
)
def test_weights_are_shifted_as_upstream_does(weight, shifted, bits, exponent, mode):
    got = optimize_weight_bits(np.array(weight))
    assert got[0].tolist() == shifted
    assert got[0].dtype == np.int64
    assert got[1:] == (bits, exponent, SYNAPSE_SIGN_MODE[mode])


@pytest.mark.parametrize(
    ("weight", "clipped", "said"),
    [
        ([[300, -2]], [[254, -2]], "max weight too large: 300, clipped to 254"),
        ([[-300, 2]], [[-256, 2]], "min weight too small: -300, clipped to -256"),
    ],
)
def test_mixed_weights_out_of_range_are_clipped_aloud(weight, clipped, said, capsys):
    got, _, exponent, _ = optimize_weight_bits(np.array(weight))
    assert (got >> -exponent).tolist() == clipped
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("weight", [[[300, 2]], [[-300, -2]]])
def test_one_signed_weights_out_of_range_become_zero_aloud(weight):
    with pytest.warns(UserWarning, match="Lava makes them all zero"):
        assert not optimize_weight_bits(np.array(weight))[0].any()


def test_all_zero_weights_stay_zero():
    got, bits, exponent, mode = optimize_weight_bits(np.zeros((2, 3), int))
    assert not got.any() and (exponent, mode) == (0, SYNAPSE_SIGN_MODE.EXCITATORY)
    assert 0 <= bits <= 8


@given(hnp.arrays(np.int64, (3, 4), elements=st.integers(-256, 254)))
def test_shifting_back_gives_the_weights(weight):
    got, bits, exponent, mode = optimize_weight_bits(weight)
    if not (weight.max() < 0 and weight.min() < -255):
        assert got.min() >= -256 and got.max() <= 255
    np.testing.assert_array_equal(got >> -exponent, weight)
    assert bits <= 9
    assert (mode == SYNAPSE_SIGN_MODE.INHIBITORY) == (weight.max() < 0)


@pytest.mark.parametrize(
    ("delays", "bits"), [([0], 0), ([1], 0), ([2], 1), ([5, 0], 3), ([62], 6)]
)
def test_delay_bits(delays, bits):
    assert num_delay_bits(np.array(delays)) == bits


@pytest.mark.parametrize(
    ("delays", "message"),
    [
        ([-1, 3], r"Negative delay encountered. Found delays.min\(\)=-1"),
        ([63], r"Max delay exceeded limit of 62. Found delays.max\(\)=63"),
    ],
)
def test_delays_out_of_range_are_refused(delays, message):
    with pytest.raises(ValueError, match=message):
        num_delay_bits(np.array(delays))


@pytest.fixture
def path(tmp_path):
    weight = np.array([[2, -4, 6], [8, 10, -12]])
    neuron = spec.Cuba(1024, 512, 80, message_bits=5)
    layers = [spec.Dense((2,), weight, neuron=neuron, delay=[3, 4])]
    layers.append(spec.Dense((1,), [[2, 4]], neuron=spec.Cuba(1, 2, 3)))
    spec.write(spec.Network(layers), tmp_path / "network.net")
    return str(tmp_path / "network.net")


def test_view_looks_up_members_as_upstream_does(path):
    net = NetDict(path)
    assert list(net.keys()) == ["layer"] and len(net) == 1
    layer = net["layer"][0]
    assert isinstance(layer, NetDict)
    assert layer["type"] == "dense"
    assert layer["weight"].dtype == np.int64
    assert layer["delay"].tolist() == [3, 4]
    neuron = layer["neuron"]
    assert neuron["type"] == "CUBA"
    assert (neuron["iDecay"], neuron["vThMant"], neuron["messageBits"]) == (1024, 80, 5)
    assert "vDecay" in neuron and "sinDecay" not in neuron
    assert net["layer"]["1"]["weight"].tolist() == [[2, 4]]


def test_view_takes_an_open_file_over_a_name(path):
    with h5py.File(path, "r") as file:
        view = NetDict(filename="absent.net", f=file)
        assert view.f is file
        assert view["layer"][1]["shape"].tolist() == [1]


def test_view_is_read_only(path):
    with pytest.raises(NotImplementedError, match="read-only"):
        NetDict(path)["layer"] = 1


def test_view_says_what_is_missing(path):
    with pytest.raises(KeyError, match="has no member '7'"):
        NetDict(path)["layer"][7]
    with pytest.raises(ValueError, match="needs a filename"):
        NetDict()


def test_older_scalar_types_are_read(tmp_path):
    with h5py.File(tmp_path / "old.net", "w") as file:
        file["type"] = "dense"
        file["weight/real"] = np.ones((1, 2), np.float32) * 2.9
    view = NetDict(tmp_path / "old.net")
    assert view["type"] == "dense"
    assert view["weight/real"].tolist() == [[2, 2]]
    assert isinstance(view["weight"], NetDict)
