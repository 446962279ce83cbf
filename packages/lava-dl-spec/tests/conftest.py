"""Networks and files that several tests need."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from lava.lib.dl import spec

SPEC = Path(__file__).parents[3] / "spec"


@pytest.fixture(scope="session")
def spec_folder() -> Path:
    """The folder of the normative texts, beside the packages."""
    if not (SPEC / "net-1.0.md").is_file():
        pytest.skip("the normative texts are not part of the source distribution")
    return SPEC


@pytest.fixture(scope="session")
def suite(spec_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The conformance suite, unpacked."""
    folder = tmp_path_factory.mktemp("suite")
    for kind in ("valid", "malformed"):
        with zipfile.ZipFile(spec_folder / "conformance" / f"{kind}.zip") as archive:
            archive.extractall(folder / kind)
    return folder


@pytest.fixture
def small() -> spec.Network:
    """Two dense layers."""
    rng, neuron = np.random.default_rng(1), spec.Cuba(1024, 410, 32)
    wide, square = (2 * rng.integers(-45, 75, shape) for shape in ((4, 5), (3, 4)))
    first = spec.Dense((4,), wide, neuron=neuron, bias=[2] * 4)
    second = spec.Dense((3,), square, neuron=neuron, delay=[1, 2, 3])
    return spec.Network([first, second])


@pytest.fixture
def changed(small: spec.Network, tmp_path: Path) -> Callable[..., Path]:
    """Write the small network and let a function change the open file."""

    def make(change: Callable[[h5py.File], object]) -> Path:
        path = tmp_path / "changed.net"
        spec.write(small, path)
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    return make


@pytest.fixture
def tree() -> Callable[[h5py.Group], dict[str, dict[str, object]]]:
    """All data sets of a group with type, shape and value, as the recorded trees."""

    def of(group: h5py.Group) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = {}

        def visit(name: str, item: object) -> None:
            if isinstance(item, h5py.Dataset):
                found[name] = described(item)

        group.visititems(visit)
        return found

    return of


def described(data: h5py.Dataset) -> dict[str, object]:
    text = h5py.check_string_dtype(data.dtype)
    value = data[()]
    if text is None:
        kind, value = str(data.dtype), value.tolist()
    elif text.length is None:
        kind, value = "vlen-str", value.decode()
    else:
        kind, value = f"|S{text.length}", [v.decode() for v in np.ravel(value)]
    return {"dtype": kind, "shape": list(data.shape), "value": value}
