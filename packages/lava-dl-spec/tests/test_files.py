"""Files are read as written, whoever wrote them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from lava.lib.dl import spec
from lava.lib.dl.spec._write import write_network

FAMILIES = ("cuba", "alif", "rf", "rf_iz", "adrf", "adrf_iz", "sigma_delta")
NETX = [
    "adrf_dense",
    "conv_asym",
    "conv_biasfull",
    "cuba_affine",
    "cuba_affine_nodyn",
    "cuba_conv",
    "cuba_dense",
    "cuba_dense_bias",
    "cuba_dense_delay",
    "cuba_input",
    "cuba_perchannel",
    "cuba_recurrent",
    "d_clip",
    "d_graded",
    "d_input",
    "d_matrix",
    "d_scalar",
    "d_square",
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
    "sdnn_trunc",
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
FILES = [
    *(f"netx/{name}.net" for name in NETX),
    *(f"slayer/export_{family}.net" for family in FAMILIES),
    "bootstrap/network.net",
]
Reference = Callable[[str], Path]


@pytest.mark.parametrize("name", FILES)
def test_older_files_read_and_rewrite_to_equal_networks(
    reference: Reference, tmp_path: Path, name: str
) -> None:
    network = spec.read(reference(name))
    spec.write(network, tmp_path / "again.net")
    assert spec.read(tmp_path / "again.net") == network
    assert spec.diff(network, tmp_path / "again.net") == []


@pytest.mark.parametrize("name", [f for f in FILES if "slayer" not in f])
def test_older_networks_validate_without_errors(
    reference: Reference, name: str
) -> None:
    assert spec.validate(reference(name)) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_collections_of_blocks_only_fail_to_fit_together(
    reference: Reference, family: str
) -> None:
    found = spec.validate(reference(f"slayer/export_{family}.net"))
    assert {p.code for p in found} - {"unwritten"} == {"chain"}


@pytest.mark.parametrize("family", FAMILIES)
def test_written_layers_have_the_recorded_tree(
    reference: Reference, tmp_path: Path, tree: Callable[..., object], family: str
) -> None:
    network = spec.read(reference(f"slayer/export_{family}.net"))
    recorded = json.loads(reference(f"slayer/export_{family}.json").read_text())
    with h5py.File(tmp_path / "again.net", "w") as file:
        for index, layer in enumerate(network):
            spec.write_layer(file.create_group(f"layer/{index}"), layer)
        assert tree(file) == recorded
        assert not any(len(file[name].attrs) for name in ("layer", "layer/0"))


def test_every_suite_file_rewrites_to_an_equal_network(suite: Path) -> None:
    paths = sorted((suite / "valid").glob("*.net"))
    assert len(paths) >= 300
    for path in paths:
        network = spec.read(path)
        with h5py.File("again.net", "w", driver="core", backing_store=False) as file:
            write_network(file, network)
            assert spec.read(file) == network, path.name


def test_one_layer_reads_by_itself(reference: Reference) -> None:
    with h5py.File(reference("slayer/export_rf.net")) as file:
        layer = spec.read_layer(file["layer/1"])
    assert layer.is_complex
    assert layer.delay.tolist() == [0, 1, 2, 0, 3, 5]


def test_an_open_file_reads_like_its_path(reference: Reference) -> None:
    path = reference("netx/cuba_conv.net")
    with h5py.File(path) as file:
        assert spec.read(file) == spec.read(path)


def test_a_file_in_memory_reads(small: spec.Network, tmp_path: Path) -> None:
    spec.write(small, tmp_path / "a.net")
    content = (tmp_path / "a.net").read_bytes()
    with h5py.File.in_memory(content) as file:
        assert spec.read(file) == small


def test_a_file_still_open_for_writing_reads(tmp_path: Path) -> None:
    weight = np.arange(1200 * 600).reshape(1200, 600) % 100
    layer = spec.Dense((1200,), weight, neuron=spec.Cuba(1, 2, 3))
    with h5py.File(tmp_path / "open.net", "w") as file:
        spec.write_layer(file.create_group("layer/0"), layer)
        assert spec.read_layer(file["layer/0"]) == layer
        file["layer/0/weight"][...] = weight[::-1]
        assert spec.read(file)[0].weight[0, 0] == weight[-1, 0]
        file["layer/0/weight"][...] = weight
        assert spec.read(tmp_path / "open.net")[0] == layer


def test_a_large_matrix_reads_like_a_small_one(tmp_path: Path) -> None:
    weight = np.arange(900 * 800).reshape(900, 800) % 509 - 255
    network = spec.Network([spec.Dense((900,), weight)])
    spec.write(network, tmp_path / "large.net")
    assert spec.read(tmp_path / "large.net") == network


def test_a_bad_value_deep_in_a_large_matrix_is_found(tmp_path: Path) -> None:
    network = spec.Network([spec.Dense((900,), np.zeros((900, 800)))])
    spec.write(network, tmp_path / "large.net")
    with h5py.File(tmp_path / "large.net", "r+") as file:
        file["layer/0/weight"][899, 799] = np.nan
    with pytest.raises(spec.FormatError, match="not-finite"):
        spec.read(tmp_path / "large.net")


@pytest.mark.parametrize("kind", ["f2", ">f8", ">i2", "u1", "g"])
def test_any_number_type_reads(
    small: spec.Network, changed: Callable[..., Path], kind: str
) -> None:
    def store(file: h5py.File) -> None:
        positive = np.abs(file["layer/0/weight"][()]).astype(kind)
        del file["layer/0/weight"]
        file["layer/0/weight"] = positive

    layer = spec.read(changed(store))[0]
    assert np.array_equal(layer.weight, np.abs(small[0].weight))


LAYOUTS: dict[str, dict[str, object]] = {
    "user block": {"userblock_size": 512},
    "newest": {"libver": "latest"},
    "both": {"userblock_size": 1024, "libver": "latest"},
    "pages": {"fs_strategy": "page"},
    "order": {"track_order": True},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout_of_hdf5_reads(tmp_path: Path, layout: str) -> None:
    weight = np.arange(900 * 800).reshape(900, 800) % 509 - 255
    network = spec.Network([spec.Dense((900,), weight, neuron=spec.Cuba(1, 2, 3))])
    with h5py.File(tmp_path / "a.net", "w", **LAYOUTS[layout]) as file:
        write_network(file, network)
    assert spec.read(tmp_path / "a.net") == network


def test_addresses_of_four_bytes_read(small: spec.Network, tmp_path: Path) -> None:
    plist = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    plist.set_sizes(4, 4)
    path = os.fsencode(tmp_path / "a.net")
    with h5py.File(h5py.h5f.create(path, h5py.h5f.ACC_TRUNC, plist)) as file:
        write_network(file, small)
    assert spec.read(tmp_path / "a.net") == small


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        spec.read(tmp_path / "none.net")


def test_optional_attributes_round_trip(tmp_path: Path) -> None:
    neuron = spec.SigmaDelta(6, cum_error=True, weight_exp=[1], weight_exp_bits=5)
    layers = [
        spec.Dense(
            (2,), [[1, 2], [3, 4]], neuron=neuron, weight_scale=32, delay_shift=True
        ),
        spec.Dense(
            (2,), [[1, 2], [3, 4]], neuron=spec.Cuba(1, 2, 3), readout="voltage"
        ),
        spec.Average((2,), time_factor=4),
    ]
    spec.write(spec.Network(layers), tmp_path / "a.net")
    assert spec.read(tmp_path / "a.net").layers == tuple(layers)


def test_message_bits_read_as_an_integer(
    changed: Callable[..., Path],
) -> None:
    path = changed(
        lambda file: file["layer/0/neuron"].create_dataset("messageBits", data=8)
    )
    assert spec.read(path)[0].neuron.message_bits == 8


def test_a_layer_that_was_never_written_keeps_its_place(reference: Reference) -> None:
    network = spec.read(reference("slayer/export_cuba.net"))
    assert network[16] == spec.Unwritten()
    assert "unwritten" in {p.code for p in network.problems()}
