"""Every defect has its code; nothing hostile comes through."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava.lib.dl import spec

MANIFEST = Path(__file__).parents[3] / "spec/conformance/manifest.json"
SUITE = json.loads(MANIFEST.read_text()) if MANIFEST.exists() else {"malformed": []}
MALFORMED = SUITE["malformed"]
EXAMPLES = int(os.environ.get("LAVA_DL_FUZZ_EXAMPLES", "150"))


@pytest.mark.parametrize("case", MALFORMED, ids=lambda c: c["name"])
def test_malformed_files_get_their_code(suite: Path, case: dict[str, object]) -> None:
    path = suite / "malformed" / f"{case['name']}.net"
    problems = spec.validate(path, case["profile"])
    assert case["code"] in {p.code for p in problems}
    found = next(p for p in problems if p.code == case["code"])
    assert found.clause == case["clauses"][0]
    assert found.path.startswith("/")
    assert not found.message.endswith(".")


@pytest.mark.parametrize(
    "case", [c for c in MALFORMED if c["profile"] == "format"], ids=lambda c: c["name"]
)
def test_reading_a_malformed_file_raises_format_error_only(
    suite: Path, case: dict[str, object]
) -> None:
    path = suite / "malformed" / f"{case['name']}.net"
    try:
        network = spec.read(path)
    except spec.FormatError as error:
        assert error.problems
    else:
        assert network.problems() or case["code"] == "unknown-field"


REMARKS = {"corner-no-effect": ["refractory"], "older-extras": ["unknown-field"] * 3}


def test_valid_files_have_no_problems(suite: Path) -> None:
    for path in sorted((suite / "valid").glob("*.net")):
        remarks = REMARKS.get(path.stem, [])
        assert [p.code for p in spec.validate(path)] == remarks, path.name


def test_an_unknown_profile_is_refused(suite: Path) -> None:
    with pytest.raises(ValueError, match="one of format, lava, loihi2"):
        spec.validate(suite / "valid" / "dense-cuba-plain.net", "moon")


@pytest.mark.parametrize("profile", ["lava", "loihi2"])
def test_plain_networks_pass_the_profiles(suite: Path, profile: str) -> None:
    assert spec.validate(suite / "valid" / "chain-dense-cuba.net", profile) == []


def test_unknown_names_are_warnings_that_guess_what_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "misspelt.net"
    layer = spec.Dense((2,), np.ones((2, 3)), neuron=spec.Cuba(9, 9, 9))
    spec.write(spec.Network([layer]), path)
    with h5py.File(path, "a") as file:
        file["layer/0/dealy"] = np.ones(2)
        file["layer/0/neuron/vThMent"] = 3
        file["layer/0"].attrs["weight-scale"] = 3
        file["layer/0/\x1b[31m" + 300 * "x"] = 3
    found = {p.path: p for p in spec.validate(path)}
    assert {(p.code, p.severity) for p in found.values()} == {
        ("unknown-field", "warning")
    }
    assert "is 'delay' meant?" in found["/layer/0/dealy"].message
    assert "is 'vThMant' meant?" in found["/layer/0/neuron/vThMent"].message
    assert "is 'weight_scale' meant?" in found["/layer/0/weight-scale"].message
    assert len(found) == 4 and not any("\x1b" in str(p) for p in found.values())
    assert spec.read(path) == spec.Network([layer])


def test_a_crowd_of_unknown_names_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "crowd.net"
    spec.write(spec.Network([spec.Flatten((3,))]), path)
    with h5py.File(path, "a") as file:
        for index in range(500):
            file[f"layer/0/field{index}"] = 1
    found = spec.validate(path)
    assert len(found) == 21 and "480 more names" in found[-1].message


@pytest.mark.parametrize("name", ["weight", "shape", "neuron/iDecay"])
def test_a_needed_field_without_a_value_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / "null.net"
    layer = spec.Dense((2,), np.ones((2, 3)), neuron=spec.Cuba(9, 9, 9))
    spec.write(spec.Network([layer]), path)
    with h5py.File(path, "a") as file:
        del file[f"layer/0/{name}"]
        file["layer/0"].create_dataset(name, dtype="f4")
    assert [p.code for p in spec.validate(path)] == ["size"]


def test_problems_are_plain_values(suite: Path) -> None:
    found = spec.validate(suite / "malformed" / "value-nan.net")[0].to_dict()
    assert json.loads(json.dumps(found)) == found
    assert set(found) == {"code", "clause", "severity", "path", "message"}


LINKED = [
    *("layer", "layer/0", "layer/0/type", "layer/0/shape", "layer/0/weight"),
    *("layer/0/neuron", "layer/0/neuron/type", "layer/0/neuron/iDecay"),
    *("layer/0/bias", "layer/0/delay", "layer/0/inFeatures", "simulation"),
]


@pytest.mark.parametrize("path", LINKED)
def test_no_link_is_followed(
    changed: Callable[..., Path], tmp_path: Path, small: spec.Network, path: str
) -> None:
    other = tmp_path / "other.net"
    spec.write(small, other)
    links = {
        "soft": h5py.SoftLink("/layer/1/weight"),
        "external": h5py.ExternalLink(str(other), path),
        "dangling": h5py.ExternalLink("/nowhere", "x"),
    }
    for link in links.values():

        def replace(file: h5py.File, link: object = link) -> None:
            file.pop(path, None)
            file[path] = link

        problems = spec.validate(changed(replace))
        assert {p.code for p in problems} == {"link"}
        assert all(p.path.startswith(f"/{path}") for p in problems)


@pytest.fixture(scope="module")
def good(suite: Path) -> list[bytes]:
    names = ("chain-dense-cuba", "conv-rf-bias", "chain-sigma_delta", "older-loihi")
    return [(suite / "valid" / f"{n}.net").read_bytes() for n in names]


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_damaged_bytes_never_raise_anything_else(
    good: list[bytes], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(good)))
    places = st.integers(0, len(content) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=12)):
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.net"
    path.write_bytes(content)
    try:
        network = spec.read(path)
    except spec.FormatError:
        network = None
    assert bool(spec.validate(path)) >= (network is None)


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_odd_values_never_raise_anything_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    odd = st.one_of(
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        st.lists(st.integers(-10, 10), max_size=4).map(lambda v: np.array(v, "i8")),
        st.just(h5py.Empty("f4")),
        st.complex_numbers(),
    )
    path = tmp_path_factory.getbasetemp() / "odd.net"
    with h5py.File(path, "w") as file:
        layer = spec.Conv((1, 2, 2), np.ones((1, 1, 2, 2)), neuron=spec.Cuba(1, 2, 3))
        spec.write_layer(file.create_group("layer/0"), layer)
    names = [
        "type",
        "shape",
        "weight",
        "stride",
        "neuron/type",
        "neuron/vDecay",
        "bias",
    ]
    with h5py.File(path, "r+") as file:
        for name in data.draw(
            st.lists(st.sampled_from(names), min_size=1, unique=True)
        ):
            if name in file["layer/0"]:
                del file["layer/0"][name]
            file["layer/0"][name] = data.draw(odd)
    spec.validate(path)
